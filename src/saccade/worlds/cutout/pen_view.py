"""What a scribbler sees: the scene around each of its pens, and what lies along each stroke that it could draw."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from saccade.graph import In, Out, World
from saccade.jit import spread, threads

from . import pen_kernels as kernels
from .canvas import steps

_SIDE = 24  # cells
_SPAN = 120 / 128  # of the image's height that they cover


class PenView(World):
    """Egocentric views: a crop of the scene centred on each pen, seen with that pen's eyes.

    The planes of a view, each 24×24 cells that span almost the image's height: what lies inside the image; what the mask
    gives to this pen's side; this pen's strokes; the other's; the distance to the nearest stroke (4000 and more is 1); a bump
    where the other pen is; red, green and blue; `with_forecast`, the probability by a forecast that it is this pen's side.
    Of each possible stroke: its length (it stops at the border); the shares of it that this pen has drawn on already
    and that the mask gives to this side; the steepest step of grey levels along it; how much its colours differ from that at the pen;
    whether it leads nowhere; `with_forecast`, the forecast's mean and least probability of this side along it, and the mean over the
    pixels that the mask does not give it yet.

    Args:
        height, width: of the images, in pixels.
        length: of a stroke, in pixels.
        with_forecast: read a forecast of the mask.
    """

    image: In[UInt8[Tensor, "b 3 height width"]]
    mask: In[Bool[Tensor, "b height width"]]
    distance: In[Int[Tensor, "b height width"]]
    drawn: In[UInt8[Tensor, "b height width"]]
    pens: In[Int[Tensor, "b 2 2"]]
    forecast: In[UInt8[Tensor, "b height width"]] = In(init=0)
    view: Out[Float[Tensor, "b 2 planes 24 24"]]
    probes: Out[Float[Tensor, "b 2 8 features"]]

    on_host = True  # its loops are compiled for processors

    def __init__(self, height: int, width: int, length: int, with_forecast: bool) -> None:
        super().__init__()
        self.height, self.width = height, width
        self.planes = kernels.FORECAST_PLANES if with_forecast else kernels.PLANES
        self.features = kernels.FORECAST_PROBES if with_forecast else kernels.PROBES
        self._cell = max(2, round(_SPAN * height / _SIDE))
        self._reach = steps(length).numpy()

    def forward(
        self, image: Tensor, mask: Tensor, distance: Tensor, drawn: Tensor, pens: Tensor, forecast: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Views and probes."""
        view = torch.empty(len(image), 2, self.planes, _SIDE, _SIDE, device="cpu")
        probes = torch.empty(len(image), 2, 8, self.features, device="cpu")
        spread(
            kernels.look_around, min(threads(), len(image)), image.numpy(), mask.numpy(), drawn.numpy(), distance.numpy(), pens.numpy(), forecast.numpy(), self._reach,
            self._cell, view.numpy(), probes.numpy(),
        )  # fmt: skip
        return view, probes
