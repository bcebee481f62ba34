"""What a policy learns by."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from torch import Tensor, nn

from saccade.graph import Trajectory


class Targets(NamedTuple):
    """The targets of every epoch over one rollout, each `(t, b)`."""

    advantage: Tensor
    returns: Tensor
    log_prob: Tensor


class Objective(nn.Module, ABC):
    """Turns a fresh rollout into targets, and any pass over it into a loss."""

    @abstractmethod
    def targets(self, trajectory: Trajectory) -> Targets:
        """Advantages and returns; the last decision ends the episode. No gradients."""

    @abstractmethod
    def loss(self, trajectory: Trajectory, targets: Targets) -> Tensor:
        """The scalar to minimise."""
