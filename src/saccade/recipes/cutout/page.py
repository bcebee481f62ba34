"""The page of a scribbler: its overlap, and that of policies that know the ground truth or look at nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TypeVar

from saccade.report.axes import Axes, Note, charts, round_ticks, ticks_of
from saccade.report.comparison import Ranking, in_order, ranking
from saccade.report.curves import legend
from saccade.report.group import Group, gather, spread
from saccade.report.header import interval, masthead, tile
from saccade.report.markup import count, duration, element, figure, listed, many, notice, rows_of, section
from saccade.report.palette import MUTED, group_colour
from saccade.report.tables import how_it_was_made
from saccade.runs import RunDirectory, paired_difference
from saccade.training.recipe import Recipe

from .episodes_file import load_games
from .published import STALL
from .recipe import IOU, shown_baseline
from .strips import first_games, strips, worst_games

T = TypeVar("T")

_PATH = "test.iou"
_BASELINES = (
    ("Open-loop strokes", "test.baselines.blind script.iou", "the same strokes for every image"),
    ("Mean mask", "test.mean_mask_iou", "one mask for all images"),
    ("Greedy oracle", "test.baselines.greedy oracle.iou", "knows the ground truth, plans one step ahead"),
    (
        "Expert on the ground truth",
        "test.baselines.expert on the ground truth.iou",
        "knows the ground truth, plans its strokes",
    ),
    ("Forecast mask", "test.forecast_iou", "forecast before the first stroke"),
    ("Expert on the forecast", "test.baselines.expert on the forecast.iou", "takes the forecast for the mask"),
)
_NEEDS_NONE = ("Open-loop strokes", "Mean mask", "Forecast mask")  # no scribbler

_SHOWN, _WORST = 8, 10
_HABITS = (
    ("interior", "in the object's interior", True),
    ("astray", "on the wrong side", True),
    ("to_skeleton", "from the object's skeleton, pixels", False),
    ("turns", "strokes that turn", True),
    ("idle", "strokes that lead nowhere", True),
)


def sections(recipe: Recipe, runs: Sequence[RunDirectory]) -> list[str]:
    """The sections of the page."""
    gathered = gather(runs, recipe.unit)
    rank = ranking(gathered, IOU, _PATH)
    groups = in_order(gathered, rank)
    main = groups[0]
    return [
        _header(groups, main),
        section("numbers", "In numbers", _tiles(main, rank, named=len(groups) > 1)),
        section("learning", "Learning", _learning(groups)),
        section("strips", "Strokes and masks", _damage(main), _first(main)),
        section("steps", "What each stroke adds", _by_step(groups)),
        section("habits", "Its strokes", _habits(main)),
        section("worst", "The ten worst", _worst(main)),
        section("table", "All groups" if len(groups) > 1 else "The runs", _table(groups, rank)),
        section("made", "How it was made", how_it_was_made(groups)),
    ]


def _header(groups: Sequence[Group], main: Group) -> str:
    s = main.settings
    who = "both pens draw a stroke" if s.get("pens") == "both" else "one of the pens draws a stroke"
    task = (
        f"The scribbler draws with two pens that never lift, one on the object and one off it: for {s.get('episode_steps')} steps, "
        f"{who}, {s.get('length')} pixels long in one of eight directions. After every step a geodesic segmentation turns all strokes into a mask."
    )
    task += (
        " The scribbler sees a forecast of the mask, by networks that have not seen the image."
        if s.get("forecast")
        else " The scribbler sees no forecast of the mask."
    )
    return masthead(groups, main, "Segmenting by scribbling", task, _training(main), _total)


def _total(group: Group) -> int:
    """Images and episodes that a run learns from."""
    return _stage(group) + int(group.settings["seen"])


def _training(group: Group) -> str:
    """What a run learns from, stage by stage; each episode is one image."""
    episodes = many(int(group.settings["seen"]), "episode")
    return f"{many(_stage(group), 'image')} (forecast), {episodes}" if _stage(group) else episodes


def _tiles(group: Group, rank: Ranking[Group], named: bool) -> str:
    """The headline numbers of the group that is ahead, the first; of several, who it is, and by how much."""
    iou = group.measured(_PATH, IOU)
    if iou is None:
        return ""
    images = group.measured("test.images")
    sub = f"{interval(iou, IOU)}; {count(images.mean) if images else '?'} test images"
    comparison = _verdict(group) + rank.lead() + _source(group)
    made = [tile("Test IoU", IOU.shown(iou.mean), sub, comparison, class_="tile wide")]
    for name, path, words in _BASELINES:
        if found := group.measured(path, IOU):
            made.append(tile(name, IOU.shown(found.mean), words))
    name = element("p", escape(group.name), class_="eyebrow") if named else ""
    return (rank.title if rank else name) + element("div", *made, class_="tiles")


def _source(group: Group) -> str:
    """The source's figure; nothing on pictures of one's own, which may be of anything."""
    if any(run.directory.about.get("data") for run in group.runs):
        return ""
    number = element("span", f"{STALL.value:.2f}", class_="number")
    return element(
        "p",
        number,
        element("span", "where the source's agent stalls, on other pictures", class_="sub"),
        class_="source",
    )


def _verdict(group: Group) -> str:
    """Whether it is better than what needs no scribbler, seed by seed; a warning where it is not."""
    lines, ahead = [], []
    for name, path, _ in _BASELINES:
        found = paired_difference(group.by_seed(_PATH), group.by_seed(path))
        if name not in _NEEDS_NONE or found is None:
            continue
        the = f"the {name.lower()}"
        ahead += [the] if found.mean <= 0 else []
        side = "better than" if found.mean > 0 else "worse than" if found.mean < 0 else "as good as"
        unsure = "; the interval includes zero" if found.interval and not found.clear else ""
        lines.append(f"{IOU.difference(found)}: {side} {the}{unsure}")
    if not lines:
        return ""
    words = (
        f"Not better than {listed(ahead)}, without a scribbler:"
        if ahead
        else "Better than the baselines without a scribbler:"
    )
    items = (element("span", escape(words), class_="sub") for words in lines)
    return element("p", element("b", words), *items, class_="source notice" if ahead else "source", role="note")


def _learning(groups: Sequence[Group]) -> str:
    """Overlap by episodes of the scribbler: what its forecasts have seen before is left out."""
    curves = [
        (_since(group.curve("validation_iou", IOU), group), _since(group.mean_curve("train_iou"), group))
        for group in groups
    ]
    seen = [x for validation, training in curves for x, _ in [*validation, *training]]
    words = "Overlap with the ground truth on validation images after the last step; faint: on training images as they came, with strokes that explore."
    if any(group.settings.get("forecast") for group in groups):
        words += " " + _forecasts(groups)
    if not seen:
        return figure("", words)

    def draw(on: Axes) -> list[str]:
        parts = [on.frame("IoU", "episodes of the scribbler in training", ticks_of(seen))]
        for index, (validation, training) in enumerate(curves):
            colour = group_colour(index)
            parts.append(on.line(training, stroke=colour, stroke_width=1, stroke_opacity=0.4))
            if validation:
                parts.append(on.band(validation, colour))
                parts.append(on.line([(x, s.mean) for x, s in validation], stroke=colour, stroke_width=2.4))
        return parts

    ends = [(index, validation[-1][1].mean) for index, (validation, _) in enumerate(curves) if validation]
    notes = [
        Note(mean, IOU.shown(mean), group_colour(index), True, groups[index].name if len(groups) > 1 else "")
        for index, mean in ends
    ]
    axes = Axes(360, 0, max(seen), 1.0, even=True, form="{:.1f}")
    names = legend(groups) if len(groups) > 1 else ""
    return figure(names + charts(axes, "IoU against episodes", draw, notes), words)


def _stage(group: Group) -> int:
    """Images that the networks that forecast masks see before the scribbler begins."""
    return 3 * int(group.settings.get("forecast", 0))


def _since(curve: list[tuple[float, T]], group: Group) -> list[tuple[float, T]]:
    """The part of a curve that is the scribbler's own."""
    return [(x - _stage(group), y) for x, y in curve if x > _stage(group)]


