"""Photographs or drawings with the mask of the object in each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from .files import DataError
from .labelled import describe


class MaskedSet(Protocol):
    """Images of one size with masks, some of which can be taken at a time."""

    def __len__(self) -> int: ...

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""

    def take(self, which: Tensor) -> tuple[Tensor, Tensor]:
        """Images, uint8 RGB `(n, 3, h, w)`, and masks, bool `(n, h, w)`, of these, int64 `(n,)`."""


@dataclass(frozen=True, eq=False)
class MaskedImages:
    """Images of one size with what in them is the object.

    `images` is uint8 RGB `(N, 3, h, w)`, `masks` bool `(N, h, w)`, True on the object; N ≥ 1. Every mask holds a pixel of
    the object and one of the ground.

    Raises:
        DataError: the tensors have other shapes, types or lengths, or a mask is empty or full; the message names which.
    """

    images: Tensor = field(repr=False)
    masks: Tensor = field(repr=False)
    name: str

    def __post_init__(self) -> None:
        images, masks = self.images, self.masks
        if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] != 3 or not images.numel():
            raise DataError(f"{self.name}: images are {describe(images)}, not uint8 of shape (N, 3, h, w)")
        if masks.dtype != torch.bool or masks.shape != (len(images), *images.shape[2:]):
            wanted = f"bool of shape {(len(images), *images.shape[2:])}"
            raise DataError(f"{self.name}: masks are {describe(masks)}, not {wanted} as the images want them")
        held = masks.flatten(1).sum(1)
        for what, wrong in (("no object", held == 0), ("nothing but object", held == masks[0].numel())):
            if wrong.any():
                raise DataError(f"{self.name}: mask {int(wrong.nonzero()[0])} has {what}; leave that image out")

    def __len__(self) -> int:
        return len(self.images)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.images.shape[-2:]
        return int(height), int(width)

    @property
    def fingerprint(self) -> str:
        """Of all pixels and masks."""
        digest = hashlib.sha256()
        for tensor in (self.images, self.masks):
            digest.update(tensor.contiguous().numpy().data)
        return digest.hexdigest()[:8]

    def take(self, which: Tensor) -> tuple[Tensor, Tensor]:
        """Images, uint8 RGB `(n, 3, h, w)`, and masks, bool `(n, h, w)`, of these, int64 `(n,)`."""
        return self.images[which], self.masks[which]

    def part(self, which: Tensor | slice, name: str | None = None) -> MaskedImages:
        """Some of them."""
        return MaskedImages(self.images[which], self.masks[which], name or self.name)
