"""Segmentation by scribbles along cheapest paths, kept up to date as strokes are added.

A pixel belongs to the object if the cheapest path to a stroke of the object costs less than to one of the ground
(image foresting transform, Falcao et al. 2004; geodesic segmentation, Bai and Sapiro 2007). A step between neighbours
costs 1 plus the squared difference of their colours (CIE Lab after a bilateral filter, lightness counting 0.36), at most 1023,
and sqrt(2) as much along a diagonal. Strokes are only ever added, so a new one changes nothing but what comes nearer by it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from saccade.extras import missing
from saccade.jit import spread, threads

from . import geodesic_kernels as kernels

try:
    import cv2
except ImportError as error:  # pragma: no cover
    raise missing("segmenting by scribbles", "OpenCV", "cutout") from error

Array = npt.NDArray[Any]

_REACH, _COLOUR_SIGMA, _SPACE_SIGMA = 5, 25, 3  # of the bilateral filter: pixels, grey levels, pixels


def colours(images: Array) -> Array:
    """What the weights are made of: images uint8 `(n, 3, h, w)`, RGB, as filtered Lab colours uint8 `(n, h, w, 3)`."""
    n, _, h, w = images.shape
    cv2.setNumThreads(threads())
    edge = _REACH // 2
    # One tall picture for the whole batch; mirrored margins keep its images apart.
    apart = np.pad(
        images.transpose(0, 2, 3, 1),
        ((0, 0), (edge, edge), (0, 0), (0, 0)),
        mode="reflect" if h > edge else "edge",
    )
    smooth = cv2.bilateralFilter(apart.reshape(-1, w, 3), _REACH, _COLOUR_SIGMA, _SPACE_SIGMA)
    lab = cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB).reshape(n, h + 2 * edge, w, 3)
    return np.ascontiguousarray(lab[:, edge : edge + h])


class GeodesicArrays:
    """Distances and labels of `n` images of `h`×`w` pixels, as strokes are added.

    `weights` and `keys` are what `geodesic_kernels` works on, for other kernels to read.

    Args:
        images: uint8 `(n, 3, h, w)`, RGB.

    Raises:
        ValueError: the images are of another type or shape.
    """

    def __init__(self, images: Array) -> None:
        self.n, (self.h, self.w) = len(images), images.shape[2:]
        cells = (self.h + 2) * (self.w + 2)
        self.weights = np.zeros((self.n, cells, 4), np.uint16)  # the frame is never entered, whatever its weights
        self.keys = np.full((self.n, cells), -1, np.int32)
        self._scratch = (np.empty((0, kernels.BUCKETS), np.int32), np.empty((0, 2, 0), np.int32))
        self.show(images)

    def clear(self) -> None:
        """Take all strokes away; the images stay."""
        self._inner[:] = kernels.FAR

    def show(self, images: Array, which: Array | None = None) -> None:
        """Begin anew with other images, in all places or in those that `which`, bool `(n,)`, marks."""
        _check(images, self.h, self.w)
        if not len(images):
            return
        if which is None or which.all():
            spread(kernels.weigh, min(threads(), self.n), colours(images), self.weights)
            self.clear()
            return
        weights = np.zeros((len(images), *self.weights.shape[1:]), np.uint16)
        spread(kernels.weigh, min(threads(), len(images)), colours(images), weights)
        self.weights[which], self._inner[which] = weights, kernels.FAR

    @property
    def _inner(self) -> kernels.Ints:
        """The keys without their frame, `(n, h, w)`."""
        return self.keys.reshape(self.n, self.h + 2, self.w + 2)[:, 1:-1, 1:-1]

    def add(self, strokes: Array, active: Array | None = None) -> None:
        """Draw strokes.

        Args:
            strokes: int `(n, 2, m)`: pixels, row by row from 0 to h·w - 1, of the object's and the ground's new strokes, -1
                for none. A pixel that a stroke covers already keeps its label.
            active: bool `(n,)`: the images to draw on; None: all.

        Raises:
            ValueError: a pixel lies beyond the image.
        """
        drawn = np.ascontiguousarray(strokes, dtype=np.int32)
        if drawn.size and int(drawn.max()) >= self.h * self.w:
            raise ValueError(
                f"a stroke has pixel {drawn.max()}: images of {self.h}x{self.w} end at {self.h * self.w - 1}"
            )
        on = np.ones(self.n, np.bool_) if active is None else active
        buckets, nodes = self.room(drawn.shape[1] * drawn.shape[2])
        spread(kernels.grow_all, len(buckets), self.weights, self.keys, drawn, on, self.w + 2, buckets, nodes)

    def room(self, pixels: int) -> tuple[kernels.Ints, kernels.Ints]:
        """The queues of the shares, for strokes of so many pixels; as `kernels.grow_all` wants them."""
        workers = min(threads(), self.n)
        buckets, nodes = self._scratch
        wanted = 8 * self.keys.shape[1] + pixels
        if len(buckets) < workers or nodes.shape[2] < wanted:
            buckets = np.full((workers, kernels.BUCKETS), -1, np.int32)
            self._scratch = buckets, nodes = buckets, np.empty((workers, 2, wanted), np.int32)
        return buckets[:workers], nodes[:workers]

    def read(self) -> tuple[Array, Array]:
        """The masks, bool `(n, h, w)`, and the distances to the nearest stroke, int32 `(n, h, w)`."""
        mask = np.empty((self.n, self.h, self.w), np.bool_)
        distance = np.empty((self.n, self.h, self.w), np.int32)
        spread(kernels.read_off, min(threads(), self.n), self.keys, self.w + 2, mask, distance)
        return mask, distance


def _check(images: Array, h: int, w: int) -> None:
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != (3, h, w):
        raise ValueError(
            f"images are {images.dtype} of shape {images.shape}: they must be uint8 of shape (n, 3, {h}, {w})"
        )
