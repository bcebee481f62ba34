"""The settings of deep Q-learning."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import torch

from .objective import check_shares, check_weights


class Size(StrEnum):
    """Which of the published networks."""

    SMALL = "2013"  # Mnih et al. 2013, section 4.1: 16 and 32 filters, 256 units
    LARGE = "2015"  # Mnih et al. 2015, methods: 32, 64 and 64 filters, 512 units


class Precision(StrEnum):
    """What the filters compute in; the weights are float32 in any case, and so is the head."""

    AUTO = "auto"  # bfloat16 on an x86 processor that has instructions for it, else float32
    FULL = "float32"
    HALF = "bfloat16"

    def known(self) -> Precision:
        """What it is on this machine: never AUTO."""
        if self is not Precision.AUTO:
            return self
        capable: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()  # older torch does not tell
        return Precision.HALF if capable.get("avx512_bf16") or capable.get("amx_bf16") else Precision.FULL


class Optimiser(StrEnum):
    """How the weights follow the gradient."""

    ADAM = "adam"
    RMSPROP = "rmsprop"  # centred, as in Mnih et al. 2015, extended data table 1


class Miss(StrEnum):
    """What an error of the value costs."""

    HUBER = "huber"  # its gradient is clipped to 1
    SQUARED = "squared"


@dataclass(frozen=True)
class QSettings:
    """Settings of deep Q-learning."""

    batch: int = 32
    """Remembered moments of an update."""
    discount: float = 0.99
    """Of every step, gamma."""
    double: bool = True
    """The network that learns chooses the action that the target network judges (van Hasselt et al. 2016)."""
    steps: int = 1
    """Rewards added up before the target network judges the rest (n-step returns)."""
    target_every: int = 2_500
    """Updates after which the target network is the learning one again."""
    miss: Miss = Miss.HUBER
    """What an error costs."""
    optimiser: Optimiser = Optimiser.ADAM
    """How the weights follow the gradient."""
    learning_rate: float = 1e-4
    """Step of the optimiser, at first."""
    final_rate: float = 1.0
    """Share of it that is left at the end of training; it falls in a straight line."""
    clip_norm: float = 10.0
    """Largest norm of the gradient."""
    beta: float = 0.4
    """How much of unequal chances is made up for at first, 1 at the end of training (prioritised replay only)."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ValueError: naming the setting, its value and what it may be.
        """
        check_shares(self, "discount", "beta", "final_rate")
        check_weights(self, "learning_rate")
        for name in ("batch", "steps", "target_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be 1 or more")
        if not self.clip_norm > 0:
            raise ValueError(f"clip_norm is {self.clip_norm}: it must be above 0")
