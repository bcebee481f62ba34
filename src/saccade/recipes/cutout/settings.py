"""The settings of CutOut."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from saccade.agents import LearnerSettings, PPOSettings
from saccade.ranges import AtLeast, Between
from saccade.training.settings import TrainingSettings, later
from saccade.worlds.cutout.rules import CutOutReward, CutOutRules, Pens, View

FOLDS = 3  # of images, for forecasts


class Sight(StrEnum):
    """What the scribbler sees."""

    PENS = "pens"  # crops around both pens, with mask and distances, and what lies along every possible stroke
    DRAWN_IN = "drawn-in"  # the source's first: the image with the strokes in it
    LAYERS = "layers"  # the source's second: the image and a layer for each kind of stroke


@dataclass(frozen=True)
class CutOutSettings(TrainingSettings):
    """Everything that a run of CutOut depends on, besides the seed."""

    seen: Annotated[int, AtLeast(1)] = 4000
    """Episodes of the scribbler in training; each is one image."""
    batch: Annotated[int, AtLeast(1, 100_000)] = 32
    """Parallel episodes of an update."""
    episode_steps: Annotated[int, AtLeast(1, 10_000)] = 30
    """Steps of an episode: in each, one pen or both draw a stroke."""
    length: Annotated[int, AtLeast(1, 1024)] = 18
    """Length of a stroke in pixels."""
    pens: Pens = Pens.BOTH
    """Pens that draw at every step: one, or both."""
    reward: CutOutReward = CutOutReward.GAIN
    """The reward of a step."""
    sight: Sight = Sight.PENS
    """What the scribbler sees."""
    size: int = 128
    """Side of the images in pixels."""
    faces: Annotated[int, AtLeast(12, 1_000_000)] = 2000
    """Drawn faces to learn from, where there is no folder of images."""
    forecast: Annotated[int, AtLeast(0)] = 40_000
    """Images that each of --folds networks sees first, to forecast masks for the scribbler; 0: no forecast."""
    folds: Annotated[int, AtLeast(2, 10)] = later(FOLDS)
    """Networks that forecast masks: each learns from all images but its own share, whose masks it forecasts."""
    imitate: Annotated[float, Between(0, 1)] = 1.0
    """Share of training in which, in every other update, the scribbler also imitates an expert that knows the ground truth, with a falling weight."""
    units: Annotated[int, AtLeast(1, 65_536)] = 128
    """Size of the network's hidden layers."""
    minibatch: Annotated[int, AtLeast(1, 1_000_000)] = 240
    """Steps in the minibatch of an update."""
    learner: LearnerSettings = dataclasses.field(
        default_factory=lambda: LearnerSettings(learning_rate=1e-3, policy_learning_rate=1e-3, epochs=3, clip_norm=0.5)
    )
    """The optimiser."""
    ppo: PPOSettings = dataclasses.field(
        default_factory=lambda: PPOSettings(
            discount=0.97, gae_lambda=0.95, weight=1.0, value_weight=0.5, entropy_weight=0.01
        )
    )
    """The objective of the scribbler."""

    def __post_init__(self) -> None:
        """Refuse what cannot run.

        Raises:
            ValueError: naming the option, its value and what it may be.
        """
        super().__post_init__()
        if self.size < 32 or self.size % 32 or self.size > 1024:
            raise ValueError(f"--size {self.size}: it must be a multiple of 32, up to 1024")
        if self.forecast == 1:
            raise ValueError("--forecast 1: a network learns from two images or more; 0 does without it")
        if self.forecast and self.sight is not Sight.PENS:
            raise ValueError(
                f"--forecast {self.forecast}: with --sight {self.sight} no forecast is seen, so it must be 0"
            )

    @property
    def rules(self) -> CutOutRules:
        """The game."""
        view = View.LAYERS if self.sight is Sight.LAYERS else View.DRAWN_IN
        return CutOutRules(self.episode_steps, self.length, self.pens, self.reward, view)

    def describe(self) -> str:
        """What a run of these settings does, for the set-up of a figure."""
        pens = "both pens per step" if self.pens is Pens.BOTH else "one pen per step"
        networks = "three" if self.folds == FOLDS else self.folds
        forecast = (
            f"forecasts by {networks} networks of {self.forecast} images each" if self.forecast else "no forecast"
        )
        imitation = (
            f"imitation for {self.imitate:.0%} of training, in every other update" if self.imitate else "no imitation"
        )
        sees = {
            Sight.PENS: "",
            Sight.DRAWN_IN: "strokes seen in the picture, ",
            Sight.LAYERS: "strokes seen as layers, ",
        }
        return (
            f"{self.size}x{self.size}, {self.episode_steps} steps of {self.length} pixels, {pens}, {sees[self.sight]}{self.seen} images seen, batch {self.batch}, reward {self.reward}, "
            f"{forecast}, {imitation}"
        )
