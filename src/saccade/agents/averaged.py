"""A moving average of weights: what is measured swings less than what learns (Polyak and Juditsky 1992)."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

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
        """Take in the weights after an update of them; what is no real number, such as a count, is as it is now."""
        if not self.state:
            self.state = {name: value.clone() for name, value in now.items()}
        self.updates += 1
        share = max(_SHARE, 1 / self.updates)
        for name, mean in self.state.items():
            if mean.is_floating_point():
                mean.lerp_(now[name], share)
            else:
                mean.copy_(now[name])
