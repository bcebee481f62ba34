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
        self._metric, self._patience = metric, patience
        self._best, self._at, self._without, self.stopped = -math.inf, 0, 0, False

    def validated(self, values: Mapping[str, float], seen: int) -> None:
        """Note a validation after so many."""
        value = self._sign * values.get(f"validation_{self._metric.name}", math.nan)
        if value > self._best:
            self._best, self._at, self._without = value, seen, 0
        else:
            self._without += 1
        self.stopped = self.stopped or self._impatient

    def why(self, unit: str) -> str:
        """What has ended training, in a few words; `unit`: what is counted in it."""
        if not self._impatient:
            return "a callback returned True"
        times = f"{self._without} validation{'' if self._without == 1 else 's'} in a row without"
        if not math.isfinite(self._best):
            return f"{times} a value of {self._metric.label}"
        best = self._sign * self._best
        shown = self._metric.alike([best]).shown(best)
        return f"{times} a better {self._metric.label} than {shown} (at {self._at:,} {unit})"

    @property
    def _sign(self) -> int:
        return 1 if self._metric.higher_is_better else -1

    @property
    def _impatient(self) -> bool:
        return 0 < self._patience <= self._without

    def state(self) -> dict[str, Any]:
        """For a checkpoint; JSON."""
        best = self._best if math.isfinite(self._best) else None
        return {"best": best, "at": self._at, "without": self._without, "stopped": self.stopped}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state`; checkpoints of before have none."""
        best = state.get("best")
        self._best = -math.inf if best is None else float(best)
        self._at, self._without = int(state.get("at", 0)), int(state.get("without", 0))
        self.stopped = bool(state.get("stopped", False))
