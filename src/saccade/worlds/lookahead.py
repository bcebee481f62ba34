"""What a scribbler would see of its next stroke: every one tried out, and judged by a forecast of the mask."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from saccade.graph import In, Out, World
from saccade.vision.segmenter import Segmenter

from .canvas import steps
from .trials import try_out

FEATURES = 4  # of a stroke
_NOWHERE = -0.05  # gain that a stroke which leads nowhere is said to bring
_GAIN, _SHARE = 20.0, 10.0  # bring gains in overlap, and roots of shares of pixels, to about one
_MOST = 5.0


class Lookahead(World):
    """One step ahead through the segmenter, for each of the eight strokes of both pens.

    Of each: the gain in overlap with the forecast; the square roots of the pixels that it would put right and of those it would spoil, as shares
    of the union; the share of the stroke that crosses to the other side. All against the forecast, at its half: the truth is not seen.

    Args:
        segmenter: whose masks they are; geodesic.
        length: of a stroke, in pixels.
    """

    hint: In[UInt8[Tensor, "b height width"]]
    mask: In[Bool[Tensor, "b height width"]]  # so that it comes after the segmenter
    pens: In[Int[Tensor, "b 2 2"]]
    trials: Out[Float[Tensor, "b 2 8 4"]]

    def __init__(self, segmenter: Segmenter, length: int) -> None:
        super().__init__()
        self.height, self.width = segmenter.height, segmenter.width
        # Not a part of this module: its state is its own.
        object.__setattr__(self, "_segmenter", segmenter)
        self._reach = steps(length).numpy()

    def forward(self, hint: Tensor, mask: Tensor, pens: Tensor) -> Tensor:
        """The trials, `(b, 2, 8, 4)`, each about one in size and at most five."""
        tried = try_out(self._segmenter.maps, hint >= 128, pens, self._reach)
        length = np.float32(abs(self._reach).max())
        seen = (
            _GAIN * np.nan_to_num(tried.gains, nan=_NOWHERE),
            _SHARE * np.sqrt(tried.mended / 10),
            _SHARE * np.sqrt(tried.lost / 10),
            tried.crossed / length,
        )
        return torch.from_numpy(np.stack(seen, axis=3).clip(-_MOST, _MOST))
