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
from .guide_kernels import depths, try_moves

IMPOSSIBLE = -1.0  # the score of a move that does not move


class Guide(World):
    """Scores every move of both pens against a target mask: the true one, or one that is forecast.

    With `far_sighted` a move is worth what it gains in overlap, and how much nearer it brings the pen, in image heights along
    its own side, to the largest piece that is still wrong there; less 0.05 for each pixel across the contour, and 0.15
    times the share of the stroke that has been drawn on. Without, it is worth what it gains: a greedy oracle of one step.

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

    _NEAR, _ASTRAY, _AGAIN, _DEEP = 1.0, 0.05, 0.15, 3

    def __init__(self, segmenter: Segmenter, length: int, far_sighted: bool = True) -> None:
        super().__init__()
        self.height, self.width, self.far_sighted = segmenter.height, segmenter.width, far_sighted
        self.asked = True  # False: say nothing, and cost nothing
        # Not a part of this module: its state is its own.
        object.__setattr__(self, "_segmenter", segmenter)
        self._reach = steps(length).numpy()
        self._depth = np.zeros((0, self.height, self.width), np.int32)

    def forward(self, target: Tensor, mask: Tensor, pens: Tensor, fresh: Tensor, active: Tensor) -> Tensor:
        """The scores, `(b, 2, 8)`; of a move that leads nowhere -1."""
        n = len(target)
        if not self.asked:
            return torch.zeros(n, 2, 8)
        threads()
        if len(self._depth) != n:
            self._depth = np.zeros((n, self.height, self.width), np.int32)
            depths(target.numpy(), self._depth)
        elif bool((begins := fresh & active).any()):
            anew = np.empty((int(begins.sum()), self.height, self.width), np.int32)
            depths(target[begins].numpy(), anew)
            self._depth[begins.numpy()] = anew
        gains, progress, crossed, redrawn = (np.zeros((n, 2, 8), np.float32) for _ in range(4))
        maps = self._segmenter.maps
        try_moves(
            maps.weights, maps.keys, pens.numpy(), self._reach, target.numpy(), self._depth, self._DEEP,
            gains, progress, crossed, redrawn, *maps.room(4 * (self.height + self.width)),
        )  # fmt: skip
        scores = gains
        if self.far_sighted:
            scores = gains + self._NEAR * progress / self.height - self._ASTRAY * crossed - self._AGAIN * redrawn
        return torch.from_numpy(np.nan_to_num(scores, nan=IMPOSSIBLE))


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
