"""Who knows the mask: every move tried out, and judged by what it gains."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from saccade.graph import Active, Fresh, In, Out, World
from saccade.jit import threads
from saccade.vision.segmenter import Segmenter

from .canvas import steps
from .plan_kernels import survey
from .trials import Plan, try_out

IMPOSSIBLE = -1.0  # the score of a move that does not move


class Guide(World):
    """Scores every move of both pens against a target mask: the true one, or one that is forecast.

    With `far_sighted` a move is worth the pixels that it puts right, less 0.35 of those that it spoils, which a later stroke of the other pen
    can mend; 1.5 times by how much it raises what the pen may hope for: the pixels of a piece that is wrong on its own side, less the
    longer it takes to draw there; less 0.05 for each pixel across the contour, which nothing mends, and 0.05 times the share of the stroke
    that has been drawn on. Pixels but those across the contour count as shares of the union. Without, a move is worth what it gains in overlap, less 0.01 times the share that has been drawn on,
    ties being broken at random: a greedy oracle of one step.

    Args:
        segmenter: whose masks they are; geodesic.
        length: of a stroke, in pixels.
        far_sighted: look beyond the next step.
    """

    target: In[Bool[Tensor, "b height width"]]
    mask: In[Bool[Tensor, "b height width"]]  # so that it comes after the segmenter
    pens: In[Int[Tensor, "b 2 2"]]
    fresh: In[Fresh]
    active: In[Active]
    scores: Out[Float[Tensor, "b 2 8"]]

    _BACK, _TIE = 0.01, 1e-4
    _LOSS, _HOPE, _ASTRAY, _AGAIN, _DEEP = 0.35, 1.5, 0.05, 0.05, 3

    def __init__(self, segmenter: Segmenter, length: int, far_sighted: bool = True) -> None:
        super().__init__()
        self.height, self.width, self.far_sighted = segmenter.height, segmenter.width, far_sighted
        self.asked = True  # False: say nothing, and cost nothing
        # Not a part of this module: its state is its own.
        object.__setattr__(self, "_segmenter", segmenter)
        self._reach = steps(length).numpy()
        cells = self.height * self.width
        self._depth, self._tolls = np.zeros((0, self.height, self.width), np.int32), np.zeros((0, cells, 8), np.uint8)

    def forward(self, target: Tensor, mask: Tensor, pens: Tensor, fresh: Tensor, active: Tensor) -> Tensor:
        """The scores, `(b, 2, 8)`; of a move that leads nowhere -1."""
        n = len(target)
        if not self.asked:
            return torch.zeros(n, 2, 8)
        plan = self._survey(target, fresh & active) if self.far_sighted else None
        tried = try_out(self._segmenter.maps, target, pens, self._reach, plan)
        # A stroke back gains nothing and costs nothing, but it leads nowhere.
        noise = torch.rand(n, 2, 8, generator=self.rng).numpy()
        scores = tried.gains - self._BACK * tried.redrawn + self._TIE * noise
        if self.far_sighted:
            worth = tried.mended - self._LOSS * tried.lost + self._HOPE * tried.hopes
            worth -= self._ASTRAY * tried.crossed + self._AGAIN * tried.redrawn
            scores = np.where(np.isnan(tried.gains), tried.gains, worth)
        return torch.from_numpy(np.nan_to_num(scores, nan=IMPOSSIBLE))

    def _survey(self, target: Tensor, begins: Tensor) -> Plan:
        """Survey the targets of the episodes that begin."""
        n = len(target)
        threads()
        if len(self._depth) != n:
            self._depth = np.zeros((n, *self._depth.shape[1:]), np.int32)
            self._tolls = np.zeros((n, *self._tolls.shape[1:]), np.uint8)
            survey(target.numpy(), self._reach, self._depth, self._tolls)
        elif bool(begins.any()):
            places = begins.numpy()
            depth, tolls = self._depth[places], self._tolls[places]
            survey(target[begins].numpy(), self._reach, depth, tolls)
            self._depth[places], self._tolls[places] = depth, tolls
        return self._depth, self._tolls, self._DEEP


class Forecast(World):
    """The mask that a forecast stands for: what is more likely object than ground."""

    hint: In[UInt8[Tensor, "b height width"]]
    mask: Out[Bool[Tensor, "b height width"]]

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def forward(self, hint: Tensor) -> Tensor:
        """The mask."""
        return hint >= 128
