"""The source's figures: test accuracies of the GRLF report's table 1, in per cent."""

from __future__ import annotations

from saccade.runs import Published

from .group import Group
from .markup import THIN

NAME = "GRLF report, table 1"
IMAGES = 100_000  # after which the source measured
_FIGURES = {
    "recurrent": {"learned": 92.0, "centre": 86.0, "random": 44.0},
    "feed-forward": {"learned": 79.0, "centre": 80.0, "random": 28.0},
}
_WORDS = {"learned": "best", "centre": "centre", "random": "random"}


def _reader(group: Group) -> dict[str, float]:
    on_mnist = all(name.startswith("mnist") for name in group.data)
    return _FIGURES.get(str(group.settings.get("reader")), {}) if group.recipe == "grlf" and on_mnist else {}


def published(group: Group) -> Published | None:
    """The source's figure for the same reader and gaze, as a share."""
    value = _reader(group).get(str(group.settings.get("gaze")))
    return None if value is None else Published(NAME, value / 100)


def reference_lines(groups: list[Group]) -> list[Published]:
    """The source's figures for the readers that were run: best saccader, gaze at the centre, random gaze."""
    readers = {str(group.settings.get("reader")): found for group in groups if (found := _reader(group))}
    return [
        Published(f"{'source' if len(readers) == 1 else reader}, {_WORDS[gaze]} {value:.0f}{THIN}%", value / 100)
        for reader, figures in readers.items()
        for gaze, value in figures.items()
    ]
