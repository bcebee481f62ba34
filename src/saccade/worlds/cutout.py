"""CutOut as a graph: images with masks, canvas, segmenter, overlap and whoever moves the pens."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from torch import Tensor

from saccade.graph import Actor, Graph, In, Loop, Module, Out
from saccade.vision.segmenter import Segmenter
from saccade.vision.segmenters import Method

from .canvas import Canvas, OnePen
from .masked import MaskedImages
from .overlap import Overlap, Pay
from .scenes import Scenes
from .views import DrawnIn, Layers, View


class Pens(StrEnum):
    """What an action moves."""

    ONE = "one"  # one pen, in one of eight directions: sixteen actions
    BOTH = "both"  # each pen, in one of eight directions


@dataclass(frozen=True)
class CutOutRules:
    """The game (CutOutRL, section 4.2)."""

    steps: int = 30
    """Moves of an episode."""
    length: int = 18
    """Pixels of a stroke."""
    pens: Pens = Pens.ONE
    """What an action moves."""
    reward: Pay = Pay.GAIN
    """What a move is paid."""
    observation: View = View.DRAWN_IN
    """What is seen of the strokes."""
    segmenter: Method = Method.GEODESIC
    """How strokes become a mask."""

    def __post_init__(self) -> None:
        """Refuse what cannot be played.

        Raises:
            ValueError: naming the option, its value and what it may be.
        """
        for name, kind in (("pens", Pens), ("reward", Pay), ("observation", View), ("segmenter", Method)):
            value = getattr(self, name)
            if value not in list(kind):
                raise ValueError(f"{name} is {value!r}: it must be one of {', '.join(kind)}")
            object.__setattr__(self, name, kind(value))
        for name in ("steps", "length"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be 1 or more")


@dataclass(frozen=True)
class CutOutParts:
    """The modules of the game, wired to each other, and the loop's order."""

    scenes: Scenes
    canvas: Canvas
    segmenter: Segmenter
    overlap: Overlap
    view: DrawnIn | Layers
    move: In[Any]  # the hand's action goes here
    looped: tuple[Module, ...]

    def graph(self, hand: Actor, rules: CutOutRules) -> Graph:
        """The game with a hand whose action and reward are wired already."""
        return Graph(self.scenes, Loop(*self.looped, hand, times=rules.steps + 1))


def cutout(data: MaskedImages, rules: CutOutRules, shuffle: bool = True, hints: Tensor | None = None) -> CutOutParts:
    """Wire the game around images; `shuffle=False` shows them in the order of the set, `hints` are forecasts of the masks."""
    height, width = data.size
    scenes, canvas = Scenes(data, shuffle, hints), Canvas(height, width, rules.length)
    segmenter = Segmenter(height, width, rules.segmenter)
    overlap = Overlap(rules.steps, rules.reward)
    view = (DrawnIn if rules.observation is View.DRAWN_IN else Layers)(height, width)
    one = OnePen() if rules.pens is Pens.ONE else None

    scenes.start >> canvas.start
    canvas.strokes >> segmenter.strokes
    canvas.drawn >> view.drawn
    segmenter.mask >> overlap.mask
    scenes.truth >> overlap.truth
    overlap.iou >> overlap.before
    images: Out[Any] = scenes.image
    images >> segmenter.image
    images >> view.image
    looped: tuple[Module, ...] = (canvas, segmenter, overlap, view)
    if one is None:
        return CutOutParts(scenes, canvas, segmenter, overlap, view, canvas.move, looped)
    one.move >> canvas.move
    return CutOutParts(scenes, canvas, segmenter, overlap, view, one.action, (one, *looped))
