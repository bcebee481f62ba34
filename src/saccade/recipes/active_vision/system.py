"""A wired system that classifies by fixations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saccade.graph import Graph, Out
from saccade.runs import Metric
from saccade.vision import Confidence, Crop, GlimpseSensor, WholeView
from saccade.worlds import ClassificationReward, Digits, Field, Prediction

ACCURACY = Metric(
    "accuracy", "accuracy", "fraction of test images", "{:.1%}", low=0, high=1, proportion=True, fine="{:.2%}"
)
ERROR = Metric(
    "error", "error", "error, fraction of test images", "{:.2%}", higher_is_better=False, low=0, high=1, proportion=True
)


@dataclass(frozen=True)
class LookingSystem:
    """The graph, and the modules that training and reports read."""

    graph: Graph
    digits: Digits
    eye: Crop | GlimpseSensor | WholeView
    reader: Any
    reward: ClassificationReward
    prediction: Prediction
    field: Field | None = None  # where the digit lies, if not in the middle
    draws: int = 0  # passes with sampled fixations over the test images, besides the one with the most probable ones
    confidence: Confidence | None = None  # predicts whether the prediction is right

    @property
    def measured(self) -> Mapping[Metric, Out[Any]]:
        """The accuracy after the last fixation."""
        return {ACCURACY: self.prediction.correct}
