"""REINFORCE with a learned baseline (Williams 1992), as RAM trains its gaze (Mnih et al. 2014, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from saccade.graph import Trajectory
from saccade.ranges import AtLeast, Between, check_ranges

from .objective import Objective, Targets


@dataclass(frozen=True)
class ReinforceSettings:
    """Settings of the policy's objective."""

    discount: Annotated[float, Between(0, 1)] = 1.0
    """Discount of later rewards, gamma, in [0, 1]."""
    weight: Annotated[float, AtLeast(0)] = 0.1
    """Weight of the policy's loss; the supervised loss has weight 1."""
    value_weight: Annotated[float, AtLeast(0)] = 0.25
    """Weight of the baseline's squared error."""

    def __post_init__(self) -> None:
        """Refuse values out of range.

        Raises:
            ValueError: naming the setting, its value and what it may be.
        """
        check_ranges(self)


class Reinforce(Objective):
    """The score-function estimator: log-probabilities, weighted by return minus baseline. One pass a rollout."""

    def __init__(self, settings: ReinforceSettings) -> None:
        super().__init__()
        self.settings = settings

    @torch.no_grad()
    def targets(self, trajectory: Trajectory) -> Targets:
        """Returns, and how far they are above the baseline, `(t, b)`."""
        later = torch.zeros_like(trajectory.reward[0])
        returns: list[Tensor] = []
        for reward in trajectory.reward.flip(0):
            later = reward + self.settings.discount * later
            returns.append(later)
        total = torch.stack(returns[::-1])
        return Targets(total - trajectory.value, total, trajectory.log_prob.detach())

    def loss(self, trajectory: Trajectory, targets: Targets) -> Tensor:
        """The scalar to minimise: the score summed over an episode's decisions, the baseline's error by its mean."""
        above, log_prob, error = targets.advantage, trajectory.log_prob, trajectory.value - targets.returns
        if not trajectory.whole:  # masked before use: values after the end of an episode may be anything
            above, log_prob, error = (torch.where(trajectory.active, x, 0.0) for x in (above, log_prob, error))
        gain = (above * log_prob).sum(0).mean()
        return self.settings.value_weight * error.square().mean() - self.settings.weight * gain
