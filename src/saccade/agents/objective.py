"""What a policy learns by."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import NamedTuple

from torch import Tensor, nn

from saccade.graph import Trajectory


class Targets(NamedTuple):
    """What every epoch over one rollout aims at, each `(t, b)`."""

    advantage: Tensor
    returns: Tensor
    log_prob: Tensor


class Objective(nn.Module, ABC):
    """Turns a fresh rollout into targets, and any pass over it into a loss."""

    @abstractmethod
    def targets(self, trajectory: Trajectory) -> Targets:
        """What to aim at; the last decision ends the episode. No gradients."""

    @abstractmethod
    def loss(self, trajectory: Trajectory, targets: Targets) -> Tensor:
        """The scalar to minimise."""


def check_shares(settings: object, *names: str) -> None:
    """Refuse settings outside of [0, 1].

    Raises:
        ValueError: naming the setting, its value and what it may be.
    """
    for name in names:
        if not 0 <= getattr(settings, name) <= 1:
            raise ValueError(f"{name} is {getattr(settings, name)}: it must be between 0 and 1")


def check_weights(settings: object, *names: str) -> None:
    """Refuse settings that are negative or not finite.

    Raises:
        ValueError: naming the setting, its value and what it may be.
    """
    for name in names:
        if not 0 <= getattr(settings, name) < math.inf:
            raise ValueError(f"{name} is {getattr(settings, name)}: it must be 0 or more")
