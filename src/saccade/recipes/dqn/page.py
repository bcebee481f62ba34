"""The page of a player: points by episode, the values it expects, and an episode to look at."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

from saccade.report.axes import WIDTH, band, line, round_ticks
from saccade.report.clip import FILM, Stills, load_stills, shaded
from saccade.recipes.active_vision.report.curves import legend
from saccade.report.group import Group, Spread
from saccade.report.header import masthead, tile
from saccade.report.markup import count, duration, element, figure, label, many, notice, picture, png, rows_of, section
from saccade.report.palette import INK, LINE, MUTED, group_colour, marker

# Mean scores of the paper (Mnih et al. 2013, table 1), and of its random player.
PUBLISHED = {
    "beam_rider": (4092, 354), "breakout": (168, 1.2), "enduro": (470, 0), "pong": (20, -20.4), "qbert": (1952, 157),
    "seaquest": (1705, 110), "space_invaders": (581, 179),
}  # fmt: skip
_LEFT, _RIGHT, _TOP, _BOTTOM = 74.0, 150.0, 36.0, 48.0


def is_player(group: Group) -> bool:
    """Whether its runs play a game."""
    return group.recipe.startswith("dqn")


def sections(groups: Sequence[Group]) -> list[str]:
    """Everything but how it was made."""
    main = groups[0]
    return [
        _header(groups, main),
        section("numbers", "In numbers", _tiles(main)),
        section("learning", "Learning", _learning(groups)),
        section("episode", "An episode", _episode(main)),
        section("table", "All groups" if len(groups) > 1 else "The runs", _table(groups)),
    ]


def _header(groups: Sequence[Group], main: Group) -> str:
    told = (
        f"{', '.join(sorted(main.data)) or main.settings.get('env')}: four grey frames of 84×84 pixels go in, a value for every action comes out. "
        f"{main.settings.get('games')} games run side by side and are learned from through a replay memory."
    )
    return masthead(groups, main, "Playing from pixels", told)


def _tiles(group: Group) -> str:
    points = group.measured("test.return")
    if points is None:
        return ""
    episodes = group.measured("test.episodes")
    sub = f"{_interval(points)}; {many(round(episodes.mean), 'episode') if episodes else 'some episodes'} a seed"
    name = next((game for game in PUBLISHED if group.data == {f"{game}, paper protocol"}), None)
    made = [tile("Points an episode", _points(points.mean), sub, class_="tile wide")]
    greedy, chance = group.measured("test_nearly_greedy.return"), group.measured("test_nearly_greedy.epsilon")
    if greedy and chance:
        made.append(
            tile("Nearly greedy", _points(greedy.mean), f"points where {chance.mean:.0%} of decisions are by chance")
        )
    if name is not None:
        theirs, by_chance = PUBLISHED[name]
        made.append(tile("Published", _points(theirs), "Mnih et al. 2013, table 1, after 10 million frames"))
        made.append(tile("By chance", _points(by_chance), "the same table's random player"))
    if length := group.measured("test.seconds"):
        made.append(tile("Length", duration(length.mean), "of an episode, as people play it"))
    return element("div", *made, class_="tiles")


def _interval(points: Spread) -> str:
    if len(points.values) == 1:
        return "one seed, no interval"
    return f"95 % interval {_points(points.low)} to {_points(points.high)} over {many(len(points.values), 'seed')}"


def _points(value: float) -> str:
    return f"{value:.1f}" if abs(value) < 100 else count(value)


def _learning(groups: Sequence[Group]) -> str:
    points = "Points an episode in validations, with the share of decisions left to chance that tests have; faint: the running mean in training, which leaves more to chance."
    values = "Mean value of the best action on 128 observations kept from before learning began: what the player expects, discounted; faint: that of the actions that were learned from."
    return _curves(groups, "validation_return", "train_return", "points", points) + _curves(
        groups, "validation_q", "train_q", "value", values
    )


def _curves(groups: Sequence[Group], name: str, faint: str, up: str, words: str) -> str:
    """A metric by decisions, one colour a group, and another one faintly behind it."""
    lines = [(group.curve(name), group.mean_curve(faint)) for group in groups]
    seen = [x for means, behind in lines for x, _ in [*means, *behind]]
    heights = [
        y for means, behind in lines for y in [*(v for _, s in means for v in (s.low, s.high)), *(v for _, v in behind)]
    ]
    if not heights:
        return ""
    plane = _Plane(340, max(seen), min(0.0, *heights), max(heights))
    parts, notes = [plane.frame(up)], list[str]()
    for index, (means, behind) in enumerate(lines):
        colour = group_colour(index)
        parts.append(line(plane, behind, stroke=colour, stroke_width=1, stroke_opacity=0.4))
        if means:
            parts.append(band(plane, means, colour))
            parts.append(line(plane, [(x, s.mean) for x, s in means], stroke=colour, stroke_width=2.4))
            x, last = means[-1]
            parts.append(marker(index, plane.x(x), plane.y(last.mean), 4, fill=colour))
            notes.append(
                label(_short(last.mean), plane.x(x) + 12, plane.y(last.mean) + 4, fill=colour, font_weight=600)
            )
    body = picture(WIDTH, plane.height, f"{up} against decisions", *parts, *notes)
    return figure((legend(groups) if len(groups) > 1 else "") + body, escape(words))


def _short(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 10 else _points(value)


class _Plane:
    """Even axes of anything against decisions."""

    def __init__(self, height: float, right: float, low: float, high: float) -> None:
        room = (high - low or 1.0) * 0.06
        self.height, self._right, self._low, self._high = height, right, low - (room if low < 0 else 0), high + room

    def x(self, value: float) -> float:
        """Right of the picture's edge by."""
        return _LEFT + value / max(self._right, 1e-9) * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """Below its top by."""
        share = (value - self._low) / (self._high - self._low)
        return self.height - _BOTTOM - share * (self.height - _TOP - _BOTTOM)

    def frame(self, up: str) -> str:
        """Grid, ticks and titles."""
        step = round_ticks(self._high - self._low)[1]
        levels = [step * k for k in range(int(np.ceil(self._low / step)), int(np.floor(self._high / step)) + 1)]
        base, end = self.height - _BOTTOM, WIDTH - _RIGHT
        parts = [
            element("line", x1=_LEFT, x2=end, y1=self.y(v), y2=self.y(v), stroke=LINE if v else MUTED) for v in levels
        ]
        parts += [label(f"{v:g}", _LEFT - 10, self.y(v) + 4.5, text_anchor="end", fill=MUTED) for v in levels]
        for tick in round_ticks(self._right):
            parts.append(element("line", x1=self.x(tick), x2=self.x(tick), y1=base, y2=base + 5, stroke=MUTED))
            parts.append(label(count(tick), self.x(tick), base + 21, text_anchor="middle", fill=MUTED))
        parts.append(label(up, 0, 15, fill=INK, font_weight=600))
        parts.append(label("decisions in training", end, base + 42, text_anchor="end", fill=INK, font_weight=600))
        return element("g", *parts)


