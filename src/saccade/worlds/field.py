"""Where the image lies: anywhere in a larger field, or shifted by a pixel."""

from __future__ import annotations

from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from saccade.graph import In, Out, World


@lru_cache(maxsize=8)
def _pixels(h: int, w: int, side: int, device: torch.device) -> Tensor:
    """Flat places of an image's pixels in a field of that side, `(1, 1, h * w)`."""
    return (torch.arange(h, device=device)[:, None] * side + torch.arange(w, device=device)).view(1, 1, -1)


def paste(image: Tensor, side: int, corner: Tensor) -> Tensor:
    """Images `(b, c, h, w)` on black fields `(b, c, side, side)`; `corner` (b, 2) is the top left (x, y)."""
    b, c, h, w = image.shape
    within = _pixels(h, w, side, image.device)
    index = within + (corner[:, 1] * side + corner[:, 0]).view(b, 1, 1)
    field = image.new_zeros(b, c, side * side)
    return field.scatter_(2, index.expand(b, c, -1), image.flatten(2)).view(b, c, side, side)


class Field(World):
    """Puts every image at a random place of a black `side`×`side` field, anew on every draw.

    The image lies wholly inside (translated MNIST, Mnih et al. 2014, with side 60).

    Args:
        side: side of the field in pixels, at least that of the image.
    """

    image: In[Float[Tensor, "b c h w"]]
    field: Out[Float[Tensor, "b c side side"]]
    centre: Out[Float[Tensor, "b 2"]]  # of the image, (x, y) in half-widths of the field

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """The fields, and where the images lie in them.

        Raises:
            ValueError: an image is larger than the field.
        """
        b, _, h, w = image.shape
        if h != w or h > self.side:
            raise ValueError(
                f"an image of {h}x{w} pixels does not fit a field of {self.side}x{self.side}: "
                f"use side={max(h, w)} or more"
            )
        corner = torch.randint(0, self.side - h + 1, (b, 2), generator=self.rng, device="cpu").to(image.device)
        half = max(self.side - 1, 1) / 2
        return paste(image, self.side, corner), (corner + (h - 1) / 2).to(image.dtype) / half - 1


class Shift(World):
    """Training only: moves every image by up to `pixels` in x and y, what leaves it is lost.

    The cheapest augmentation there is; in `eval()` mode images pass unchanged.
    """

    image: In[Float[Tensor, "b c h w"]]
    shifted: Out[Float[Tensor, "b c h w"]]

    def __init__(self, pixels: int = 1) -> None:
        super().__init__()
        self.pixels = pixels

    def forward(self, image: Tensor) -> Tensor:
        """Shift the images."""
        if not self.training or self.pixels == 0:
            return image
        b, _, h, w = image.shape
        p = self.pixels
        corner = torch.randint(0, 2 * p + 1, (b, 2), generator=self.rng, device="cpu").to(image.device)
        # contiguous: whatever reads it, reads it at every fixation
        return paste(image, max(h, w) + 2 * p, corner)[:, :, p : p + h, p : p + w].contiguous()
