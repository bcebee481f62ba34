"""GRLF: classify by moving the eye (Yax, Doerig, Kietzmann, internship report, 2020).

    digits → (field) → eye → reader → grade, verdict
                        ↑       ↓ hidden
                        └──── gaze

Six 9×9 crops of an image, the first at the centre; the reader adds them up and names the digit, the
saccader sees the reader's hidden layer, not the pixels, and says where to look next. The reader
learns by cross-entropy, the saccader by PPO, from the same passes and in one backward pass.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from saccade.agents import CentreGaze, FixedScan, LearnerSettings, PPOSettings, RandomGaze, Saccader
from saccade.graph import Graph, Loop, Module
from saccade.vision import ConvolutionalReader, Crop, FeedForwardReader, RecurrentReader, SmoothCrop
from saccade.worlds import Digits, Field, Grade, LabelledImages, Reward, Shift, Verdict

from .base import LookingSystem


class Reader(StrEnum):
    """The reader's architecture."""

    RECURRENT = "recurrent"
    FEED_FORWARD = "feed-forward"
    CONVOLUTIONAL = "convolutional"


class Gaze(StrEnum):
    """Who moves the eye."""

    LEARNED = "learned"  # the saccader
    LEARNED_SCAN = "learned-scan"  # one learned place a step, blind to the image
    FIXED_SCAN = "fixed-scan"  # a 2x3 grid, no learning
    RANDOM = "random"
    CENTRE = "centre"


@dataclass(frozen=True)
class GrlfSettings:
    """Everything that a run of the saccade system depends on, besides the seed."""

    images: int = 1_200_000
    """Images seen in training."""
    batch: int = 256
    """Parallel episodes of an update."""
    reader: Reader = Reader.RECURRENT
    """Architecture of the reader."""
    gaze: Gaze = Gaze.LEARNED
    """Who moves the eye: the saccader, or one of the baselines."""
    reward: Reward = Reward.GAIN
    """What the saccader is paid."""
    fixations: int = 6
    """Looks at an image; the first is at the centre."""
    patch: int = 9
    """Side of a look, in pixels."""
    field: int = 0
    """Side of a field in which the image lies at random; 0: the image as it is."""
    units: int = 256
    """Size of the reader's hidden layer."""
    spread: float = 0.5
    """Share of the cross-entropy spread over all looks; the rest rests on the last."""
    shift: int = 1
    """Augmentation: training images are moved by up to so many pixels (not in a field)."""
    reach: float = 0.35
    """Spread of the gaze before it has learned, in half-widths."""
    wide: float = 0.074
    """Standard deviation of the gaze at the beginning, in half-widths."""
    narrow: float = 0.033
    """Standard deviation of the gaze at the end, in half-widths."""
    detach: bool = True
    """Cut the gradient from the saccader into the reader."""
    ppo: PPOSettings = dataclasses.field(default_factory=PPOSettings)
    """The saccader's objective."""
    learner: LearnerSettings = dataclasses.field(default_factory=LearnerSettings)
    """The optimiser."""

    def __post_init__(self) -> None:
        """Refuse what cannot run.

        Raises:
            ValueError: naming the option, its value and what it may be.
        """
        for name, kind in (("reader", Reader), ("gaze", Gaze), ("reward", Reward)):
            object.__setattr__(self, name, _choice(kind, getattr(self, name), name))
        for name, low in (("images", 1), ("batch", 1), ("fixations", 2), ("patch", 1), ("units", 1), ("shift", 0)):
            if getattr(self, name) < low:
                raise ValueError(f"--{name} {getattr(self, name)}: it must be {low} or more")
        if self.field and self.field < 28:
            raise ValueError(f"--field {self.field}: it must be 0 (no field) or at least the image's side, 28")
        if self.patch > (self.field or 28):
            raise ValueError(f"--patch {self.patch}: a look is at most as wide as the image, {self.field or 28} pixels")
        if self.shift > 14:
            raise ValueError(f"--shift {self.shift}: it must be 14 (half the image) or less")
        if not 0 < self.narrow <= self.wide:
            raise ValueError(f"--narrow {self.narrow} --wide {self.wide}: 0 < narrow <= wide")
        if not 0 <= self.reach <= 1:
            raise ValueError(f"--reach {self.reach}: it must be between 0 and 1")
        if not 0 <= self.spread <= 1:
            raise ValueError(f"--spread {self.spread}: it must be between 0 and 1")


def _choice(kind: type[StrEnum], value: str, name: str) -> StrEnum:
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"--{name} {value}: it must be one of {', '.join(kind)}") from None


def wire(s: GrlfSettings, data: LabelledImages, shuffle: bool = True, smooth: bool = False) -> LookingSystem:
    """Wire the system around a set of images; `smooth` looks through a differentiable crop."""
    digits = Digits(data, shuffle)
    place = Field(s.field) if s.field else Shift(s.shift)
    eye = SmoothCrop(s.patch).named("eye") if smooth else Crop(s.patch).named("eye")
    reader = _reader(s)
    grade, verdict = Grade(s.fixations, s.reward, spread=s.spread), Verdict()
    gaze = _gaze(s)

    digits.image >> place.image
    (place.field if isinstance(place, Field) else place.shifted) >> eye.image
    eye.patch >> reader.patch
    reader.logits >> grade.logits
    digits.label >> grade.label
    grade.surprise >> grade.before
    reader.logits >> verdict.logits
    digits.label >> verdict.label
    gaze.action >> eye.at
    eye.fixation >> reader.at
    if isinstance(reader, RecurrentReader):
        reader.hidden >> reader.state
    elif isinstance(reader, ConvolutionalReader):
        reader.memory >> reader.state

    look: tuple[Module, ...] = (eye, reader, grade)
    if isinstance(gaze, Saccader):
        (reader.hidden.detach() if s.detach else reader.hidden) >> gaze.observation
        eye.fixation >> gaze.at
        grade.value >> gaze.reward
        loop = Loop(*look, gaze, times=s.fixations)
    else:
        loop = Loop(gaze, *look, times=s.fixations)
    graph = Graph(digits, place, loop, verdict)
    return LookingSystem(graph, digits, eye, reader, grade, verdict)


def _reader(s: GrlfSettings) -> RecurrentReader | FeedForwardReader | ConvolutionalReader:
    kinds: dict[Reader, Any] = {
        Reader.RECURRENT: RecurrentReader,
        Reader.FEED_FORWARD: FeedForwardReader,
        Reader.CONVOLUTIONAL: ConvolutionalReader,
    }
    reader: RecurrentReader = kinds[s.reader](s.patch, s.units).named("reader")
    return reader


def _gaze(s: GrlfSettings) -> Saccader | CentreGaze | RandomGaze | FixedScan:
    if s.gaze is Gaze.CENTRE:
        return CentreGaze().named("gaze")
    if s.gaze is Gaze.RANDOM:
        return RandomGaze().named("gaze")
    if s.gaze is Gaze.FIXED_SCAN:
        return FixedScan(s.fixations).named("gaze")
    blind = s.gaze is Gaze.LEARNED_SCAN
    return Saccader(s.units, s.fixations, s.reach, s.wide, s.narrow, s.ppo, blind).named("gaze")


# Settings that differ where the digit lies anywhere in a 60x60 field.
FIELD = GrlfSettings(images=1_500_000, field=60, reach=0.31, wide=0.22, narrow=0.037)
