"""Images with masks as a world: every episode is one image, with a pen on its object and one off it."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Bool, Int, UInt8
from torch import Tensor

from saccade.graph import Batch, In, Out
from saccade.worlds.data.files import DataError
from saccade.worlds.data.masked import MaskedSet
from saccade.worlds.deck import Deck

from .pixel_kernels import choose


class Scenes(Deck):
    """Draws images without replacement, and for each where the pens start: a pixel of the object and one of the ground.

    Every pixel of the object is as likely as any other to be the first, and every pixel of the ground: a start reveals that it is on
    the object, or off it, and nothing else.

    Args:
        data: the images.
        shuffle: False: in the order of the set.
        forecasts: forecasts of the masks, uint8 `(N, h, w)`.

    Attributes:
        starts_alike: one draw decides for all images of a batch, so that the start in an image depends on no other.
    """

    n: In[Batch]
    image: Out[UInt8[Tensor, "b 3 height width"]]
    ground_truth: Out[Bool[Tensor, "b height width"]]
    forecast: Out[
        UInt8[Tensor, "b height width"]
    ]  # a forecast of the mask, 0 ground … 255 object; 0 where there is none
    start: Out[Int[Tensor, "b 2 2"]]  # of the object's and the ground's pen, (y, x) in pixels

    on_host = True  # its loops are compiled for processors

    def __init__(self, data: MaskedSet, shuffle: bool = True, forecasts: Tensor | None = None) -> None:
        super().__init__(data, shuffle)
        self.height, self.width = data.size
        self.starts_alike = False
        none = _no_forecasts(data)
        self.register_buffer("forecasts", none if forecasts is None else forecasts, persistent=False)
        self.forecasts: Tensor

    def forward(self, n: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The next `n` images, their masks, forecasts and starts."""
        chosen = self.deal(n)
        image, ground_truth = self.data.take(chosen)
        start = torch.stack([self._place(ground_truth), self._place(~ground_truth)], dim=1)
        return image, ground_truth, self.forecasts[chosen], start

    def held(self, data: Any) -> dict[str, Any]:
        """No forecasts: those of other images are not known.

        Raises:
            DataError: `data` are no images with masks, or of another size.
        """
        if not hasattr(data, "take") or data.size != (self.height, self.width):
            raise DataError(
                f"{self.name} cannot show {data}: give it images with masks (MaskedImages) of {self.height}x{self.width} pixels"
            )
        return {"forecasts": _no_forecasts(data)}

    def _place(self, allowed: Tensor) -> Tensor:
        """One of the allowed pixels of each image, `(n, 2)`."""
        cell = torch.empty(len(allowed), dtype=torch.int64, device="cpu")
        draws = 1 if self.starts_alike else len(allowed)
        lots = torch.rand(draws, dtype=torch.float64, generator=self.rng, device="cpu")
        choose(allowed.flatten(1).numpy(), lots.expand(len(allowed)).contiguous().numpy(), cell.numpy())
        return torch.stack([cell // self.width, cell % self.width], dim=1)


def _no_forecasts(data: MaskedSet) -> Tensor:
    return torch.zeros(1, dtype=torch.uint8).expand(len(data), *data.size)
