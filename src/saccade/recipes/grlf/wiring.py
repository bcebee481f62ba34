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

from saccade.agents import PPO, PPOSettings, Saccader
from saccade.graph import Graph, Loop, Module
from saccade.vision import ConvolutionalReader, Crop, FeedForwardReader, RecurrentReader, SmoothCrop
from saccade.worlds import Digits, Field, Grade, LabelledImages, Shift, Verdict

from saccade.training.recipe import LookingSystem
from saccade.recipes.active_vision.settings import LookSettings, gaze_of
from saccade.training.settings import choice


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
        object.__setattr__(self, "reader", choice(Reader, self.reader, "reader"))

    @property
    def budget(self) -> int:
        """Images that a run learns from, repetitions counted."""
        return self.images

    def describe(self) -> str:
        """What a run of these settings does, for the set-up of a figure."""
        return (
            f"{super().describe()}, {self.reader} reader of {self.units} units, {self.learner.epochs} epochs, discount "
            f"{self.ppo.discount}, rates {self.learner.learning_rate:g} and {self.learner.policy_learning_rate:g}"
        )


def wire(s: GrlfSettings, data: LabelledImages, shuffle: bool = True, smooth: bool = False) -> LookingSystem:
    """Wire the system around a set of images; `smooth` looks through a differentiable crop."""
    digits = Digits(data, shuffle)
    place = Field(s.field) if s.field else Shift(s.shift)
    eye = SmoothCrop(s.patch).named("eye") if smooth else Crop(s.patch).named("eye")
    reader = _reader(s)
    grade, verdict = Grade(s.fixations, s.reward, spread=s.spread), Verdict()
    gaze = gaze_of(s, PPO(s.ppo), data.size)

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
    return LookingSystem(graph, digits, eye, reader, grade, verdict, place if isinstance(place, Field) else None)


def _reader(s: GrlfSettings) -> RecurrentReader | FeedForwardReader | ConvolutionalReader:
    kinds: dict[Reader, Any] = {
        Reader.RECURRENT: RecurrentReader,
        Reader.FEED_FORWARD: FeedForwardReader,
        Reader.CONVOLUTIONAL: ConvolutionalReader,
    }
    reader: RecurrentReader = kinds[s.reader](s.patch, s.units).named("reader")
    return reader


# Settings that differ where the digit lies anywhere in a 60x60 field.
FIELD = GrlfSettings(images=1_500_000, field=60, reach=0.31, wide=0.22, narrow=0.037)
