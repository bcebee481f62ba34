"""The page of h-DQN: returns, how often each goal is reached, and an episode option by option."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from html import escape

from saccade.report.axes import Sheet, on_both
from saccade.report.clip import VIDEO, embedded
from saccade.report.comparison import Ranking, in_order, ranking
from saccade.report.curves import learning_curves, series_curves
from saccade.report.group import Group, Run, gather, spread
from saccade.report.header import interval, masthead, tile
from saccade.report.markup import count, duration, element, figure, label, many, notice, picture, rows_of, section
from saccade.report.palette import INK, LINE, MUTED, RIGHT, WRONG, group_colour
from saccade.report.tables import how_it_was_made
from saccade.runs import Metric, RunDirectory
from saccade.training.recipe import Recipe

from .episode import LONGEST, Episode, load_episode

_PATH = "test.return"
_SHARE = Metric("success", "goals reached", "", "{:.0%}", low=0.0, high=1.0)
_VISITS = Metric("visits", "decisions an episode", "", "{:.2f}", low=0.0)
_ROW, _TOP, _LETTER = 26.0, 22.0, 7.2


def sections(recipe: Recipe, runs: Sequence[RunDirectory]) -> list[str]:
    """The sections of the page."""
    gathered = gather(runs, recipe.unit)
    rank = ranking(gathered, recipe.metric, _PATH)
    groups = in_order(gathered, rank)
    main = groups[0]
    return [
        _header(groups, main),
        section("numbers", "In numbers", _tiles(main, rank)),
        section("learning", "Learning", _learning(groups, rank.metric)),
        section("goals", "Goals", *(_goals(group, many_groups=len(groups) > 1) for group in groups)),
        section("episode", "An episode", _episode(main)),
        section("table", "All groups" if len(groups) > 1 else "The runs", _table(groups, rank)),
        section("made", "How it was made", how_it_was_made(groups)),
    ]


def _is_flat(group: Group) -> bool:
    return group.settings.get("agent") == "flat"


def _header(groups: Sequence[Group], main: Group) -> str:
    played = str(", ".join(sorted(main.data)) or main.settings.get("env"))
    learners = int(str(main.settings.get("learners", 1)))
    side = (
        f" {learners} independent learners play side by side, in {main.settings.get('games')} games."
        if learners > 1
        else ""
    )
    task = (
        f"One policy chooses the actions. The game: {played}.{side}"
        if _is_flat(main)
        else f"A policy chooses goals, and another one pursues each of them, until it is reached, {many(int(str(main.settings.get('limit'))), 'decision')} "
        f"are over, or the episode ends. The game: {played}.{side}"
    )
    if searched := main.settings.get("search"):
        task += f" Half of the episodes of training begin in states that a search of {count(int(str(searched)))} decisions has found; tests begin at the start."
    return masthead(groups, main, "Goals above actions", task)


def _tiles(group: Group, rank: Ranking[Group]) -> str:
    metric = rank.metric
    found = group.measured(_PATH, metric)
    if found is None:
        return ""
    learners = [value for run in group.runs if run.result for value in run.result["test"]["return_of_learners"]]
    words, apart = interval(found, metric), len(learners) > len(found.values)
    if apart:
        words += f"; {many(len(learners), 'independent learner')}"
    made = [tile("Mean return", metric.shown(found.mean), words, rank.lead(), class_="tile wide")]
    if apart:
        made.append(tile("Worst learner", metric.shown(min(learners)), "mean return"))
        made.append(tile("Best learner", metric.shown(max(learners)), "mean return"))
    if goals := [_of_goals(run, "test") for run in group.runs if _of_goals(run, "test")]:
        shares = spread([sum(each.values()) / len(each) for each in goals], _SHARE)
        assert shares is not None
        made.append(
            tile(
                "Goals reached",
                _SHARE.shown(shares.mean),
                f"of all attempts from the start; {interval(shares, _SHARE)}",
            )
        )
    if seconds := group.measured("seconds"):
        made.append(tile("Training", duration(seconds.mean), "a run"))
    return (rank.title if rank else "") + element("div", *made, class_="tiles")


def _learning(groups: Sequence[Group], metric: Metric) -> str:
    validated = any("validation_return" in row for group in groups for run in group.runs for row in run.rows)
    words = (
        "Mean return of validation episodes of the greedy policy; faint: of training episodes, which explore."
        if validated
        else "Mean return of training episodes, which explore. Validations are attempts at each goal, see below."
    )
    return learning_curves(groups, "validation_return", "train_return", metric, words)


def _goals(group: Group, many_groups: bool) -> str:
    """How often goals are reached, and how often their relations hold, in the course of training."""
    names = [name for row in group.runs[0].rows for name in row]
    found = [element("h3", escape(group.name))] if many_groups else []
    tried = "validation/"
    for prefix, metric, words in (
        (
            tried,
            _SHARE,
            "Share of the attempts at each goal, from the start of the game, that reached it, in validations.",
        ),
        ("success/", _SHARE, "Share of the pursuits of each goal in training that reached it."),
        ("visits/", _VISITS, "Decisions in training after which the relation of each goal held, for each episode."),
    ):
        keys = {name: name.removeprefix(prefix) for name in dict.fromkeys(names) if name.startswith(prefix)}
        if keys and not (
            prefix == "success/" and any(name.startswith(tried) for name in names)
        ):  # the same, of few attempts
            found.append(series_curves(group, keys, metric, words))
    return "".join([*found, _attempts(group)])


def _of_goals(run: Run, test: str) -> dict[str, float]:
    """How often each goal was reached in a test; nothing where that was not tried."""
    result = run.result or {}
    of_test = result.get(test)
    found: dict[str, float] = of_test.get("goals", {}) if isinstance(of_test, Mapping) else {}
    return found


def _attempts(group: Group) -> str:
    """How often each goal was reached in the tests of all runs."""
    tested = [run for run in group.runs if _of_goals(run, "test")]
    if not tested:
        return ""
    tests, rows = [name for name in tested[0].result or {} if _of_goals(tested[0], name)], []
    for goal in _of_goals(tested[0], "test"):
        shares = [spread([_of_goals(run, test)[goal] for run in tested], _SHARE) for test in tests]
        rows.append([goal, *(_SHARE.with_interval(each.mean, each.interval) if each else "–" for each in shares)])
    return rows_of(("goal", *tests), rows)


def _episode(group: Group) -> str:
    for run in group.runs:
        episode, trouble = load_episode(run.directory.folder)
        if trouble:
            return notice(trouble)
        if episode is not None:
            words = (
                f"Not a choice of the best: one more test episode of the run of seed {run.directory.seed}, "
                + (
                    f"return {float(episode.score.sum()):g}, {many(len(episode.goal), 'decision')}. "
                    if len(episode.goal) < LONGEST
                    else f"its first {count(LONGEST)} decisions. "
                )
                + (
                    ""
                    if _is_flat(group)
                    else ("In the film, the goal is framed. " if (run.directory.folder / VIDEO).exists() else "")
                    + "Above, the goals that were pursued, one after the other: filled where they were reached. "
                )
                + "Below, the relations that held after each decision."
            )
            film = embedded(run.directory.folder / VIDEO)
            return film + figure(on_both(functools.partial(drawn, episode)), escape(words))
    return ""


def drawn(episode: Episode, sheet: Sheet) -> str:
    """The options of an episode above what held after each of its decisions."""
    left, end = max(sheet.left + 40, _LETTER * max(map(len, episode.goals)) + 14), sheet.width - 12
    steps = len(episode.goal)
    wide = (end - left) / max(1, steps)
    parts, base = list[str](), _TOP
    if int(episode.goal[0]) >= 0:
        for begin, after, goal, reached in episode.options:
            x, colour = left + begin * wide, RIGHT if reached else WRONG
            parts.append(
                element("rect", x=x + 1, y=base - 15, width=max(1.0, (after - begin) * wide - 2), height=20, rx=3, fill=colour,
                        fill_opacity=0.85 if reached else 0.15, stroke=colour)
            )  # fmt: skip
            if (after - begin) * wide > 8 * len(episode.goals[goal]) + 6:
                fill = "white" if reached else INK
                parts.append(
                    label(episode.goals[goal], x + (after - begin) * wide / 2, base, text_anchor="middle", fill=fill)
                )
        base += _ROW + 6
    for place, name in enumerate(episode.goals):
        y = base + place * _ROW
        parts.append(label(name, left - 10, y + 4, text_anchor="end", fill=MUTED))
        parts.append(element("line", x1=left, x2=end, y1=y, y2=y, stroke=LINE))
        parts += [
            element(
                "rect",
                x=left + begin * wide,
                y=y - 7,
                width=max(1.0, (after - begin) * wide - 1),
                height=14,
                rx=2,
                fill=group_colour(0),
            )
            for begin, after in _stretches(episode.holds[:, place].tolist())
        ]
    height = base + len(episode.goals) * _ROW + 20
    parts.append(label(f"{count(steps)} decisions", end, height - 8, text_anchor="end", fill=MUTED))
    return picture(sheet.width, height, "options of an episode", *parts)


def _stretches(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Where flags are set: the first of each stretch, and the one after its last."""
    edges = [t for t in range(len(flags) + 1) if (t > 0 and flags[t - 1]) != (t < len(flags) and flags[t])]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _table(groups: Sequence[Group], rank: Ranking[Group]) -> str:
    heads = ("group", "mean return", *([rank.head] if rank else []), "by seed", "decisions in training", "time")
    rows, metric = [], rank.metric
    for group in groups:
        found = group.measured(_PATH, metric)
        if found is None:
            continue
        seen, seconds = group.measured("seen"), group.measured("seconds")
        rows.append([
            group.name, metric.with_interval(found.mean, found.interval), *([rank.to_best(group)] if rank else []),
            " · ".join(map(metric.shown, found.values)), count(seen.mean) if seen else "–",
            duration(seconds.mean) if seconds else "–",
        ])  # fmt: skip
    return rows_of(heads, rows)
