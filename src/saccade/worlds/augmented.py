"""Images with masks to learn from: flipped, turned, scaled, moved and tinted anew on every draw."""

from __future__ import annotations

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from saccade.graph import Batch, In, Out
from saccade.worlds.data.files import DataError
from saccade.worlds.data.masked import MaskedImages

from .deck import Deck

_TURN, _SCALE, _MOVE, _CONTRAST, _TINT = (
    0.15,
    0.12,
    0.12,
    0.25,
    0.08,
)  # standard deviations: radians, ratio, half-widths, ratio, 0…1


class Augmented(Deck):
    """Draws images without replacement; in `eval()` mode as they are.

    Args:
        data: the images.
        shuffle: False: in the order of the set.
    """

    n: In[Batch]
    image: Out[Float[Tensor, "b 3 height width"]]  # in [0, 1]
    ground_truth: Out[Float[Tensor, "b height width"]]  # 1 on the object, 0 off it

    def __init__(self, data: MaskedImages, shuffle: bool = True) -> None:
        super().__init__(data, shuffle)
        self.height, self.width = data.size
        self.register_buffer("images", data.images, persistent=False)
        self.register_buffer("masks", data.masks, persistent=False)
        self.images: Tensor
        self.masks: Tensor

    def forward(self, n: int) -> tuple[Tensor, Tensor]:
        """The next `n` images and masks."""
        chosen = self.deal(n)
        image, ground_truth = self.images[chosen].float() / 255, self.masks[chosen].float()
        if not self.training:
            return image, ground_truth
        both = F.grid_sample(
            torch.cat([image, ground_truth[:, None]], dim=1),
            self._places(n),
            padding_mode="reflection",
            align_corners=False,
        )
        gain, tint = 1 + _CONTRAST * self._noise(n, 1), _TINT * self._noise(n, 3)
        seen = (both[:, :3] - 0.5) * gain[..., None, None] + 0.5 + tint[..., None, None]
        return seen.clamp(0, 1), both[:, 3].round()

    def held(self, data: Any) -> dict[str, Any]:
        """Images and masks.

        Raises:
            DataError: `data` are no images with masks, or of another size.
        """
        if not isinstance(data, MaskedImages) or data.size != (self.height, self.width):
            raise DataError(
                f"{self.name} cannot show {data}: give it images with masks (MaskedImages) of {self.height}x{self.width} pixels"
            )
        device = self.images.device
        return {"images": data.images.to(device), "masks": data.masks.to(device)}

    def _noise(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.rng, device="cpu").to(self.images.device)

    def _places(self, n: int) -> Tensor:
        """Where each pixel comes from, `(n, height, width, 2)`."""
        turn, scale = _TURN * self._noise(n), (_SCALE * self._noise(n)).exp()
        mirrored = torch.where(torch.rand(n, generator=self.rng, device="cpu") < 0.5, -1.0, 1.0).to(turn.device)
        cos, sin, move = scale * turn.cos(), scale * turn.sin(), _MOVE / math.sqrt(2) * self._noise(n, 2)
        rows = [torch.stack([mirrored * cos, -sin, move[:, 0]], 1), torch.stack([mirrored * sin, cos, move[:, 1]], 1)]
        return F.affine_grid(torch.stack(rows, 1), [n, 1, self.height, self.width], align_corners=False)
