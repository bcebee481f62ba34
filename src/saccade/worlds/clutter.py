"""Clutter: pieces of other images, strewn over an image."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from saccade.graph import In, Out, World
from saccade.worlds.data.labelled import LabelledImages


def strew(images: Tensor, others: Tensor, pieces: int, size: int, generator: torch.Generator) -> Tensor:
    """Lay random `size`×`size` cut-outs of other images at random places; the brighter pixel wins.

    Args:
        images: float in [0, 1], `(b, 1, h, w)`.
        others: uint8 `(n, H, W)`, to cut from.
        pieces: how many an image.
        size: side of a piece in pixels.
        generator: of the places.
    """
    b, _, h, w = images.shape
    n, high, wide = others.shape

    def draw(below: int) -> Tensor:
        return torch.randint(0, below, (b, pieces), generator=generator, device=generator.device)

    offset = torch.arange(size, device=generator.device)
    source = draw(n) * high * wide + draw(high - size + 1) * wide + draw(wide - size + 1)
    target = draw(h - size + 1) * w + draw(w - size + 1)
    source = source.unsqueeze(2) + (offset[:, None] * wide + offset).flatten()
    target = target.unsqueeze(2) + (offset[:, None] * w + offset).flatten()
    values = others.flatten()[source.to(others.device)].to(images.dtype) / 255
    strewn = images.flatten(1).scatter_reduce(
        1, target.flatten(1).to(images.device), values.flatten(1).to(images.device), "amax"
    )
    return strewn.view_as(images)


class Clutter(World):
    """Strews pieces of digits over every image, anew on every draw (cluttered MNIST, Mnih et al. 2014).

    Args:
        others: images to cut the pieces from: training images, whatever is shown.
        pieces: pieces an image (RAM: 4).
        size: side of a piece in pixels (RAM: 8).

    Raises:
        ValueError: a piece is larger than the images it is cut from, there is none, or the images are not grey.
    """

    image: In[Float[Tensor, "b 1 h w"]]
    cluttered: Out[Float[Tensor, "b 1 h w"]]

    def __init__(self, others: LabelledImages, pieces: int = 4, size: int = 8) -> None:
        if others.channels > 1:
            raise ValueError(f"{others.name} has {others.channels} channels: clutter is cut from grey images")
        if pieces < 1 or not 1 <= size <= min(others.size):
            raise ValueError(
                f"pieces={pieces}, size={size}: 1 piece or more, of 1 pixel per side up to the image's side"
            )
        super().__init__()
        self.pieces, self.size = pieces, size
        self.register_buffer("others", others.images, persistent=False)
        self.others: Tensor

    def forward(self, image: Tensor) -> Tensor:
        """Strew.

        Raises:
            ValueError: the image is smaller than a piece.
        """
        if min(image.shape[2:]) < self.size:
            raise ValueError(
                f"an image of {image.shape[2]}x{image.shape[3]} pixels is smaller than a piece, {self.size}"
            )
        return strew(image, self.others, self.pieces, self.size, self.rng)
