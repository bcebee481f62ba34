"""A moving average of weights: what is measured swings less than what learns (Polyak and Juditsky 1992)."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

_SHARE = 0.05  # of the newest weights: about twenty updates count


class AveragedWeights:
    """The exponential moving average of a brain's state; `state` is empty before the first update."""

    def __init__(self) -> None:
        self.state: dict[str, Tensor] = {}

    def update(self, now: Mapping[str, Tensor]) -> None:
        """Take in the weights after an update of them; what is no real number, such as a count, is as it is now."""
        if not self.state:
            self.state = {name: value.clone() for name, value in now.items()}
        for name, mean in self.state.items():
            if mean.is_floating_point():
                mean.lerp_(now[name], _SHARE)
            else:
                mean.copy_(now[name])
