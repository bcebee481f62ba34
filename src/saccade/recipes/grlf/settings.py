"""The settings of the saccade system."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum

from saccade.agents import PPOSettings
from saccade.recipes.active_vision.settings import Gaze, LookSettings
from saccade.worlds import Reward

__all__ = ["FIELD", "Gaze", "GrlfSettings", "Reader", "Reward"]


class Reader(StrEnum):
    """The reader's architecture."""

    RECURRENT = "recurrent"
    FEED_FORWARD = "feed-forward"
    CONVOLUTIONAL = "convolutional"


@dataclass(frozen=True)
class GrlfSettings(LookSettings):
    """Everything that a run of the saccade system depends on, besides the seed."""

    reader: Reader = Reader.RECURRENT
    """Architecture of the reader."""
    ppo: PPOSettings = dataclasses.field(default_factory=PPOSettings)
    """The saccader's objective."""

    def __post_init__(self) -> None:
        """Refuse what cannot run.

        Raises:
            ValueError: naming the option, its value and what it may be.
        """
        super().__post_init__()
        if self.network and self.reader is not Reader.RECURRENT:
            raise ValueError(
                f"--reader {self.reader} --network {self.network}: a network of your own is part of the recurrent reader"
            )

    def describe(self) -> str:
        """What a run of these settings does, for the set-up of a figure."""
        return (
            f"{super().describe()}, {self.reader} reader of {self.units} units, {self.learner.epochs} epochs, discount "
            f"{self.ppo.discount}, rates {self.learner.learning_rate:g} and {self.learner.policy_learning_rate:g}"
        )


# Settings that differ where the digit lies anywhere in a 60x60 field.
FIELD = GrlfSettings(seen=1_500_000, field=60, reach=0.31, wide=0.22, narrow=0.037)
