"""What all systems that classify by looking have in common: settings, and who moves the eye."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

import tyro

from saccade.agents import CentreGaze, FixedScan, Objective, RandomGaze, Saccader, covering_places
from saccade.ranges import AtLeast, Between
from saccade.training.own_network import own_network
from saccade.training.settings import TrainingSettings, later
from saccade.vision import GatedGlimpse, RecurrentReader
from saccade.worlds import Reward


class Gaze(StrEnum):
    """Who moves the eye, over images of a height and width, or over a field in which they lie."""

    LEARNED = "learned"  # the saccader
    LEARNED_SCAN = "learned-scan"  # one learned place per step, blind to the image
    FIXED_SCAN = "fixed-scan"  # a grid of two columns, no learning
    RANDOM = "random"
    CENTRE = "centre"


@dataclass(frozen=True)
class LookSettings(TrainingSettings):
    """What a run of a system that classifies by fixations depends on, besides the seed."""

    _image_side: ClassVar[int | None] = 28  # of digits; None: known from the data only

    seen: Annotated[int, AtLeast(1)] = 1_200_000
    """Images seen in training, repetitions counted."""
    gaze: Gaze = Gaze.LEARNED
    """Who moves the eye: the saccader, or one of the baselines."""
    reward: Reward = Reward.GAIN
    """The saccader's reward."""
    fixations: Annotated[int, AtLeast(2, 1000)] = 6
    """Fixations on an image; the first is at the centre."""
    patch: Annotated[int, AtLeast(1, 4096)] = 9
    """Side of the window of a fixation, in pixels."""
    field: Annotated[int, AtLeast(0, 4096)] = 0
    """Side of a field in which the image lies at random; 0: the image as it is."""
    units: Annotated[int, AtLeast(1, 65_536)] = 256
    """Size of the reader's hidden layer."""
    spread: Annotated[float, Between(0, 1)] = 0.5
    """Share of the cross-entropy spread over all fixations; the rest is the last one's."""
    shift: Annotated[int, Between(0, 14)] = 1
    """Augmentation: training images are moved by up to so many pixels (not in a field)."""
    reach: Annotated[float, Between(0, 1)] = 0.35
    """Spread of the gaze before it has learned, in half-widths."""
    wide: Annotated[float, Between(1e-6, 10)] = 0.074
    """Standard deviation of the gaze at the beginning, in half-widths."""
    narrow: Annotated[float, Between(1e-6, 10)] = 0.033
    """Standard deviation of the gaze at the end, in half-widths."""
    detach: bool = True
    """Cut the gradient from the saccader into the reader."""
    network: Annotated[str, tyro.conf.arg(metavar="PACKAGE:CLASS", help_behavior_hint="")] = later("")
    """package:Class of a glimpse network of your own, which is called with the planes and the side of a glimpse; it maps glimpses in [0, 1] to one
    row of features each. A recurrent reader adds them up."""

    def __post_init__(self) -> None:
        """Refuse what cannot run.

        Raises:
            ValueError: naming the option, its value and what it may be.
        """
        super().__post_init__()
        if (side := self._image_side) is not None:
            if self.field and self.field < side:
                raise ValueError(f"--field {self.field}: it must be 0 (no field) or at least the image's side, {side}")
            if self.patch > (self.field or side):
                raise ValueError(
                    f"--patch {self.patch}: a glimpse is at most as wide as the image, {self.field or side} pixels"
                )
        if self.narrow > self.wide:
            raise ValueError(f"--narrow {self.narrow} --wide {self.wide}: narrow must be at most wide")

    def describe(self) -> str:
        """What a run of these settings does, for the set-up of a figure."""
        return (
            f"{self.fixations} glimpses of {self.patch}x{self.patch} pixels, {self.seen} images seen, batch {self.batch}, "
            f"gaze {self.gaze}, reward {self.reward}, field {self.field or 'none'}"
        )


def own_reader(s: LookSettings, channels: int, classes: int) -> RecurrentReader:
    """A recurrent reader behind the glimpse network of one's own that `s.network` names, for glimpses of so many planes.

    Raises:
        SettingsError: there is no such network, or it gives something else than one row of features per glimpse.
    """
    see = own_network(
        s.network, (channels, s.patch), "planes and side of a glimpse", lambda network: GatedGlimpse(network, s.patch, channels, s.units)
    )  # fmt: skip
    return RecurrentReader(s.patch, s.units, classes, channels, see)


def gaze_of(
    s: LookSettings, objective: Objective, size: tuple[int, int]
) -> Saccader | CentreGaze | RandomGaze | FixedScan:
    """Who moves the eye, over images of a height and width, or over a field in which they lie."""
    if s.gaze is Gaze.CENTRE:
        return CentreGaze().named("gaze")
    if s.gaze is Gaze.RANDOM:
        return RandomGaze().named("gaze")
    if s.gaze is Gaze.FIXED_SCAN:
        # The first fixation is at the centre already; the others cover where the middle of an image can lie, or half of the image.
        reach = 1 - max(size) / s.field if s.field else 0.5
        return FixedScan(covering_places(s.fixations - 1, reach)).named("gaze")
    blind = s.gaze is Gaze.LEARNED_SCAN
    return Saccader(s.units, s.fixations, s.reach, s.wide, s.narrow, objective, blind).named("gaze")
