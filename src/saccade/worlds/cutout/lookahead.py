"""Lookahead of one stroke: every one is tried out, and evaluated against a forecast of the mask."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from saccade.graph import Active, Fresh, In, Out, World
from saccade.vision.segmenter import Segmenter

from .planner import Planner

_NOWHERE = -0.05  # gain and score of a stroke that leads nowhere
_GAIN, _SHARE = 20.0, 10.0  # bring gains in overlap, and the roots of shares of pixels, to about one
_MOST = 5.0


class Lookahead(World):
    """How the expert would score each of the eight strokes of both pens if the forecast were the mask: the ground truth is not seen.

    Of each: the gain in overlap; the square roots of the pixels that it would put right and of those that it would spoil, as shares of the
    union; by how much it raises the pen's approach value; and the expert's score of all that.

    Args:
        segmenter: whose masks they are; geodesic.
        length: of a stroke, in pixels.
    """

    forecast: In[UInt8[Tensor, "b height width"]]
    mask: In[Bool[Tensor, "b height width"]]  # so that it comes after the segmenter
    pens: In[Int[Tensor, "b 2 2"]]
    fresh: In[Fresh]
    active: In[Active]
    trials: Out[Float[Tensor, "b 2 8 features"]]

    features = 5  # of a stroke

    on_host = True  # its loops are compiled for processors

    def __init__(self, segmenter: Segmenter, length: int) -> None:
        super().__init__()
        self.height, self.width = segmenter.height, segmenter.width
        self._planner = Planner(segmenter, length)

    def forward(self, forecast: Tensor, mask: Tensor, pens: Tensor, fresh: Tensor, active: Tensor) -> Tensor:
        """The trials, `(b, 2, 8, 5)`, each about one in size and at most five.

        Raises:
            ValueError: the segmenter keeps no maps.
        """
        tried = self._planner.try_out(forecast >= 128, pens, fresh & active)
        seen = (
            _GAIN * np.nan_to_num(tried.gains, nan=_NOWHERE),
            np.sqrt(_SHARE * tried.corrected),
            np.sqrt(_SHARE * tried.spoiled),
            _GAIN * tried.approach,
            _GAIN * np.nan_to_num(tried.score, nan=_NOWHERE).clip(-0.1, 0.1),
        )
        return torch.from_numpy(np.stack(seen, axis=3).clip(-_MOST, _MOST))
