"""Moving averages of weights, and the average that did best in a validation (Polyak and Juditsky 1992)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from .optimizer_state import with_prefix

_SHARE = 0.05  # of the newest weights: about the last twenty count


class AveragedWeights:
    """The exponential moving average of a brain's state; of the first twenty updates the plain mean.

    Attributes:
        state: the average; empty before the first update.
        updates: how many there have been.
    """

    def __init__(self) -> None:
        self.state: dict[str, Tensor] = {}
        self.updates = 0

    def update(self, now: Mapping[str, Tensor]) -> None:
        """Average in the weights after an update of them; integers, such as counts, are copied as they are now."""
        if not self.state:
            self.state = {name: value.clone() for name, value in now.items()}
        self.updates += 1
        share = max(_SHARE, 1 / self.updates)
        for name, mean in self.state.items():
            if mean.is_floating_point():
                mean.lerp_(now[name], share)
            else:
                mean.copy_(now[name])


class BestWeights:
    """The averaged weights, and those that did best in a validation so far.

    Args:
        latest_of_equals: of validations with the same value, keep the latest weights and not the first.

    Attributes:
        mean: the average of the latest weights.
        best: the average that did best; empty before the first validation.
        value: what it reached; minus infinity before.
    """

    def __init__(self, latest_of_equals: bool = False) -> None:
        self.mean = AveragedWeights()
        self.best: Mapping[str, Tensor] = {}
        self.value = -math.inf
        self._latest_of_equals = latest_of_equals

    def validated(self, value: float, weights: Mapping[str, Tensor]) -> None:
        """Keep a copy of the weights if they did best."""
        if value > self.value or (self._latest_of_equals and value == self.value):
            self.best, self.value = {name: each.clone() for name, each in weights.items()}, value

    def state(self) -> dict[str, Tensor]:
        """Average and best weights by name, for a checkpoint."""
        found = with_prefix("mean", self.mean.state) | {"mean updates/": torch.tensor(self.mean.updates, device="cpu")}
        if self.best:
            found |= with_prefix("best", self.best)
            found["best value/"] = torch.tensor(self.value, dtype=torch.float64, device="cpu")
        return found

    def load(self, parts: Mapping[str, dict[str, Tensor]], device: torch.device | None = None) -> None:
        """Go on from a `state`, split by `by_prefix`, of weights on `device`; None: where the state is."""
        if "mean" in parts:
            self.mean.state, self.mean.updates = _on(device, parts["mean"]), int(parts["mean updates"][""])
        if "best" in parts:
            self.best, self.value = _on(device, parts["best"]), float(parts["best value"][""])


def _on(device: torch.device | None, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value if device is None else value.to(device) for name, value in state.items()}
