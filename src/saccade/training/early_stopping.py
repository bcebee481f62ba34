"""Stops a training that gets no better."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from saccade.runs import Metric


class EarlyStopping:
    """Counts validations without a new best value.

    Args:
        metric: of the validations.
        patience: how many in a row end training; 0: none do.

    Attributes:
        stopped: whether training has been ended, by these or by a callback.
    """

    def __init__(self, metric: Metric, patience: int) -> None:
        self._name, self._sign = f"validation_{metric.name}", 1 if metric.higher_is_better else -1
        self._patience, self._best, self._without, self.stopped = patience, -math.inf, 0, False

    def validated(self, values: Mapping[str, float]) -> None:
        """Note a validation."""
        value = self._sign * values.get(self._name, math.nan)
        better = value > self._best
        self._best, self._without = (value, 0) if better else (self._best, self._without + 1)
        self.stopped = self.stopped or 0 < self._patience <= self._without

    def state(self) -> dict[str, Any]:
        """For a checkpoint; JSON."""
        best = self._best if math.isfinite(self._best) else None
        return {"best": best, "without": self._without, "stopped": self.stopped}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state`; checkpoints of before have none."""
        best = state.get("best")
        self._best = -math.inf if best is None else float(best)
        self._without, self.stopped = int(state.get("without", 0)), bool(state.get("stopped", False))
