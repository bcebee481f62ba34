"""The maps of `geodesic_arrays` on tensors: for modules of a graph."""

from __future__ import annotations

import torch
from torch import Tensor

from . import geodesic_arrays


def colours(images: Tensor) -> Tensor:
    """As `geodesic_arrays.colours`."""
    return torch.from_numpy(geodesic_arrays.colours(images.numpy()))


class GeodesicMaps:
    """Distances and labels of `n` images of `h`×`w` pixels, as strokes are added; on a processor.

    `arrays` is what other kernels may read.

    Args:
        images: uint8 `(n, 3, h, w)`, RGB.

    Raises:
        ValueError: the images are of another type or shape.
    """

    def __init__(self, images: Tensor) -> None:
        self.arrays = geodesic_arrays.GeodesicArrays(images.numpy())
        self.n = self.arrays.n

    def clear(self) -> None:
        """Take all strokes away; the images stay."""
        self.arrays.clear()

    def show(self, images: Tensor, which: Tensor | None = None) -> None:
        """Begin anew with other images, in all places or in those that `which`, bool `(n,)`, marks."""
        self.arrays.show(images.numpy(), None if which is None else which.numpy())

    def add(self, strokes: Tensor, active: Tensor | None = None) -> None:
        """Draw strokes, int `(n, 2, m)`, on the images that are `active`; as `GeodesicArrays.add`."""
        self.arrays.add(strokes.numpy(), None if active is None else active.numpy())

    def read(self) -> tuple[Tensor, Tensor]:
        """The masks, bool `(n, h, w)`, and the distances to the nearest stroke, int32 `(n, h, w)`."""
        mask, distance = self.arrays.read()
        return torch.from_numpy(mask), torch.from_numpy(distance)
