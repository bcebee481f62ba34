"""Cut a square patch out of each image at the place looked at."""

from __future__ import annotations

from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from saccade.graph import In, Module, Out


@lru_cache(maxsize=8)
def _half(h: int, w: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Half-widths (x, y) of an image in pixels, `(2,)`."""
    return torch.tensor([(w - 1) / 2, (h - 1) / 2], dtype=dtype, device=device)


@lru_cache(maxsize=8)
def _borders(h: int, w: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """First and last pixel (x, y) of an image, `(2, 1)`."""
    last = torch.tensor([[w - 1], [h - 1]], device=device)
    return torch.zeros_like(last), last


def nearest_pixel(at: Tensor, h: int, w: int) -> tuple[Tensor, Tensor]:
    """The pixel (x, y) of an image nearest to a place in half-widths, int64 `(b, 2)`, and its own place, `(b, 2)`."""
    half = _half(h, w, at.dtype, at.device)
    pixel = torch.addcmul(half, at.detach().clamp(-1, 1), half).round()
    place = pixel / half - 1
    return pixel.long(), place.nan_to_num(0.0) if 1 in (h, w) else place


class Crop(Module):
    """A `size`×`size` patch of whole pixels around the fixation; outside the image is zero.

    `at` is (x, y) in half-widths of the image: (-1, -1) is the centre of the top left pixel,
    (1, 1) of the bottom right one. Places outside are moved to the border. There is no gradient to
    `at`: the policy learns from rewards. For a differentiable place use `SmoothCrop`.

    Args:
        size: side of the patch in pixels, 1 or more (GRLF: 9).
    """

    image: In[Float[Tensor, "b c h w"]]
    at: In[Float[Tensor, "b 2"]] = In(init=0.0)
    patch: Out[Float[Tensor, "b c size size"]]
    fixation: Out[Float[Tensor, "b 2"]]  # the place looked at in fact: inside the image, on a pixel

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ValueError(f"size={size}: a patch has 1 pixel or more per side")
        super().__init__()
        self.size = size
        self.register_buffer("_offsets", torch.arange(size) - size // 2, persistent=False)
        self._offsets: Tensor

    def forward(self, image: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
        """Gather the patches: `(b, c, h, w)`, `(b, 2)` -> `(b, c, size, size)`, `(b, 2)`."""
        b, c, h, w = image.shape
        centre, fixation = nearest_pixel(at, h, w)
        pixels = centre.unsqueeze(2) + self._offsets
        kept = pixels.clamp(*_borders(h, w, at.device))
        good = kept == pixels
        index = (kept[:, 1, :, None] * w + kept[:, 0, None]).view(b, 1, -1)
        inside = (good[:, 1, :, None] & good[:, 0, None]).unsqueeze(1)
        looked = image.flatten(2).gather(2, index if c == 1 else index.expand(b, c, -1))
        patch = looked.view(b, c, self.size, self.size) * inside
        return patch, fixation


class SmoothCrop(Crop):
    """The same patch, interpolated bilinearly, so that the gradient reaches the place looked at.

    Where `at` points to the middle of a pixel it equals `Crop`. Slower; made for attacks through
    the whole glimpse (an integer crop would only mask the gradient) and for differentiable attention.
    """

    def forward(self, image: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
        """Sample the patches: `(b, c, h, w)`, `(b, 2)` -> `(b, c, size, size)`, `(b, 2)`."""
        h, w = image.shape[2:]
        at = at.clamp(-1, 1)
        offsets = self._offsets.to(image.dtype)
        # grid_sample's own unit: -1 and 1 are the outer edges of the image, also where it is one pixel wide
        xs = (at[:, 0:1] * (w - 1) + 2 * offsets) / w
        ys = (at[:, 1:2] * (h - 1) + 2 * offsets) / h
        grid = torch.stack(
            [xs.unsqueeze(1).expand(-1, self.size, -1), ys.unsqueeze(2).expand(-1, -1, self.size)], dim=3
        )
        return F.grid_sample(image, grid, mode="bilinear", padding_mode="zeros", align_corners=False), at