def _forecasts(groups: Sequence[Group]) -> str:
    """What the networks that forecast masks reached."""
    found = []
    for group in groups:
        ends = [spread.mean for x, spread in group.curve("validation_iou", IOU) if x == _stage(group)]
        seen = f"the networks that forecast masks saw {count(_stage(group))} images"
        found += [f"{seen} and reached an IoU of {ends[0]:.3f}" if ends else seen] if _stage(group) else []
    return f"Before the scribbler, {'; '.join(dict.fromkeys(found))}."


def _damage(group: Group) -> str:
    found = (load_games(run.directory.folder)[1] for run in group.runs)
    return "".join(notice(words) for words in found if words)


def _first(group: Group) -> str:
    for run in group.runs:
        games, _ = load_games(run.directory.folder)
        if games is not None:
            words = (
                f"Not a choice of the best: the first {many(min(_SHOWN, len(games.kept)), 'test image')}, seed {run.directory.seed}. Green is the object's pen, "
                "red the background's; the mask is the bright area; numbers are the IoU."
            )
            return strips(games, first_games(games, _SHOWN), words)
    return ""


def _worst(group: Group) -> str:
    for run in group.runs:
        games, _ = load_games(run.directory.folder)
        if games is not None:
            return strips(
                games, worst_games(games, _WORST), f"The lowest overlaps of all test images, seed {run.directory.seed}."
            )
    return ""


