"""The head of a page: what was run, in a sentence, and the numbers that matter, large."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from saccade.plugins import OURS
from saccade.runs import Metric, RunDirectory, RunError, load_checkpoint

from .group import Group, Spread
from .markup import count, duration, element, listed, many, notice, percent


def budget(group: Group) -> int | None:
    """How much a run of a group learns from, if its settings say so under a usual name."""
    total = group.settings.get("seen", group.settings.get("steps"))
    return total if isinstance(total, int) else None


def masthead(
    groups: Sequence[Group],
    main: Group,
    title: str,
    task: str,
    trained: str = "",
    total: Callable[[Group], int | None] = budget,
) -> str:
    """A title, a task in words, and the cost of training.

    Args:
        groups: of runs.
        main: the group that the page is about.
        title: of the page.
        task: in words.
        trained: what a run learned from; "": how much of its unit.
        total: how much a run of a group learns from.
    """
    return element(
        "header",
        element("p", f"saccade · {escape(main.recipe)}", class_="eyebrow"),
        element("h1", escape(title)),
        element("p", escape(task), class_="lead"),
        element(
            "dl",
            *(
                element("div", element("dt", name), element("dd", escape(value)))
                for name, value in facts(groups, main, trained)
            ),
        ),
        *_not_ranked(groups, main),
        *_stopped(groups),
        *unfinished(groups, total),
    )


def _not_ranked(groups: Sequence[Group], main: Group) -> list[str]:
    """A notice for every group that was measured on other data than the main one."""
    return [
        notice(
            f"{group.name} was measured on {listed(sorted(group.data))}, {main.name} on {listed(sorted(main.data))}: they are not ranked."
        )
        for group in groups
        if group.data and main.data and group.data != main.data
    ]


def facts(groups: Sequence[Group], main: Group, trained: str = "") -> list[tuple[str, str]]:
    """The cost of training and where the runs come from, by name."""
    abouts = [run.directory.about for group in groups for run in group.runs]
    seeds = sorted({seed for group in groups for seed in group.seeds})
    where = f" (in {len(groups)} groups)" if len(groups) > 1 else ""
    facts = [("Seeds" if len(seeds) > 1 else "Seed", f"{listed(seeds)}{where}")]
    if trained:
        facts.append(("Training", f"{trained} per seed"))
    elif seen := main.measured("seen"):
        facts.append((main.unit.capitalize(), f"{count(seen.mean)} per seed"))
    if seconds := _from_to(groups, "seconds", duration):
        facts.append(("Time", f"{seconds} per seed"))
    alike = [group for group in groups if group.unit == main.unit]
    if not trained and (speed := _from_to(alike, "seen_per_second", count)):
        facts.append(("Speed", f"{speed} {main.unit}/s"))
    if measured := sorted(set[str]().union(*(group.data for group in groups))):
        facts.append(("Measured on", listed(measured)))
    if folders := {str(about["data"]) for about in abouts if about.get("data")}:
        facts.append(("Data in", listed(sorted(folders))))
    if packages := {str(about["package"]) for about in abouts if about.get("package")}:
        facts.append(("Package", listed(sorted(packages))))
    if commits := {commit for about in abouts if (commit := commit_of(about))}:
        facts.append(("Commit", listed(sorted(commits))))
    if begun := {source for group in groups for run in group.runs if (source := _begun_from(run.directory))}:
        facts.append(("First weights", f"those of {listed(sorted(begun))}"))
    facts.append(("Date", listed(sorted({str(about.get("started", "unknown"))[:10] for about in abouts}))))
    return facts


def _begun_from(run: RunDirectory) -> str:
    """The run whose weights a run began with; "": it did not begin with those of another."""
    try:
        return str(load_checkpoint(run.initial)[0].numbers.get("from", "")) if run.initial.exists() else ""
    except RunError:  # the page can do without
        return ""


def _from_to(groups: Sequence[Group], path: str, shown: Callable[[float], str]) -> str:
    """The lowest and the highest mean of the groups: `17 s to 31 s`."""
    means = [value.mean for group in groups if (value := group.measured(path))]
    ends = dict.fromkeys(map(shown, (min(means), max(means)))) if means else ()
    return " to ".join(ends)


def commit_of(about: Mapping[str, Any]) -> str:
    """The commit of the recipe's code, as a run notes it; nothing where another package brought it: what is noted is then saccade's own."""
    package = str(about.get("package") or OURS)
    return str(about.get("commit", "unknown")) if package.split()[0] == OURS else ""


def unfinished(groups: Sequence[Group], total: Callable[[Group], int | None] = budget) -> list[str]:
    """A notice for every run that has not ended."""
    found = []
    for group in groups:
        for run in group.runs:
            if run.result is None:
                whole = total(group)
                share = f" of {count(whole)} ({percent(run.seen / whole, 0)})" if whole else ""
                found.append(
                    notice(
                        f"Seed {run.directory.seed} of {group.name} has not ended: {count(run.seen)}{share} {group.unit} so far. "
                        "Its curve is shown; no other number counts it."
                    )
                )
    return found


def _stopped(groups: Sequence[Group]) -> list[str]:
    """A notice for every run that was ended before its budget."""
    return [
        notice(
            f"Seed {run.directory.seed} of {group.name} was stopped after {count(run.seen)} {group.unit}: {run.result['stopped_by']}."
        )
        for group in groups
        for run in group.runs
        if run.result is not None and run.result.get("stopped_by")
    ]


def tile(name: str, number: str, sub: str, comparison: str = "", class_: str = "tile", unit: str = "") -> str:
    """A number, large, and what it is."""
    shown = escape(number) + (element("small", f" {unit}") if unit else "")
    parts = (
        element("p", escape(name), class_="name"),
        element("p", shown, class_="number"),
        element("p", escape(sub), class_="sub"),
    )
    return element("div", element("div", *parts), comparison, class_=class_)


def interval(spread: Spread, metric: Metric) -> str:
    """The interval as the metric is written, and over how many seeds."""
    if spread.interval is None:
        return "one seed, no interval"
    low, high = map(metric.shown, spread.interval)
    return f"95% interval [{low}, {high}] over {many(len(spread.values), 'seed')}"