def _episode(group: Group) -> str:
    for run in group.runs:
        folder = run.directory.folder
        stills, trouble = load_stills(folder)
        if trouble:
            return notice(trouble)
        if stills is not None:
            words = (
                f"Not a choice of the best: one more test episode of the run of seed {run.directory.seed}, {_points(stills.points)} points. "
                "Red is where the value of the best action hangs on the picture; bars are the values of all actions, from the lowest to the highest of the whole episode, the chosen one in red."
            )
            return _film(folder / FILM) + figure(_shown(stills), escape(words))
    return ""


def _film(path: Path) -> str:
    """The film in the page itself; nothing where it has been taken away."""
    if not path.exists():
        return ""
    data = base64.b64encode(path.read_bytes()).decode()
    return element("video", src=f"data:video/mp4;base64,{data}", controls="", loop="", width="620")


def _shown(stills: Stills) -> str:
    """Some moments, at even distances."""
    images = []
    for place, pixels, saliency in zip(stills.places, stills.pictures, stills.saliency, strict=True):
        still = shaded(pixels, saliency)
        still = still.resize((still.width * 250 // still.height, 250), Image.Resampling.NEAREST)
        images.append(element("img", src=png(np.asarray(still)), alt=f"after {many(int(place), 'decision')}"))
    return element("div", *images, class_="moments")


def _table(groups: Sequence[Group]) -> str:
    heads = ("group", "points", "by seed", "decisions in training", "seconds")
    rows = []
    for group in groups:
        points, seen, seconds = (group.measured(name) for name in ("test.return", "seen", "seconds"))
        if points is None:
            continue
        whole = _points(points.mean) + (
            f" [{_points(points.low)}, {_points(points.high)}]" if len(points.values) > 1 else ""
        )
        row = [
            group.name, whole, " · ".join(_points(value) for value in points.values), count(seen.mean) if seen else "–",
            count(seconds.mean) if seconds else "–",
        ]  # fmt: skip
        rows.append(row)
    return rows_of(heads, rows)
