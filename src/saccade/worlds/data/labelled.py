"""Images with what they show."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from .files import DataError

DIGITS = tuple("0123456789")


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images of one size with what they show.

    `images` is uint8, grey `(N, h, w)` or of several channels `(N, c, h, w)`; of digits 0 (ground) … 255 (ink).
    `labels` is int64 `(N,)`, places in `classes`, the names of the classes; N ≥ 1.

    Raises:
        DataError: the tensors have other shapes, types, lengths or labels.
    """

    images: Tensor = field(repr=False)
    labels: Tensor = field(repr=False)
    name: str
    training: LabelledImages | None = field(
        default=None, repr=False
    )  # what clutter is cut from; None: from these images
    classes: tuple[str, ...] = DIGITS
    fingerprint: str = ""  # of the pixels and labels of the whole set, where the name does not identify it

    def __post_init__(self) -> None:
        images, labels = self.images, self.labels
        if images.dtype != torch.uint8 or images.ndim not in (3, 4) or not images.numel():
            raise DataError(f"{self.name}: images are {describe(images)}, not uint8 of shape (N, h, w) or (N, c, h, w)")
        if labels.dtype != torch.int64 or labels.ndim != 1:
            raise DataError(f"{self.name}: labels are {describe(labels)}, not int64 of shape (N,)")
        if len(images) != len(labels):
            raise DataError(f"{self.name}: there are {len(images)} images and {len(labels)} labels")
        if labels.min() < 0 or labels.max() >= len(self.classes):
            raise DataError(
                f"{self.name}: labels are {int(labels.min())} … {int(labels.max())}, not 0 … {len(self.classes) - 1}"
            )

    def __len__(self) -> int:
        return len(self.images)

    @property
    def channels(self) -> int:
        """1 of grey images."""
        return 1 if self.images.ndim == 3 else int(self.images.shape[1])

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self.images.shape[-2:]
        return int(height), int(width)

    def part(
        self, which: Tensor | slice, name: str | None = None, training: LabelledImages | None = None
    ) -> LabelledImages:
        """Some of them, with the same classes."""
        images, labels = self.images[which], self.labels[which]
        return LabelledImages(
            images, labels, name or self.name, training or self.training, self.classes, self.fingerprint
        )


def describe(values: Tensor) -> str:
    """Type and shape of a tensor, for a message."""
    return f"{str(values.dtype).removeprefix('torch.')} of shape {tuple(values.shape)}"
