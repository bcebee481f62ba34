"""Runs that differ in nothing but the seed are a group, named by what sets it apart from the others."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from saccade.runs import RunDirectory, RunError, bootstrap, read_metrics

from saccade.recipes.active_vision.report.looks_file import Looks, load_looks
from .markup import percent

_GAZES = {
    "learned": "learned gaze",
    "learned-scan": "learned blind scan",
    "fixed-scan": "fixed scan",
    "random": "random gaze",
    "centre": "gaze at the centre",
}
_OF_LOOKS = ("gaze", "reader", "fixations", "patch", "scales", "reward", "draws", "copies")
_FIRST = ("model", "gaze", "reader", "reward", "field", "fixations", "patch", "images")


@dataclass(frozen=True)
class Spread:
    """A mean over seeds with its 95 % bootstrap interval."""

    values: tuple[float, ...]
    mean: float
    low: float
    high: float

    @property
    def digits(self) -> int:
        """How many a percentage needs: two where errors or differences are few."""
        return 2 if self.mean >= 0.98 or 0 < self.high - self.low < 0.003 else 1

    @property
    def percent(self) -> str:
        """The mean, as a percentage."""
        return percent(self.mean, self.digits)

    @property
    def range(self) -> str:
        """The interval, `93.09–93.14 %`."""
        return f"{100 * self.low:.{self.digits}f}–{percent(self.high, self.digits)}"


@lru_cache(maxsize=4096)
def _spread(values: tuple[float, ...]) -> Spread:
    return Spread(values, sum(values) / len(values), *bootstrap(values))


def spread(values: Iterable[float]) -> Spread | None:
    """Mean and interval, None of nothing."""
    kept = tuple(values)
    return _spread(kept) if kept else None


@dataclass(frozen=True)
class Run:
    """One run with everything that the page needs of it."""

    directory: RunDirectory
    rows: Sequence[dict[str, float]]
    result: dict[str, Any] | None
    looks: Looks | None
    trouble: str | None = None

    @property
    def seen(self) -> int:
        """Images, episodes or decisions that it learned from so far."""
        if self.result is not None and (seen := number(self.result, "seen")) is not None:
            return round(seen)
        return round(self.rows[-1]["seen"]) if self.rows else 0

    def curve(self, name: str) -> dict[float, float]:
        """A metric by images seen, where it was measured."""
        found = ((row["seen"], row.get(name)) for row in self.rows)
        return {seen: value for seen, value in found if value is not None}


@dataclass(frozen=True)
class Group:
    """Runs of one recipe with the same settings."""

    name: str
    recipe: str
    settings: dict[str, Any]
    runs: tuple[Run, ...]

    @property
    def unit(self) -> str:
        """What its training is counted in."""
        return "decisions" if self.recipe.startswith("dqn") else "images"

    @property
    def seeds(self) -> list[int]:
        """Seeds of its runs."""
        return [run.directory.seed for run in self.runs]

    @property
    def data(self) -> set[str]:
        """Names of the test sets that ended runs were measured on."""
        return {str(run.result["data"]) for run in self.runs if run.result is not None and "data" in run.result}

    @property
    def learns_to_look(self) -> bool:
        """Whether a saccader moves the eye, and not a baseline."""
        return bool(self.settings.get("gaze", "learned") == "learned") and not self.sees_all

    @property
    def sees_all(self) -> bool:
        """Whether it is a network that sees the whole image at once."""
        return str(self.settings.get("model", "ram")) != "ram"

    def window(self, looks: Looks) -> int:
        """Side of the window at a look, in pixels; of several scales, the finest."""
        return max(looks.size) if self.sees_all else int(self.settings.get("patch", 0) or 0)

    @property
    def scales(self) -> int:
        """Windows of a look, each twice as wide as the last."""
        return 1 if self.sees_all else int(self.settings.get("scales", 1) or 1)

    @property
    def looks(self) -> list[Looks]:
        """Looks of the runs that have any."""
        return [run.looks for run in self.runs if run.looks is not None]

    def measured(self, path: str) -> Spread | None:
        """A number of `result.json` over the runs that have ended, such as `test.accuracy`."""
        values = (number(run.result, path) for run in self.runs if run.result is not None)
        return spread(value for value in values if value is not None)

    def by_look(self, name: str) -> list[Spread]:
        """A share that `result.json` has for every look, such as `accuracy_by_fixation`."""
        lists = [test[name] for test in self._tests() if name in test]
        return [kept for column in zip(*lists, strict=False) if (kept := spread(column)) is not None]

    def stopping(self) -> list[tuple[float, float, float]]:
        """Threshold, mean number of looks and accuracy of stopping when surer than it; means of the runs."""
        lists = [test["stopping"] for test in self._tests() if "stopping" in test]
        return [
            (rows[0]["threshold"], *(sum(row[name] for row in rows) / len(rows) for name in ("looks", "accuracy")))
            for rows in zip(*lists, strict=False)
        ]

    @property
    def stopped(self) -> int:
        """How many runs have measured stopping early."""
        return sum("stopping" in test for test in self._tests())

    def _tests(self) -> list[dict[str, Any]]:
        tests = [run.result.get("test") for run in self.runs if run.result is not None]
        return [test for test in tests if isinstance(test, dict)]

    def curve(self, name: str) -> list[tuple[float, Spread]]:
        """A metric over the runs that got so far, by images seen."""
        return [(x, _spread(values)) for x, values in self._columns(name)]

    def mean_curve(self, name: str) -> list[tuple[float, float]]:
        """The same without intervals."""
        return [(x, sum(values) / len(values)) for x, values in self._columns(name)]

    def _columns(self, name: str) -> Iterator[tuple[float, tuple[float, ...]]]:
        curves = [run.curve(name) for run in self.runs]
        for x in sorted(set().union(*curves)):
            yield x, tuple(curve[x] for curve in curves if x in curve)


def in_its_words(group: Group, text: str) -> str:
    """A text about digits, of pictures of one's own where it is about those."""
    return text.replace("digit", "picture") if group.recipe == "ram" else text


