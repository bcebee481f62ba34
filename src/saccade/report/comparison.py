"""Which of several groups is ahead, and by how much: seed by seed, as runs of one seed have the same images in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Generic, TypeVar

from saccade.runs import Difference, Metric, paired_difference

from .group import Group
from .markup import element, many

_NO_SEED = "no seed in common"

G = TypeVar("G", bound=Group)


@dataclass(frozen=True)
class Ranking(Generic[G]):
    """Groups that were measured by the same metric on the same data, the best first.

    Args:
        groups: those that have a value.
        metric: as it is written on the page.
        path: of its value in `result.json`.
    """

    groups: Sequence[G]
    metric: Metric
    path: str

    def __bool__(self) -> bool:
        """Whether there is something to compare."""
        return len(self.groups) > 1

    @property
    def best(self) -> G | None:
        """The group that is ahead; None where nothing was measured."""
        return self.groups[0] if self.groups else None

    def difference(self, first: G, second: G) -> Difference | None:
        """First minus second, over the seeds that both have; None where there is none."""
        return paired_difference(first.by_seed(self.path), second.by_seed(self.path))

    def to_best(self, group: G) -> str:
        """What a group has over the best, for a table: `-1.2 [-2.0, -0.4]`."""
        if not self or group is self.best or not _among(group, self.groups):
            return "–"
        found = self.difference(group, self.groups[0])
        return _NO_SEED if found is None else self.metric.difference(found)

    @property
    def head(self) -> str:
        """Title of that column."""
        return f"difference to the first{f', {self.metric.points}' if self.metric.points else ''}"

    @property
    def title(self) -> str:
        """Who is ahead, above the headline: `Highest accuracy of 2 groups: fixed scan`."""
        highest = "Highest" if self.metric.higher_is_better else "Lowest"
        words = f"{highest} {self.metric.label} of {many(len(self.groups), 'group')}: {self.groups[0].name}"
        return element("p", escape(words), class_="eyebrow")

    def lead(self) -> str:
        """By how much the best is ahead of the next, next to the headline; nothing where there is one group."""
        if not self:
            return ""
        first, second = self.groups[:2]
        found = self.difference(first, second)
        if found is None:
            return _compared("–", f"{_NO_SEED} with {second.name}: there is no paired difference")
        number, *rest = self.metric.difference(found).split(" ", 1)
        words = " ".join(
            filter(None, (self.metric.points, f"relative to {second.name}, the runner-up (paired by seed)"))
        )
        if rest:
            words += f"; 95% interval {rest[0]} over {many(len(found.seeds), 'seed')}. " + (
                "The interval excludes zero."
                if found.clear
                else f"The interval includes zero: {many(len(found.seeds), 'seed')} do not tell the two apart."
            )
        return _compared(number, f"{words}{'' if rest else '; one seed, no interval'}")


def ranking(groups: Sequence[G], metric: Metric, path: str) -> Ranking[G]:
    """The groups that were measured on the same data as the first that has a value, the best first."""
    values = [(group, value.mean) for group in groups if (value := group.measured(path, metric))]
    kept = [(group, mean) for group, mean in values if group.data == values[0][0].data]
    kept.sort(key=lambda pair: -pair[1] if metric.higher_is_better else pair[1])
    return Ranking([group for group, _ in kept], metric, path)


def in_order(groups: Sequence[G], rank: Ranking[G]) -> list[G]:
    """All groups, those that are ranked first, in their order: so they are drawn and listed."""
    return [*rank.groups, *(group for group in groups if not _among(group, rank.groups))]


def _among(group: Group, groups: Sequence[Group]) -> bool:
    return any(group is each for each in groups)


def _compared(number: str, words: str) -> str:
    spans = element("span", escape(number), class_="number"), element("span", escape(words), class_="sub")
    return element("p", *spans, class_="source")
