"""Runs that differ in nothing but the seed are a group, named by what sets it apart from the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from saccade.runs import Interval, Metric, RunDirectory, RunError, mean_interval, number_at, read_metrics

_NOTHING = (None, "")
_NO_MATTER = ("processes",)  # settings on which no number depends

Words = Callable[[str, object], str]  # a setting and its value in words


@dataclass(frozen=True)
class Spread:
    """A mean over seeds with its 95% interval (Student's t); of one seed, `low` and `high` are the value."""

    values: tuple[float, ...]
    mean: float
    low: float
    high: float

    @property
    def interval(self) -> Interval | None:
        """Its ends; None of one seed."""
        return (self.low, self.high) if len(self.values) > 1 else None


@lru_cache(maxsize=4096)
def _spread(values: tuple[float, ...], metric: Metric | None = None, test_images: int = 0) -> Spread:
    mean = sum(values) / len(values)
    ends = metric.interval(values, test_images) if metric else mean_interval(values)
    return Spread(values, mean, *(ends or (mean, mean)))


def spread(values: Iterable[float], metric: Metric | None = None, test_images: int = 0) -> Spread | None:
    """Mean and interval, None of nothing; within the range of a metric, and with the uncertainty of the test set, if given."""
    kept = tuple(values)
    return _spread(kept, metric, test_images) if kept else None


@dataclass(frozen=True)
class Run:
    """One run with everything that the page needs of it."""

    directory: RunDirectory
    rows: Sequence[dict[str, float]]
    result: dict[str, Any] | None
    trouble: str | None = None

    @property
    def seen(self) -> int:
        """Images, episodes or decisions that it learned from so far."""
        if self.result is not None and (seen := number_at(self.result, "seen")) is not None:
            return round(seen)
        return round(self.rows[-1]["seen"]) if self.rows else 0

    def curve(self, name: str) -> dict[float, float]:
        """A metric by images seen, where it was measured."""
        found = ((row["seen"], row.get(name)) for row in self.rows)
        return {seen: value for seen, value in found if value is not None}


@dataclass(frozen=True)
class Group:
    """Runs of one recipe with the same settings; `unit` is what its training is counted in, in the plural."""

    name: str
    recipe: str
    settings: dict[str, Any]
    runs: Sequence[Run]
    unit: str

    @property
    def seeds(self) -> list[int]:
        """Seeds of its runs."""
        return [run.directory.seed for run in self.runs]

    @property
    def data(self) -> set[str]:
        """Names of the test sets that ended runs were measured on."""
        return {str(run.result["data"]) for run in self.runs if run.result is not None and "data" in run.result}

    def measured(self, path: str, metric: Metric | None = None, images: str = "test.images") -> Spread | None:
        """A number of `result.json` over the runs that have ended, such as `test.accuracy`.

        Args:
            path: where it stands.
            metric: what it is a value of, if of any.
            images: where the number of images stands that it was counted on, if it is a proportion.
        """
        values = self._numbers(path)
        return spread(values, metric, int(next(iter(self._numbers(images)), 0)))

    def _numbers(self, path: str) -> list[float]:
        found = (number_at(run.result, path) for run in self.runs if run.result is not None)
        return [value for value in found if value is not None]

    def by_seed(self, path: str) -> dict[int, float]:
        """The same number of every run that has ended, by its seed."""
        values = ((run.directory.seed, number_at(run.result, path)) for run in self.runs if run.result is not None)
        return {seed: value for seed, value in values if value is not None}

    def by_step(self, name: str, metric: Metric) -> list[Spread]:
        """A list that the test part of `result.json` has, such as `accuracy_by_fixation`, step by step."""
        lists = [test[name] for test in self.tests if name in test]
        columns, images = zip(*lists, strict=False), int(next(iter(self._numbers("test.images")), 0))
        return [kept for column in columns if (kept := spread(column, metric, images)) is not None]

    @property
    def tests(self) -> list[dict[str, Any]]:
        """The test parts of `result.json`, of the runs that have ended."""
        tests = [run.result.get("test") for run in self.runs if run.result is not None]
        return [test for test in tests if isinstance(test, dict)]

    def curve(self, name: str, metric: Metric) -> list[tuple[float, Spread]]:
        """A metric over the runs that got so far, by what was seen."""
        return [(x, _spread(values, metric)) for x, values in self._columns(name)]

    def mean_curve(self, name: str) -> list[tuple[float, float]]:
        """The same without intervals."""
        return [(x, sum(values) / len(values)) for x, values in self._columns(name)]

    def _columns(self, name: str) -> Iterator[tuple[float, tuple[float, ...]]]:
        curves = [run.curve(name) for run in self.runs]
        for x in sorted(set().union(*curves)):
            yield x, tuple(curve[x] for curve in curves if x in curve)


def flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by dotted names."""
    found: dict[str, Any] = {}
    for key, value in settings.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def load_result(directory: RunDirectory) -> tuple[dict[str, Any] | None, str | None]:
    """The result of a run that has ended; what cannot be read becomes a sentence."""
    try:
        return directory.result, None
    except RunError as error:
        return None, f"{error}."


def load_run(directory: RunDirectory) -> Run:
    """Read what a run has written."""
    result, trouble = load_result(directory)
    return Run(directory, read_metrics(directory.folder), result, trouble)


def same_settings(directories: Sequence[RunDirectory]) -> list[list[RunDirectory]]:
    """Runs by recipe and settings, in the order in which they came; a folder given twice counts once."""
    once = {directory.folder.resolve(): directory for directory in directories}
    parts: dict[str, list[RunDirectory]] = {}
    for directory in once.values():
        matter = {name: value for name, value in directory.settings.items() if name not in _NO_MATTER}
        parts.setdefault(json.dumps([directory.recipe, matter], sort_keys=True), []).append(directory)
    return [sorted(part, key=lambda directory: directory.seed) for part in parts.values()]


def gather(directories: Sequence[RunDirectory], unit: str) -> list[Group]:
    """Load runs and group them, named by the settings in which they differ."""
    members = same_settings(directories)
    names = names_of([part[0] for part in members])
    return [
        Group(name, part[0].recipe, part[0].settings, tuple(load_run(directory) for directory in part), unit)
        for name, part in zip(names, members, strict=True)
    ]


def differing(groups: Sequence[dict[str, Any]], first: Sequence[str] = ()) -> list[str]:
    """Names of settings that are not the same in all groups; those of `first` come first."""
    flattened = [flat(settings) for settings in groups]
    names = dict.fromkeys(name for settings in flattened for name in settings if name not in _NO_MATTER)
    different = [name for name in names if len({json.dumps(settings.get(name)) for settings in flattened}) > 1]
    return sorted(different, key=lambda name: first.index(name) if name in first else len(first))


def in_words(name: str, value: object) -> str:
    """A setting and its value: `batch 32`, `no detach`, `no wrapper`."""
    leaf = name.rpartition(".")[2].replace("_", " ")
    if value in _NOTHING:
        return f"no {leaf}"
    if isinstance(value, bool):
        return leaf if value else f"no {leaf}"
    return f"{leaf} {value:g}" if isinstance(value, float) else f"{leaf} {value}"


def names_of(
    heads: Sequence[RunDirectory],
    words: Words = in_words,
    first: Sequence[str] = (),
    informative: Callable[[dict[str, Any], str], bool] = lambda _, __: True,
) -> list[str]:
    """A name for each group.

    Args:
        heads: one run of each.
        words: a setting and its value in words.
        first: settings that are named first.
        informative: `informative(settings, name)`: whether a setting has a meaning for a group.
    """
    recipes = {head.recipe for head in heads}
    if len(heads) == 1:
        return [heads[0].recipe]
    names = []
    for head in heads:
        kin = [other.settings for other in heads if other.recipe == head.recipe]
        settings = flat(head.settings)
        parts = [head.recipe] if len(recipes) > 1 else []
        different = [key for key in differing(kin, first) if informative(settings, key)]
        there = [key for key in different if settings.get(key) not in _NOTHING]
        parts += [words(key, settings.get(key)) for key in there or different]
        names.append(", ".join(parts))
    return names
