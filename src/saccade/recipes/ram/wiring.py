"""RAM: recurrent models of visual attention (Mnih, Heess, Graves, Kavukcuoglu, 2014).

    digits → (shift, or field → (clutter)) → copies → eye → reader → reward, prediction
                                                       ↑       ↓ hidden
                                                       └──── gaze

Glimpses of one or several scales, the first at the centre; a glimpse network joins what is seen with
where, a recurrent core adds the glimpses up, names the digit, and informs the location network, which
chooses where to look next. The hybrid loss of the paper: cross-entropy through everything that can be
differentiated, REINFORCE with a learned baseline for the places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from saccade.agents import Reinforce, Saccader
from saccade.graph import Graph, Loop, Module, Out
from saccade.recipes.active_vision.settings import gaze_of, own_reader
from saccade.recipes.active_vision.system import LookingSystem
from saccade.vision import (
    Confidence,
    GlimpseSensor,
    PlainReader,
    RecurrentReader,
    ResidualNetwork,
    WholeView,
    convolutional_network,
    dense_network,
    glimpse_reader,
    published_reader,
)
from saccade.worlds import ClassificationReward, Clutter, Copies, Digits, Field, LabelledImages, Prediction, Shift

from .settings import PIECE, Model, RamSettings, Reader

_READERS: dict[Reader, Callable[[int, int, int, int], RecurrentReader]] = {
    Reader.CONVOLUTIONAL: glimpse_reader,
    Reader.DENSE: RecurrentReader,
    Reader.PUBLISHED: published_reader,
}

_Watched = tuple[
    GlimpseSensor | WholeView, RecurrentReader | PlainReader, ClassificationReward, Confidence | None, Loop
]


def wire(
    s: RamSettings,
    data: LabelledImages,
    learn: bool = True,
    stop: float = 1.0,
    reader: RecurrentReader | None = None,
    placed: tuple[int, int] | None = None,
) -> LookingSystem:
    """Wire the system around a set of images.

    Args:
        s: the settings.
        data: the images.
        learn: False: in the order of the set, for tests.
        stop: in `eval()` mode an episode ends when the system is more confident than this to be right; 1: never.
        reader: RAM's reader; default: as the settings say.
        placed: the images are whole fields; height and width of what lies in one.
    """
    digits, copies, (scene, field) = Digits(data, learn), Copies(s.copies), _scene(s, data, placed)
    before: Out[Any] = digits.image
    for part in scene:
        before >> part.image
        before = part.outputs()[0]
    before >> copies.image
    digits.label >> copies.label

    looks = _glimpses(s, data, copies, stop, reader, placed) if s.model is Model.RAM else _one_look(s, data, copies)
    eye, sees, reward, confidence, loop = looks
    prediction = Prediction()
    sees.logits >> prediction.logits
    copies.target >> prediction.label
    graph = Graph(digits, *scene, copies, loop, prediction)
    draws = s.draws if graph.actors else 0  # no other model samples fixations
    return LookingSystem(graph, digits, eye, sees, reward, prediction, field, draws, confidence)


def _glimpses(
    s: RamSettings,
    data: LabelledImages,
    scene: Copies,
    stop: float,
    reader: RecurrentReader | None,
    placed: tuple[int, int] | None,
) -> _Watched:
    """The recurrent attention model."""
    classes, eye = len(data.classes), GlimpseSensor(s.patch, s.scales, data.channels).named("eye")
    if s.network:
        reader = own_reader(s, eye.planes, classes)
    reader = (reader or _READERS[s.reader](s.patch, s.units, classes, eye.planes)).named("reader")
    reward = ClassificationReward(s.fixations, s.reward, classes, s.spread).named("reward")
    gaze = gaze_of(s, Reinforce(s.reinforce), placed or data.size)
    confidence = None if s.reader is Reader.PUBLISHED else Confidence(s.units, classes, s.fixations, stop)

    scene.scene >> eye.image
    eye.patch >> reader.patch
    eye.fixation >> reader.at
    reader.hidden >> reader.state
    reader.logits >> reward.logits
    scene.target >> reward.label
    reward.cross_entropy >> reward.previous
    gaze.action >> eye.at
    if isinstance(gaze, Saccader):
        (reader.hidden.detach() if s.detach else reader.hidden) >> gaze.observation
        eye.fixation >> gaze.at
        reward.value >> gaze.reward
    look: list[Module] = [eye, reader, reward]
    if confidence is not None:
        reader.hidden >> confidence.hidden
        reader.logits >> confidence.logits
        scene.target >> confidence.label
        look.append(confidence)
    until = confidence.enough if confidence is not None and stop < 1 else None
    # The gaze comes last: whoever moves the eye, the first glimpse is at the centre.
    return eye, reader, reward, confidence, Loop(*look, gaze, times=s.fixations, until=until)


def _one_look(s: RamSettings, data: LabelledImages, scene: Copies) -> _Watched:
    """A network that sees the whole image at once, with the same scenes and the same budget."""
    eye, reader = WholeView().named("eye"), PlainReader(_network(s, data)).named("reader")
    reward = ClassificationReward(1, classes=len(data.classes), spread=0.0).named("reward")

    scene.scene >> eye.image
    eye.patch >> reader.patch
    reader.logits >> reward.logits
    scene.target >> reward.label
    return eye, reader, reward, None, Loop(eye, reader, reward, times=1)


def _network(s: RamSettings, data: LabelledImages) -> nn.Module:
    """The network of a model that is not RAM."""
    size, like = (s.field, s.field) if s.field else data.size, (len(data.classes), data.channels)
    if s.model is Model.RESIDUAL:
        return ResidualNetwork(*like)
    units = {Model.DENSE_64: 64, Model.DENSE_256: 256}.get(s.model)
    return convolutional_network(size, *like) if units is None else dense_network(size, units, *like)


def _scene(
    s: RamSettings, data: LabelledImages, placed: tuple[int, int] | None
) -> tuple[list[Shift | Field | Clutter], Field | None]:
    """What lies between the digits and the eye: shifts, or a field, with clutter or without."""
    if not s.field or placed:
        return [Shift(s.shift)], None
    field = Field(s.field)
    return [field, Clutter(data.training or data, s.clutter, PIECE)] if s.clutter else [field], field
