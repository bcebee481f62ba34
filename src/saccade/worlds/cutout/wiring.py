"""CutOut as a graph: images with masks, canvas, segmenter, overlap and the policy that moves the pens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from saccade.graph import Actor, Graph, In, Loop, Module, Out
from saccade.vision.segmenter import Segmenter
from saccade.worlds.data.masked import MaskedSet

from .canvas import Canvas, OnePen
from .overlap import Overlap
from .rules import CutOutRules, Pens, View
from .scenes import Scenes
from .views import DrawnIn, Layers


@dataclass(frozen=True)
class CutOutParts:
    """The modules of the game, wired to each other, and the loop's order."""

    scenes: Scenes
    canvas: Canvas
    segmenter: Segmenter
    overlap: Overlap
    view: DrawnIn | Layers
    move: In[Any]  # the policy's action goes here
    looped: tuple[Module, ...]

    def picture(self, value: Callable[[Out[Any]], Tensor]) -> Tensor:
        """The images with the strokes on them, green on the object and red off it, uint8 `(n, height, width, 3)`."""
        images, drawn = value(self.scenes.image).permute(0, 2, 3, 1), value(self.canvas.drawn)
        inks = torch.tensor([(0, 0, 0), (0, 255, 0), (255, 0, 0)], dtype=torch.uint8, device=images.device)
        return torch.where((drawn > 0)[..., None], inks[drawn.long()], images)

    def graph(self, policy: Actor, rules: CutOutRules) -> Graph:
        """The game with a policy whose action and reward are wired already."""
        return Graph(self.scenes, Loop(*self.looped, policy, times=rules.episode_steps + 1))


def cutout(
    data: MaskedSet, rules: CutOutRules, shuffle: bool = True, forecasts: Tensor | None = None, scale: float = 1.0
) -> CutOutParts:
    """Wire the game around images.

    Args:
        data: the images.
        rules: the game.
        shuffle: False: in the order of the set.
        forecasts: forecasts of the masks, see `Scenes`.
        scale: the reward is this times as large.
    """
    height, width = data.size
    scenes, canvas = Scenes(data, shuffle, forecasts), Canvas(height, width, rules.length)
    segmenter = Segmenter(height, width, rules.segmenter)
    overlap = Overlap(rules.episode_steps, rules.reward, scale)
    view = (DrawnIn if rules.observation is View.DRAWN_IN else Layers)(height, width)
    one = OnePen() if rules.pens is Pens.ONE else None

    scenes.start >> canvas.start
    canvas.strokes >> segmenter.strokes
    canvas.drawn >> view.drawn
    segmenter.mask >> overlap.mask
    scenes.ground_truth >> overlap.ground_truth
    overlap.iou >> overlap.previous
    images: Out[Any] = scenes.image
    images >> segmenter.image
    images >> view.image
    looped: tuple[Module, ...] = (canvas, segmenter, overlap, view)
    if one is None:
        return CutOutParts(scenes, canvas, segmenter, overlap, view, canvas.move, looped)
    one.move >> canvas.move
    return CutOutParts(scenes, canvas, segmenter, overlap, view, one.action, (one, *looped))
