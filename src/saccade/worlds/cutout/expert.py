"""An expert that knows a mask: every move is tried out, and scored by what it gains."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from saccade.graph import Active, Fresh, In, Out, World
from saccade.vision.segmenter import Segmenter

from .planner import Planner

IMPOSSIBLE = -1.0  # the score of a move that does not move


class Expert(World):
    """Scores every move of both pens against a target mask: the true one, or one that is forecast.

    With `far_sighted` the score is `planner.Trials.score`. Without, it is the gain in overlap, less 0.01 times the share of the stroke that has been
    drawn on, and ties are broken at random: a greedy oracle of one step.

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

    on_host = True  # its loops are compiled for processors

    def __init__(self, segmenter: Segmenter, length: int, far_sighted: bool = True) -> None:
        super().__init__()
        self.height, self.width, self.far_sighted = segmenter.height, segmenter.width, far_sighted
        self.asked = True  # False: no scores, at no cost
        self._planner = Planner(segmenter, length, far_sighted)

    def forward(self, target: Tensor, mask: Tensor, pens: Tensor, fresh: Tensor, active: Tensor) -> Tensor:
        """The scores, `(b, 2, 8)`; of a move that leads nowhere -1.

        Raises:
            ValueError: the segmenter keeps no maps.
        """
        n = len(target)
        if not self.asked:
            return torch.zeros(n, 2, 8, device="cpu")
        tried = self._planner.try_out(target, pens, fresh & active)
        if self.far_sighted:
            scores = tried.score
        else:  # a stroke back gains nothing and costs nothing, but it leads nowhere
            noise = np.float32(self._TIE) * torch.rand(n, 2, 8, generator=self.rng, device="cpu").numpy()
            scores = tried.gains - self._BACK * tried.redrawn + noise
        return torch.from_numpy(np.nan_to_num(scores, nan=IMPOSSIBLE))


class Forecast(World):
    """The mask that a forecast stands for: what is more likely object than ground."""

    forecast: In[UInt8[Tensor, "b height width"]]
    mask: Out[Bool[Tensor, "b height width"]]

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def forward(self, forecast: Tensor) -> Tensor:
        """The mask."""
        return forecast >= 128
