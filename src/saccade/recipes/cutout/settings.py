"""The settings of CutOut, and what its recipe does: read when it is asked for, as it wants libraries that not everybody has."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from saccade.agents import LearnerSettings, PPOSettings
from saccade.worlds.cutout.rules import CutOutRules, Pay, Pens, View

from saccade.training.settings import choice
from saccade.training.task import Task


class Sight(StrEnum):
    """What the scribbler sees."""

    PENS = "pens"  # crops around both pens, with mask and distances, and what lies along every possible stroke
    DRAWN_IN = "drawn-in"  # the source's first: the image with the strokes in it
    LAYERS = "layers"  # the source's second: the image and a layer for each kind of stroke


@dataclass(frozen=True)
class CutOutSettings:
    """Everything that a run of CutOut depends on, besides the seed."""

    images: int = 4000
    """Episodes of the scribbler in training; each is one image."""
    batch: int = 32
    """Parallel episodes of an update."""
    steps: int = 30
    """Moves of an episode."""
    length: int = 18
    """Pixels of a stroke."""
    pens: Pens = Pens.BOTH
    """What a move moves: one pen, or both."""
    reward: Pay = Pay.GAIN
    """What a move is paid."""
    sight: Sight = Sight.PENS
    """What the scribbler sees."""
    size: int = 128
    """Side of the images in pixels."""
    faces: int = 2000
    """Drawn faces to learn from, where there is no folder of images."""
    forecast: int = 40_000
    """Images that each of three networks sees first, to forecast masks for the scribbler; 0: it knows no forecast."""
    imitate: float = 1.0
    """Share of training in which, in every other update, the scribbler also imitates a guide that knows the mask, less and less."""
    units: int = 128
    """Size of the network's hidden layers."""
    minibatch: int = 240
    """Moves of an update of the weights."""
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
        object.__setattr__(self, "pens", choice(Pens, self.pens, "pens"))
        object.__setattr__(self, "reward", choice(Pay, self.reward, "reward"))
        object.__setattr__(self, "sight", choice(Sight, self.sight, "sight"))
        lowest = {
            "images": 1,
            "batch": 1,
            "steps": 1,
            "length": 1,
            "faces": 12,
            "forecast": 0,
            "units": 1,
            "minibatch": 1,
        }
        for name, low in lowest.items():
            if getattr(self, name) < low:
                option = "seen" if name == "images" else name
                raise ValueError(f"--{option} {getattr(self, name)}: it must be {low} or more")
        if self.size < 32 or self.size % 32 or self.size > 1024:
            raise ValueError(f"--size {self.size}: it must be a multiple of 32, up to 1024")
        if not 0 <= self.imitate <= 1:
            raise ValueError(f"--imitate {self.imitate}: it must be between 0 and 1")
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
        return CutOutRules(self.steps, self.length, self.pens, self.reward, view)

    @property
    def budget(self) -> int:
        """Images that a run learns from, repetitions counted."""
        return self.images

    def describe(self) -> str:
        """What a run of these settings does, for the set-up of a figure."""
        pens = "both pens a step" if self.pens is Pens.BOTH else "one pen a step"
        forecast = f"forecasts by three networks of {self.forecast} images each" if self.forecast else "no forecast"
        imitation = (
            f"imitation for {self.imitate:.0%} of training, in every other update" if self.imitate else "no imitation"
        )
        sees = {
            Sight.PENS: "",
            Sight.DRAWN_IN: "strokes seen in the picture, ",
            Sight.LAYERS: "strokes seen as layers, ",
        }
        return (
            f"{self.size}x{self.size}, {self.steps} steps of {self.length} pixels, {pens}, {sees[self.sight]}{self.images} images seen, batch {self.batch}, reward {self.reward}, "
            f"{forecast}, {imitation}"
        )


def wire(settings: CutOutSettings, data: Any) -> Any:
    """The wired game, to be drawn or looked at: where masks are forecast, nothing is as yet; see `cutout.wire`."""
    import torch

    from .wiring import wire

    return wire(settings, data, torch.zeros_like(data.masks, dtype=torch.uint8) if settings.forecast else None)


def begin(_: Any, settings: CutOutSettings, data: Any, seed: int, __: Path) -> Task:
    """The task of a run."""
    from .task import CutOutTask

    return CutOutTask(settings, data, seed)


def open_images(path: str | None, settings: CutOutSettings, watch: Callable[[float], None]) -> Any:
    """The images of a folder, or drawn faces; see `open_masked`."""
    from saccade.worlds.cutout.images import open_masked

    return open_masked("faces" if path is None else path, settings.size, settings.faces, watch)


def blank(settings: CutOutSettings) -> Any:
    """A face, to draw the graph around."""
    from saccade.worlds.faces import faces

    return faces(1, settings.size)
