"""The page of deep Q-learning: returns, action values, and an episode to look at."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

from saccade.report.clip import VIDEO, Stills, load_stills, shaded
from saccade.report.curves import learning_curves
from saccade.report.group import Group, gather
from saccade.report.header import interval, masthead, tile
from saccade.report.markup import count, duration, element, figure, many, notice, png, rows_of, section
from saccade.report.tables import how_it_was_made
from saccade.runs import Metric, RunDirectory
from saccade.training.recipe import Recipe

from .published import SCORES, published
from .recipe import RETURN, return_of

_VALUE = Metric("q", "value", "", "{:.2f}")


def sections(recipe: Recipe, runs: Sequence[RunDirectory]) -> list[str]:
    """The sections of the page."""
    groups = gather(runs, recipe.unit)
    main = groups[0]
    return [
        _header(groups, main),
        section("numbers", "In numbers", _tiles(main)),
        section("learning", "Learning", _learning(groups)),
        section("episode", "An episode", _episode(main)),
        section("table", "All groups" if len(groups) > 1 else "The runs", _table(groups)),
        section("made", "How it was made", how_it_was_made(groups)),
    ]


def _header(groups: Sequence[Group], main: Group) -> str:
    played = str(", ".join(sorted(main.data)) or main.settings.get("env"))
    task = (
        f"{played[0].upper()}{played[1:]}: from four grey frames of 84×84 pixels a network estimates the value of every action. "
        f"{main.settings.get('games')} games run in parallel and fill a replay buffer."
    )
    return masthead(groups, main, "Playing from pixels", task)


def _tiles(group: Group) -> str:
    mean_return = group.measured("test.return", return_of(str(group.settings["env"])))
    if mean_return is None:
        return ""
    episodes = group.measured("test.episodes")
    sub = f"{interval(mean_return, RETURN)}; {many(round(episodes.mean), 'episode') if episodes else 'some episodes'} per seed"
    made = [tile("Mean return", _shown(mean_return.mean), sub, class_="tile wide")]
    greedy, epsilon = group.measured("test_nearly_greedy.return"), group.measured("test_nearly_greedy.epsilon")
    if greedy and epsilon:
        made.append(tile("Nearly greedy", _shown(greedy.mean), f"mean return at ε = {epsilon.mean:g}"))
    if (theirs := published(group.recipe, group.settings)) is not None:
        random = SCORES[str(group.settings["env"])].random
        made.append(tile("Published", _shown(theirs.value), theirs.name))
        made.append(tile("Random policy", _shown(random), "from the same table"))
    if length := group.measured("test.seconds"):
        made.append(tile("Episode length", duration(length.mean), "mean, in game time"))
    return element("div", *made, class_="tiles")


def _shown(value: float) -> str:
    return f"{value:.1f}" if abs(value) < 100 else count(value)


def _learning(groups: Sequence[Group]) -> str:
    returns = "Mean return of validation episodes, at the ε of tests; faint: the running mean of training episodes, at a higher ε."
    values = "Mean value of the greedy action on 128 observations kept from before learning started: the discounted return that the network expects; faint: that of the actions that were learned from."
    return learning_curves(groups, "validation_return", "train_return", RETURN, returns, _short) + learning_curves(
        groups, "validation_q", "train_q", _VALUE, values, _short
    )


def _short(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 10 else _shown(value)


def _episode(group: Group) -> str:
    for run in group.runs:
        folder = run.directory.folder
        stills, trouble = load_stills(folder)
        if trouble:
            return notice(trouble)
        if stills is not None:
            words = (
                f"Not a choice of the best: one more test episode of the run of seed {run.directory.seed}, return {_shown(stills.episode_return)}. "
                "Red is the saliency: where the value of the greedy action changes most with the picture; bars are the values of all actions, from the lowest to the highest of the whole episode, the chosen one in red."
            )
            return _video(folder / VIDEO) + figure(_pictures(stills), escape(words))
    return ""


def _video(path: Path) -> str:
    """The video in the page itself; nothing where it has been removed."""
    if not path.exists():
        return ""
    data = base64.b64encode(path.read_bytes()).decode()
    return element("video", src=f"data:video/mp4;base64,{data}", controls="", loop="", width="620")


def _pictures(stills: Stills) -> str:
    """Some pictures, at even distances."""
    images = []
    for place, pixels, saliency in zip(stills.places, stills.pictures, stills.saliency, strict=True):
        still = shaded(pixels, saliency)
        still = still.resize((still.width * 250 // still.height, 250), Image.Resampling.NEAREST)
        images.append(element("img", src=png(np.asarray(still)), alt=f"after {many(int(place), 'decision')}"))
    return element("div", *images, class_="stills")


def _table(groups: Sequence[Group]) -> str:
    heads = ("group", "mean return", "by seed", "decisions in training", "seconds")
    rows = []
    for group in groups:
        mean_return = group.measured("test.return", return_of(str(group.settings["env"])))
        seen, seconds = group.measured("seen"), group.measured("seconds")
        if mean_return is None:
            continue
        whole = _shown(mean_return.mean)
        if len(mean_return.values) > 1:
            whole += f" [{_shown(mean_return.low)}, {_shown(mean_return.high)}]"
        row = [
            group.name, whole, " · ".join(_shown(value) for value in mean_return.values), count(seen.mean) if seen else "–",
            count(seconds.mean) if seconds else "–",
        ]  # fmt: skip
        rows.append(row)
    return rows_of(heads, rows)
