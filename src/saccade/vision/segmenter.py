"""The segmenter as a module: strokes in, masks out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol

import torch
from jaxtyping import Bool, Int, UInt8
from torch import Tensor

from saccade.graph import Active, Fresh, In, Out, World

from .geodesic import GeodesicMaps
from .geodesic_arrays import GeodesicArrays
from .geodesic_torch import TensorMaps
from .methods import Method
from .segmenters import segment


class _Maps(Protocol):
    """Masks of `n` images as strokes are added."""

    n: int

    def show(self, images: Tensor, which: Tensor | None = None) -> None:
        """Begin anew with other images where `which` marks."""

    def add(self, strokes: Tensor, active: Tensor | None = None) -> None:
        """Draw strokes."""

    def read(self) -> tuple[Tensor, Tensor]:
        """Masks and distances."""


class Segmenter(World):
    """Masks from the strokes so far, kept up to date stroke by stroke (geodesic), or made anew at every step (the others).

    Args:
        height, width: of the images, in pixels.
        method: how.
    """

    image: In[UInt8[Tensor, "b 3 height width"]]
    strokes: In[Int[Tensor, "b 2 pixels"]]
    fresh: In[Fresh]
    active: In[Active]
    mask: Out[Bool[Tensor, "b height width"]]
    distance: Out[Int[Tensor, "b height width"]]  # cost of the cheapest path to a stroke; 0 of other methods

    def __init__(self, height: int, width: int, method: Method = Method.GEODESIC) -> None:
        super().__init__()
        self.height, self.width, self.method = height, width, method
        self.on_host = method is not Method.GEODESIC  # on a device there are `TensorMaps` for this one alone
        self._maps: _Maps | None = None

    @property
    def maps(self) -> GeodesicArrays:
        """Distances and labels as they are.

        Raises:
            ValueError: the method keeps none, or nothing has been segmented yet.
        """
        if not isinstance(self._maps, GeodesicMaps):
            raise ValueError(f"{self.name} has no maps: its method is {self.method}, or it has not run yet")
        return self._maps.arrays

    def forward(self, image: Tensor, strokes: Tensor, fresh: Tensor, active: Tensor) -> tuple[Tensor, Tensor]:
        """Masks and distances, each `(b, height, width)`."""
        if self._maps is None or self._maps.n != len(image):
            self._maps = self._begin(image)
        elif bool((begins := fresh & active).any()):
            self._maps.show(image[begins], begins)
        self._maps.add(strokes, active)
        return self._maps.read()

    def _begin(self, image: Tensor) -> _Maps:
        if self.method is not Method.GEODESIC:
            return RepeatedMaps(image, self.method)
        return GeodesicMaps(image) if image.device.type == "cpu" else TensorMaps(image)


class RepeatedMaps:
    """The same interface as `GeodesicMaps`, for methods that segment from scratch: slow, to compare with.

    Args:
        images: uint8 `(n, 3, h, w)`, RGB.
        method: how.
    """

    def __init__(self, images: Tensor, method: Method) -> None:
        self.n, self._method = len(images), method
        self._images = images.permute(0, 2, 3, 1).contiguous()
        self._drawn = torch.zeros(images[:, 0].shape, dtype=torch.uint8, device="cpu")

    def show(self, images: Tensor, which: Tensor | None = None) -> None:
        """As `GeodesicMaps.show`."""
        places = torch.ones(self.n, dtype=torch.bool, device="cpu") if which is None else which
        self._images[places], self._drawn[places] = images.permute(0, 2, 3, 1), 0

    def add(self, strokes: Tensor, active: Tensor | None = None) -> None:
        """As `GeodesicMaps.add`."""
        places = torch.arange(self.n, device=strokes.device)[:, None].expand(-1, strokes.shape[2])
        cells = self._drawn.flatten(1)
        for label in range(2):
            wanted = strokes[:, label] >= 0
            if active is not None:
                wanted &= active[:, None]
            row, cell = places[wanted], strokes[:, label][wanted]
            free = cells[row, cell] == 0
            cells[row[free], cell[free]] = label + 1

    def read(self) -> tuple[Tensor, Tensor]:
        """As `GeodesicMaps.read`, without distances."""
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            masks = pool.map(partial(segment, method=self._method), self._images.numpy(), self._drawn.numpy())
            found = torch.stack([torch.from_numpy(mask) for mask in masks])
        return found, torch.zeros_like(found, dtype=torch.int32)
