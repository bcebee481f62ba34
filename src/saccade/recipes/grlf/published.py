"""Published figures: test accuracies of the GRLF report, table 1 (Yax, Doerig, Kietzmann 2020)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saccade.runs import Published

from .settings import Gaze, Reader, Reward

NAME = "GRLF report, table 1"
IMAGES = 100_000  # after which the source measured
LONGEST = Published("GRLF report, its longest training (hours)", 0.98)


@dataclass(frozen=True)
class Accuracy:
    """An entry of the table, in per cent."""

    training: float
    test: float

    @property
    def published(self) -> Published:
        """As a published figure."""
        return Published(NAME, self.test / 100, self.training / 100)


@dataclass(frozen=True)
class Row:
    """A row of the table: how the saccader learns, and the accuracies by reader."""

    reward: Reward
    discount: float
    rate: float  # learning rate of the saccader
    accuracy: Mapping[str, Accuracy]


def _by_reader(feed_forward: tuple[float, float], recurrent: tuple[float, float]) -> dict[str, Accuracy]:
    """Accuracies in training and in the test."""
    return {Reader.FEED_FORWARD: Accuracy(*feed_forward), Reader.RECURRENT: Accuracy(*recurrent)}


ROWS = (
    Row(Reward.AT_END, 0.9, 5e-5, _by_reader((77, 75), (90, 90))),
    Row(Reward.EACH_STEP, 0.9, 5e-5, _by_reader((79, 79), (91, 89))),
    Row(Reward.EACH_STEP, 0.9, 1e-3, _by_reader((83, 77), (92, 92))),
    Row(Reward.EACH_STEP, 0.99, 5e-5, _by_reader((84, 75), (91, 90))),
    Row(Reward.EACH_STEP, 0.99, 1e-3, _by_reader((87, 79), (94, 91))),
    Row(Reward.CROSS_ENTROPY, 0.9, 5e-5, _by_reader((63, 54), (89, 84))),
    Row(Reward.INVERSE_CROSS_ENTROPY, 0.9, 5e-5, _by_reader((77, 61), (90, 89))),
)
_BASELINES = {
    Gaze.CENTRE: _by_reader((80, 80), (88, 86)),
    Gaze.RANDOM: _by_reader((28, 28), (44, 44)),
}


def published(recipe: str, settings: Mapping[str, Any]) -> Published | None:
    """The report's accuracy of the same reader with the same gaze; of a learned gaze, the row that is best in the test."""
    reader, gaze = str(settings.get("reader")), settings.get("gaze")
    if recipe != "grlf":
        return None
    if gaze == Gaze.LEARNED:
        rows = (row.accuracy[reader] for row in ROWS if reader in row.accuracy)
        found = max(rows, key=lambda each: (each.test, each.training), default=None)
    else:
        found = next((figures.get(reader) for each, figures in _BASELINES.items() if each == gaze), None)
    return None if found is None else found.published


def references(recipe: str, settings: Mapping[str, Any]) -> list[Published]:
    """The report's best saccader, and its baselines, for the same reader."""
    words = {Gaze.LEARNED: "best", Gaze.CENTRE: "centre", Gaze.RANDOM: "random"}
    found = ((word, published(recipe, {**settings, "gaze": gaze})) for gaze, word in words.items())
    return [Published(f"{word} {100 * each.value:.0f}%", each.value) for word, each in found if each is not None]
