"""Groups of runs of systems that classify by fixations, with everything that their page asks of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from saccade.report.group import Group, Run, Spread, in_words, load_result, names_of, same_settings
from saccade.runs import Metric, Published, RunDirectory, read_metrics

from ..system import ACCURACY
from .looks_file import Looks, load_looks

_GAZES = {
    "learned": "learned gaze",
    "learned-scan": "learned blind scan",
    "fixed-scan": "fixed scan",
    "random": "random gaze",
    "centre": "gaze at the centre",
}
_OF_LOOKS = ("gaze", "reader", "fixations", "patch", "scales", "reward", "draws", "copies")
_FIRST = ("model", "gaze", "reader", "reward", "field", "fixations", "patch", "seen")

References = Callable[[str, Mapping[str, Any]], Sequence[Published]]


@dataclass(frozen=True)
class PageWords:
    """What a recipe's page says in words of its own.

    Args:
        title: of the page; `{fixations}` stands for their number.
        at_once: title for a network that sees the whole image at once.
        thing: what is classified, such as `digit`.
        first_at_centre: whether the first fixation is at the centre, whoever moves the eye.
        published: the source's figure for the same task, as an accuracy, by recipe and settings.
        references: the source's figures to draw into the learning curves, by recipe and settings.
        after: images after which the source measured; 0: it does not say.
        note: what the caption of the learning curves says of the source's figures.
    """

    title: str
    at_once: str = ""
    thing: str = "digit"
    first_at_centre: bool = False
    published: Callable[[str, Mapping[str, Any]], Published | None] = lambda _, __: None
    references: References = lambda _, __: ()
    after: int = 0
    note: str = "."


@dataclass(frozen=True)
class LookingRun(Run):
    """A run, with its fixations on the test images."""

    looks: Looks | None = None


@dataclass(frozen=True)
class LookingGroup(Group):
    """Runs of a system that classifies by fixations."""

    runs: Sequence[LookingRun]
    words: PageWords
    metric: Metric  # the accuracy, as it is written on the page

    @property
    def learns_to_look(self) -> bool:
        """Whether a saccader moves the eye, and not a baseline."""
        return bool(self.settings.get("gaze", "learned") == "learned") and not self.sees_all

    @property
    def sees_all(self) -> bool:
        """Whether it is a network that sees the whole image at once."""
        return _sees_all(self.settings)

    def window(self, looks: Looks) -> int:
        """Side of the window of a fixation, in pixels; of several scales, the finest."""
        return max(looks.size) if self.sees_all else int(self.settings.get("patch", 0) or 0)

    @property
    def scales(self) -> int:
        """Windows of a fixation, each twice as wide as the last."""
        return 1 if self.sees_all else int(self.settings.get("scales", 1) or 1)

    @property
    def looks(self) -> list[Looks]:
        """Fixations of the runs that have any."""
        return [run.looks for run in self.runs if run.looks is not None]

    @property
    def trained(self) -> Spread | None:
        """The accuracy on training images, as they are."""
        return self.measured("train_accuracy", self.metric, "train_images")

    def stopping(self) -> list[tuple[float, float, float]]:
        """Threshold, mean number of fixations and accuracy of stopping when more confident than it; means of the runs."""
        lists = [test["stopping"] for test in self.tests if "stopping" in test]
        return [
            (rows[0]["threshold"], *(sum(row[name] for row in rows) / len(rows) for name in ("looks", "accuracy")))
            for rows in zip(*lists, strict=False)
        ]

    @property
    def stopped(self) -> int:
        """How many runs have measured stopping early."""
        return sum("stopping" in test for test in self.tests)

    @property
    def published(self) -> Published | None:
        """The source's figure for the same task, as an accuracy."""
        return self.words.published(self.recipe, self.settings) if self._on_mnist else None

    @property
    def references(self) -> Sequence[Published]:
        """The source's figures to draw into the learning curves."""
        return self.words.references(self.recipe, self.settings) if self._on_mnist else ()

    @property
    def _on_mnist(self) -> bool:
        return all(name.startswith("mnist") for name in self.data)


def gather_looking(directories: Sequence[RunDirectory], unit: str, words: PageWords) -> list[LookingGroup]:
    """Load runs and group them, named by the settings in which they differ."""
    members = same_settings(directories)
    heads = [part[0] for part in members]
    names = [_alone(heads[0])] if len(heads) == 1 else names_of(heads, _in_words, _FIRST, _tells)
    groups = [
        LookingGroup(
            name, part[0].recipe, part[0].settings, [_load(directory) for directory in part], unit, words, ACCURACY
        )
        for name, part in zip(names, members, strict=True)
    ]
    means = [value.mean for group in groups if (value := group.measured("test.accuracy", ACCURACY))]
    return [replace(group, metric=ACCURACY.alike(means)) for group in groups]


def principal(groups: Sequence[LookingGroup]) -> LookingGroup:
    """The group that scanpaths and maps are of: the first whose gaze is learned."""
    return next((group for group in groups if group.learns_to_look), groups[0])


def _load(directory: RunDirectory) -> LookingRun:
    result, trouble = load_result(directory)
    looks, damage = load_looks(directory.folder)
    return LookingRun(directory, read_metrics(directory.folder), result, trouble or damage, looks)


def _sees_all(settings: Mapping[str, Any]) -> bool:
    return str(settings.get("model", "ram")) != "ram"


def _alone(head: RunDirectory) -> str:
    if _sees_all(head.settings):
        return _in_words("model", head.settings["model"])
    return _in_words("gaze", head.settings["gaze"]) if "gaze" in head.settings else head.recipe


def _tells(settings: dict[str, Any], name: str) -> bool:
    """Of a network that sees everything at once, nothing about fixations does."""
    return not (_sees_all(settings) and name in _OF_LOOKS)


def _in_words(name: str, value: object) -> str:
    if name == "gaze":
        return _GAZES.get(str(value), f"{value} gaze")
    if name == "model":
        return "RAM" if value == "ram" else f"{str(value).replace('-', ' ')} network"
    if name in ("reader", "reward"):
        return f"{value} {name}"
    if name == "field":
        return f"field of {value}" if value else "no field"
    return in_words(name, value)
