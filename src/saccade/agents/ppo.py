"""Proximal policy optimisation (Schulman et al. 2017, equation 9), on recorded trajectories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from saccade.graph import Trajectory
from saccade.ranges import Above, AtLeast, Between, check_ranges

from .objective import Objective, Targets


@dataclass(frozen=True)
class PPOSettings:
    """Settings of the policy's objective."""

    discount: Annotated[float, Between(0, 1)] = 0.6
    """Discount of later rewards, gamma, in [0, 1]."""
    gae_lambda: Annotated[float, Between(0, 1)] = 0.95
    """Lambda of generalised advantage estimation, in [0, 1]."""
    clip: Annotated[float, Above(0)] = 0.2
    """How far the probability ratio may leave 1 before its gradient stops."""
    weight: Annotated[float, AtLeast(0)] = 0.1
    """Weight of the policy's loss; the supervised loss has weight 1."""
    value_weight: Annotated[float, AtLeast(0)] = 0.25
    """Weight of the value's squared error."""
    entropy_weight: Annotated[float, AtLeast(0)] = 0.0
    """Weight of the entropy bonus (the entropy of a Gaussian of fixed width is constant)."""

    def __post_init__(self) -> None:
        """Refuse values out of range.

        Raises:
            ValueError: naming the setting, its value and what it may be.
        """
        check_ranges(self)


class PPO(Objective):
    """The clipped objective, with advantages on a running scale."""

    def __init__(self, settings: PPOSettings) -> None:
        super().__init__()
        self.settings = settings
        # Dividing by a running variance, not by the batch's own, keeps rare large advantages large.
        self.register_buffer("variance", torch.ones(()))
        self.variance: Tensor

    @torch.no_grad()
    def targets(self, trajectory: Trajectory) -> Targets:
        """Advantages and returns of a fresh rollout; the last decision ends the episode."""
        reward, value = trajectory.reward, trajectory.value
        gamma, decay = self.settings.discount, self.settings.gae_lambda
        advantages: list[Tensor] = []
        later = following = torch.zeros_like(reward[0])
        for t in reversed(range(len(reward))):
            later = reward[t] + gamma * following - value[t] + gamma * decay * later
            following = value[t]
            if not trajectory.whole:
                later, following = (torch.where(trajectory.active[t], x, 0.0) for x in (later, following))
            advantages.append(later)
        advantage = torch.stack(advantages[::-1])
        counted = advantage if trajectory.whole else advantage[trajectory.active]
        if counted.numel() > 1:
            spread = counted.var()  # one that is not finite ends training; the scale must stay usable after a resume
            self.variance.lerp_(torch.where(spread.isfinite(), spread, self.variance), 0.05)
        return Targets(advantage / (self.variance.sqrt() + 1e-6), advantage + value, trajectory.log_prob.detach())

    def loss(self, trajectory: Trajectory, targets: Targets) -> Tensor:
        """The scalar to minimise: the gain summed over an episode's decisions, value and entropy by their mean."""
        s = self.settings
        change, error = trajectory.log_prob - targets.log_prob, trajectory.value - targets.returns
        if not trajectory.whole:  # masked before use: values after the end of an episode may be anything
            change, error = torch.where(trajectory.active, change, 0.0), torch.where(trajectory.active, error, 0.0)
        ratio = change.exp()
        gain = torch.minimum(ratio * targets.advantage, ratio.clamp(1 - s.clip, 1 + s.clip) * targets.advantage)
        loss = s.value_weight * error.square().mean() - s.weight * gain.sum(0).mean()
        if s.entropy_weight:
            loss = loss - s.entropy_weight * (trajectory.entropy * trajectory.active).mean()
        return loss
