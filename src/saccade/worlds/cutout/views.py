"""What a scribbler may be shown: the image with the strokes in it, or the strokes as layers of their own."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from saccade.graph import In, Out, World
from saccade.jit import spread, threads

from .pixel_kernels import draw_in

_INKS = np.array([(0, 255, 0), (255, 0, 0)], np.uint8)  # RGB of the object's and the ground's strokes


class DrawnIn(World):
    """The image with the strokes drawn in, uint8."""

    image: In[UInt8[Tensor, "b 3 height width"]]
    drawn: In[UInt8[Tensor, "b height width"]]
    view: Out[UInt8[Tensor, "b 3 height width"]]

    on_host = True  # its loops are compiled for processors

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def forward(self, image: Tensor, drawn: Tensor) -> Tensor:
        """Image and strokes in one."""
        view = torch.empty_like(image)
        spread(draw_in, min(threads(), len(image)), image.numpy(), drawn.numpy(), _INKS, view.numpy())
        return view


class Layers(World):
    """The image and two layers, 255 where a stroke of the object, or of the ground, has been."""

    image: In[UInt8[Tensor, "b 3 height width"]]
    drawn: In[UInt8[Tensor, "b height width"]]
    view: Out[UInt8[Tensor, "b 5 height width"]]

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def forward(self, image: Tensor, drawn: Tensor) -> Tensor:
        """Image and layers."""
        layers = torch.stack([drawn == 1, drawn == 2], dim=1).to(torch.uint8) * 255
        return torch.cat([image, layers], dim=1)