def _by_step(groups: Sequence[Group]) -> str:
    main = groups[0]
    lines: list[tuple[str, list[float], str, bool]] = []
    for index, group in enumerate(groups):
        if spreads := group.by_step("iou_by_step", IOU):
            lines.append(
                (group.name if len(groups) > 1 else "scribbler", [s.mean for s in spreads], group_colour(index), True)
            )
    for name, steps in _baseline_steps(main):
        lines.append((shown_baseline(name), steps, MUTED, False))
    if not lines:
        return ""
    longest = max(len(steps) for _, steps, *_ in lines)

    def draw(on: Axes) -> list[str]:
        parts = [on.frame("IoU", "steps", round_ticks(on.high))]
        for _, steps, colour, bold in lines:
            points, dash = [(float(step), value) for step, value in enumerate(steps)], None if bold else "4 4"
            parts.append(on.line(points, stroke=colour, stroke_width=2.4 if bold else 1.3, stroke_dasharray=dash))
        return parts

    notes = [
        Note(steps[-1], f"{IOU.shown(steps[-1])}\u2002{name}", colour, bold) for name, steps, colour, bold in lines
    ]
    words = "Mean over test images and seeds. Dashed: baselines, from the same starts."
    axes = Axes(400, 0, longest - 1, 1.0, even=True, form="{:.1f}")
    return figure(charts(axes, "IoU by step", draw, notes), words)


def _baseline_steps(group: Group) -> list[tuple[str, list[float]]]:
    found: dict[str, list[list[float]]] = {}
    for test in group.tests:
        for name, each in test.get("baselines", {}).items():
            found.setdefault(name, []).append(each["iou_by_step"])
    return [(name, [sum(column) / len(column) for column in zip(*rows, strict=False)]) for name, rows in found.items()]


def _habits(group: Group) -> str:
    tests = group.tests
    if not tests or "strokes" not in tests[0]:
        return ""
    rows = [("scribbler", [test["strokes"] for test in tests])]
    rows += [
        (shown_baseline(name), [test["baselines"][name]["strokes"] for test in tests])
        for name in tests[0].get("baselines", {})
    ]
    body = []
    for name, measured in rows:
        row = [name]
        for key, _, share in _HABITS:
            value = spread(each[key] for each in measured)
            row.append("–" if value is None else f"{value.mean:.0%}" if share else f"{value.mean:.1f}")
        body.append(row)
    words = (
        "Shares of stroke pixels, and of strokes. The interior begins 3 pixels from the contour; a turn is 30 degrees or more against the "
        "same pen's last stroke. People draw long strokes along the middle of a thing and do not cross its edge."
    )
    return rows_of(["", *(name for _, name, _ in _HABITS)], body) + element("p", words, class_="caption")


def _table(groups: Sequence[Group], rank: Ranking[Group]) -> str:
    apart = [rank.head] if rank else []
    heads = ("group", "test IoU", *apart, "by seed", "median", "0.9 or more", "forecast mask", "training", "time")
    rows = []
    for group in groups:
        iou, median, share = (group.measured(f"test.{name}", IOU) for name in ("iou", "median_iou", "good_share"))
        forecast, seconds = (group.measured(name) for name in ("test.forecast_iou", "seconds"))
        if iou is None:
            continue
        row = [
            group.name, IOU.with_interval(iou.mean, iou.interval), *([rank.to_best(group)] if rank else []),
            " · ".join(map(IOU.shown, iou.values)), f"{median.mean:.3f}" if median else "–",
            f"{share.mean:.0%}" if share else "–", f"{forecast.mean:.3f}" if forecast else "–",
            _training(group), duration(seconds.mean) if seconds else "–",
        ]  # fmt: skip
        rows.append(row)
    return rows_of(heads, rows)
