"""What a policy learns by."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from saccade.graph import Trajectory


class Targets(NamedTuple):
    """What every epoch over one rollout aims at, each `(t, b)`."""

    advantage: Tensor
    returns: Tensor
    log_prob: Tensor


class Objective(nn.Module):
    """Turns a fresh rollout into targets, and any pass over it into a loss."""

    def targets(self, trajectory: Trajectory) -> Targets:
        """What to aim at; the last decision ends the episode. No gradients."""
        raise NotImplementedError

    def loss(self, trajectory: Trajectory, targets: Targets) -> Tensor:
        """The scalar to minimise."""
        raise NotImplementedError
