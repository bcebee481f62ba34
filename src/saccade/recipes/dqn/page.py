"""The page of deep Q-learning: returns, action values, and an episode to look at."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from PIL import Image

from saccade.report.clip import VIDEO, Stills, embedded, load_stills, shaded
from saccade.report.comparison import Ranking, in_order, ranking
from saccade.report.curves import learning_curves
from saccade.report.group import Group, gather
from saccade.report.header import interval, masthead, tile
from saccade.report.markup import count, duration, element, figure, many, notice, png, rows_of, section
from saccade.report.tables import how_it_was_made
from saccade.runs import Metric, RunDirectory
from saccade.training.recipe import Recipe
from saccade.worlds.games.game_spec import GameSpec

from .published import SCORES, published
from .recipe import return_of

_PATH = "test.return"
_VALUE = Metric("q", "value", "", "{:.2f}")


def sections(recipe: Recipe, runs: Sequence[RunDirectory]) -> list[str]:
    """The sections of the page."""
    gathered = gather(runs, recipe.unit)
    metric = return_of(str(gathered[0].settings["env"]))
    means = [value.mean for group in gathered if (value := group.measured(_PATH))]
    rank = ranking(gathered, metric.alike(means), _PATH)
    groups = in_order(gathered, rank)
    main = groups[0]
    return [
        _header(groups, main),
        section("numbers", "In numbers", _tiles(main, rank, named=len(groups) > 1)),
        section("learning", "Learning", _learning(groups, rank.metric)),
        section("episode", "An episode", _episode(main, rank.metric)),
        section("table", "All groups" if len(groups) > 1 else "The runs", _table(groups, rank)),
        section("made", "How it was made", how_it_was_made(groups)),
    ]


def _header(groups: Sequence[Group], main: Group) -> str:
    played = str(", ".join(sorted(main.data)) or main.settings.get("env"))
    own = str(main.settings.get("network", ""))
    network = f"the network {own}" if ":" in own else "a network"
    task = (
        f"From four grey frames of {played}, 84×84 pixels each, {network} estimates the value of every action. "
        f"{main.settings.get('games')} games run in parallel and fill a replay buffer."
    )
    return masthead(groups, main, "Playing from pixels", task)


def _tiles(group: Group, rank: Ranking[Group], named: bool) -> str:
    """The headline numbers of the group that is ahead, the first; of several, who it is, and by how much."""
    metric = rank.metric
    mean_return = group.measured(_PATH, metric)
    if mean_return is None:
        return ""
    episodes = group.measured("test.episodes")
    sub = f"{interval(mean_return, metric)}; {many(round(episodes.mean), 'episode') if episodes else 'some episodes'} per seed"
    made = [tile("Mean return", metric.shown(mean_return.mean), sub, rank.lead(), class_="tile wide")]
    greedy, epsilon = group.measured("test_nearly_greedy.return", metric), group.measured("test_nearly_greedy.epsilon")
    if greedy and epsilon:
        words = f"mean return at ε = {epsilon.mean:g}; {interval(greedy, metric)}"
        made.append(tile("Nearly greedy", metric.shown(greedy.mean), words))
    if (theirs := published(group.recipe, group.settings)) is not None:
        made.append(tile("Published", metric.published(theirs.value), theirs.name))
        random = SCORES[str(group.settings["env"])].random
        made.append(tile("Random policy", metric.published(random), "from the same table"))
    if seconds := group.measured("test.seconds"):
        made.append(_length(group, seconds.mean))
    name = element("p", escape(group.name), class_="eyebrow") if named else ""
    return (rank.title if rank else name) + element("div", *made, class_="tiles")


def _length(group: Group, seconds: float) -> str:
    """The mean length of an episode: of an Atari game in game time, of any other environment, whose time may be no real one, in decisions."""
    decisions = group.measured("test.length")
    if decisions is None or GameSpec(str(group.settings["env"])).is_atari:
        return tile("Episode length", duration(seconds), "mean, in game time")
    return tile("Episode length", f"{decisions.mean:,.1f}", "decisions, mean")


def _learning(groups: Sequence[Group], metric: Metric) -> str:
    begins = all(0 in dict(group.mean_curve("validation_return")) for group in groups)
    returns = (
        "Mean return of validation episodes, at the ε of tests"
        + (", from that of the random policy on" if begins else "")
        + "; faint: the running mean of training episodes, at a higher ε."
    )
    values = "Mean value of the greedy action on 128 observations kept from before learning started: the discounted return that the network expects; faint: that of the actions that were learned from."
    return learning_curves(groups, "validation_return", "train_return", metric, returns) + learning_curves(
        groups, "validation_q", "train_q", _VALUE, values
    )


def _episode(group: Group, metric: Metric) -> str:
    for run in group.runs:
        folder = run.directory.folder
        stills, trouble = load_stills(folder)
        if trouble:
            return notice(trouble)
        if stills is not None:
            words = (
                f"Not a choice of the best: one more test episode of the run of seed {run.directory.seed}, return {metric.shown(stills.episode_return)}. "
                "Red is the saliency: where the value of the greedy action changes most with the picture; bars are the values of all actions, from the lowest to the highest of the whole episode, the chosen one in red."
            )
            return embedded(folder / VIDEO) + figure(_pictures(stills), escape(words))
    return ""


def _pictures(stills: Stills) -> str:
    """Some pictures, at even distances."""
    images = []
    for place, pixels, saliency in zip(stills.places, stills.pictures, stills.saliency, strict=True):
        still = shaded(pixels, saliency)
        still = still.resize((still.width * 250 // still.height, 250), Image.Resampling.NEAREST)
        images.append(element("img", src=png(np.asarray(still)), alt=f"after {many(int(place), 'decision')}"))
    return element("div", *images, class_="stills")


def _table(groups: Sequence[Group], rank: Ranking[Group]) -> str:
    heads = ("group", "mean return", *([rank.head] if rank else []), "by seed", "decisions in training", "time")
    rows, metric = [], rank.metric
    for group in groups:
        mean_return = group.measured(_PATH, return_of(str(group.settings["env"])))
        seen, seconds = group.measured("seen"), group.measured("seconds")
        if mean_return is None:
            continue
        row = [
            group.name, metric.with_interval(mean_return.mean, mean_return.interval), *([rank.to_best(group)] if rank else []),
            " · ".join(map(metric.shown, mean_return.values)), count(seen.mean) if seen else "–",
            duration(seconds.mean) if seconds else "–",
        ]  # fmt: skip
        rows.append(row)
    return rows_of(heads, rows)
