"""GRLF: classify by moving the eye (Yax, Doerig, Kietzmann, internship report, 2020).

    digits → (field) → eye → reader → reward, prediction
                        ↑       ↓ hidden
                        └──── gaze

Six 9×9 crops of an image, the first at the centre; the reader adds them up and names the digit, the
saccader sees the reader's hidden layer, not the pixels, and says where to look next. The reader
learns by cross-entropy, the saccader by PPO, from the same passes and in one backward pass.
"""

from __future__ import annotations

from typing import Any

from saccade.agents import PPO, Saccader
from saccade.graph import Graph, Loop, Module
from saccade.recipes.active_vision.settings import gaze_of, own_reader
from saccade.recipes.active_vision.system import LookingSystem
from saccade.vision import ConvolutionalReader, Crop, FeedForwardReader, RecurrentReader, SmoothCrop
from saccade.worlds import ClassificationReward, Digits, Field, LabelledImages, Prediction, Shift

from .settings import GrlfSettings, Reader


def wire(
    s: GrlfSettings,
    data: LabelledImages,
    learn: bool = True,
    smooth: bool = False,
    placed: tuple[int, int] | None = None,
) -> LookingSystem:
    """Wire the system around a set of images.

    Args:
        s: the settings.
        data: the images.
        learn: False: in the order of the set, for tests.
        smooth: look through a differentiable crop.
        placed: the images are whole fields; height and width of what lies in one.
    """
    digits = Digits(data, learn)
    place = Field(s.field) if s.field and not placed else Shift(s.shift)
    eye = SmoothCrop(s.patch).named("eye") if smooth else Crop(s.patch).named("eye")
    reader = _reader(s)
    reward = ClassificationReward(s.fixations, s.reward, spread=s.spread).named("reward")
    prediction = Prediction()
    gaze = gaze_of(s, PPO(s.ppo), placed or data.size)

    digits.image >> place.image
    (place.field if isinstance(place, Field) else place.shifted) >> eye.image
    eye.patch >> reader.patch
    reader.logits >> reward.logits
    digits.label >> reward.label
    reward.cross_entropy >> reward.previous
    reader.logits >> prediction.logits
    digits.label >> prediction.label
    gaze.action >> eye.at
    eye.fixation >> reader.at
    if isinstance(reader, RecurrentReader):
        reader.hidden >> reader.state
    elif isinstance(reader, ConvolutionalReader):
        reader.memory >> reader.state

    look: tuple[Module, ...] = (eye, reader, reward)
    if isinstance(gaze, Saccader):
        (reader.hidden.detach() if s.detach else reader.hidden) >> gaze.observation
        eye.fixation >> gaze.at
        reward.value >> gaze.reward
        loop = Loop(*look, gaze, times=s.fixations)
    else:
        loop = Loop(gaze, *look, times=s.fixations)
    graph = Graph(digits, place, loop, prediction)
    return LookingSystem(graph, digits, eye, reader, reward, prediction, place if isinstance(place, Field) else None)


def _reader(s: GrlfSettings) -> RecurrentReader | FeedForwardReader | ConvolutionalReader:
    if s.network:
        return own_reader(s, 1, 10).named("reader")
    kinds: dict[Reader, Any] = {
        Reader.RECURRENT: RecurrentReader,
        Reader.FEED_FORWARD: FeedForwardReader,
        Reader.CONVOLUTIONAL: ConvolutionalReader,
    }
    reader: RecurrentReader = kinds[s.reader](s.patch, s.units).named("reader")
    return reader