def number(content: dict[str, Any], path: str) -> float | None:
    """A finite number at a dotted path, or None."""
    value: Any = content
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by dotted names."""
    found: dict[str, Any] = {}
    for key, value in settings.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def load_run(directory: RunDirectory) -> Run:
    """Read what a run has written; what cannot be read becomes a sentence."""
    try:
        result, trouble = directory.result, None
    except RunError as error:
        result, trouble = None, f"{error}."
    looks, damage = load_looks(directory.folder)
    return Run(directory, read_metrics(directory.folder), result, looks, trouble or damage)


def gather(directories: Sequence[RunDirectory]) -> list[Group]:
    """Load runs and group them, in the order in which they came; a folder given twice counts once."""
    once = {directory.folder.resolve(): directory for directory in directories}
    parts: dict[str, list[RunDirectory]] = {}
    for directory in once.values():
        parts.setdefault(json.dumps([directory.recipe, directory.settings], sort_keys=True), []).append(directory)
    members = [sorted(part, key=lambda directory: directory.seed) for part in parts.values()]
    names = _names([part[0] for part in members])
    return [
        Group(name, part[0].recipe, part[0].settings, tuple(load_run(directory) for directory in part))
        for name, part in zip(names, members, strict=True)
    ]


def principal(groups: Sequence[Group]) -> Group:
    """The group that headlines and scanpaths are of: the first whose gaze is learned."""
    return next((group for group in groups if group.learns_to_look), groups[0])


def differing(groups: Sequence[dict[str, Any]]) -> list[str]:
    """Names of settings that are not the same in all groups; the telling ones first."""
    flattened = [flat(settings) for settings in groups]
    names = dict.fromkeys(name for settings in flattened for name in settings)
    different = [name for name in names if len({json.dumps(settings.get(name)) for settings in flattened}) > 1]
    return sorted(different, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))


def _names(heads: list[RunDirectory]) -> list[str]:
    if len(heads) == 1:
        settings = heads[0].settings
        if settings.get("model", "ram") != "ram":
            return [_part("model", settings["model"])]
        return [_part("gaze", settings["gaze"]) if "gaze" in settings else heads[0].recipe]
    recipes = [head.recipe for head in heads]
    names = []
    for head in heads:
        kin = [other.settings for other in heads if other.recipe == head.recipe]
        settings = flat(head.settings)
        parts = [head.recipe] if len(set(recipes)) > 1 else []
        whole = settings.get("model", "ram") != "ram"  # nobody looks: what concerns looks does not tell it apart
        parts += [_part(key, settings.get(key)) for key in differing(kin) if not (whole and key in _OF_LOOKS)]
        names.append(", ".join(parts))
    return names


def _part(key: str, value: object) -> str:
    leaf = key.rpartition(".")[2].replace("_", " ")
    if key == "gaze":
        return _GAZES.get(str(value), f"{value} gaze")
    if key == "model":
        return "RAM" if value == "ram" else f"{str(value).replace('-', ' ')} network"
    if key in ("reader", "reward"):
        return f"{value} {key}"
    if key == "field":
        return f"field of {value}" if value else "no field"
    if isinstance(value, bool):
        return leaf if value else f"no {leaf}"
    return f"{leaf} {value:g}" if isinstance(value, float) else f"{leaf} {value}"
