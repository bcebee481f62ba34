"""The settings of deep Q-learning."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import torch

from saccade.ranges import Above, AtLeast, Between, check_ranges


class Architecture(StrEnum):
    """The published architectures."""

    SMALL = "2013"  # Mnih et al. 2013, section 4.1: 16 and 32 filters, 256 units
    LARGE = "2015"  # Mnih et al. 2015, methods: 32, 64 and 64 filters, 512 units


class Precision(StrEnum):
    """The precision of convolutions and hidden layer; weights and last layer are float32 in any case."""

    AUTO = "auto"  # bfloat16 on an x86 processor that has instructions for it, else float32
    FULL = "float32"
    HALF = "bfloat16"

    def known(self) -> Precision:
        """The precision on this machine: never AUTO."""
        if self is not Precision.AUTO:
            return self
        capable: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()  # older torch does not say
        return Precision.HALF if capable.get("avx512_bf16") or capable.get("amx_bf16") else Precision.FULL


class Optimiser(StrEnum):
    """The optimiser."""

    ADAM = "adam"
    RMSPROP = "rmsprop"  # centred, as in Mnih et al. 2015, extended data table 1
    SGD = "sgd"  # on the sum over the minibatch: of a table, the learning rate is that of Watkins 1989


class ValueLoss(StrEnum):
    """The loss of a temporal-difference error."""

    HUBER = "huber"  # its gradient is clipped to 1
    SQUARED = "squared"


@dataclass(frozen=True)
class QSettings:
    """Settings of deep Q-learning."""

    batch: Annotated[int, AtLeast(1, 1_000_000)] = 32
    """Transitions in the minibatch of an update."""
    discount: Annotated[float, Between(0, 1)] = 0.99
    """Discount factor of a step, gamma."""
    double: bool = True
    """Double Q-learning: the online network chooses the action, the target network evaluates it (van Hasselt et al. 2016)."""
    n_step: Annotated[int, AtLeast(1, 10_000)] = 1
    """Rewards summed before the target network estimates the rest (n-step returns)."""
    target_every: Annotated[int, AtLeast(1)] = 2_500
    """Updates between two copies of the online network into the target network."""
    loss: ValueLoss = ValueLoss.HUBER
    """Loss of the temporal-difference error."""
    optimiser: Optimiser = Optimiser.ADAM
    """The optimiser."""
    learning_rate: Annotated[float, AtLeast(0)] = 1e-4
    """Step size of the optimiser at the start of training."""
    final_rate: Annotated[float, Between(0, 1)] = 1.0
    """Share of the learning rate that is left at the end of training; it falls linearly."""
    clip_norm: Annotated[float, Above(0)] = 10.0
    """Largest norm of the gradient."""
    beta: Annotated[float, Between(0, 1)] = 0.4
    """Exponent of the importance-sampling weights at the start, 1 at the end of training (prioritised replay only)."""

    def __post_init__(self) -> None:
        """Refuse values out of range.

        Raises:
            ValueError: naming the setting, its value and what it may be.
        """
        check_ranges(self)
