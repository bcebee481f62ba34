"""Compiled passes over the pixels of a batch: each reads and writes everything once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saccade.jit import kernel

Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]


@kernel
def _agree(mask: Bools, ground_truth: Bools) -> tuple[int, int]:
    """Pixels in both masks `(h, w)`, and in either."""
    both, either = 0, 0
    for y in range(mask.shape[0]):
        for x in range(mask.shape[1]):
            both += mask[y, x] & ground_truth[y, x]
            either += mask[y, x] | ground_truth[y, x]
    return both, either


@kernel
def overlaps(share: int, shares: int, mask: Bools, ground_truth: Bools, iou: npt.NDArray[np.float32]) -> None:
    """Intersection over union, `(n,)`, of masks `(n, h, w)`; 1 where both are empty."""
    for image in range(share, len(mask), shares):
        both, either = _agree(mask[image], ground_truth[image])
        iou[image] = both / either if either else 1.0


@kernel
def _nth(mask: Bools, rank: int) -> int:
    """Where the pixel lies that has `rank` others of the mask before it."""
    for cell in range(mask.size):
        if mask[cell]:
            if rank == 0:
                return cell
            rank -= 1
    return -1


@kernel
def choose(masks: Bools, lots: npt.NDArray[np.float64], cells: npt.NDArray[np.int64]) -> None:
    """One pixel of every mask `(n, h * w)`, into `cells` `(n,)`: of its pixels, the one that a lot in [0, 1) points at."""
    for image in range(len(masks)):
        count = 0
        for cell in range(masks.shape[1]):
            count += masks[image, cell]
        cells[image] = _nth(masks[image], min(int(lots[image] * count), count - 1))


@kernel
def draw_in(share: int, shares: int, image: Bytes, drawn: Bytes, inks: Bytes, view: Bytes) -> None:
    """Images `(n, 3, h, w)` with the strokes `(n, h, w)` in their inks `(2, 3)`, into `view`."""
    n, planes, h, w = image.shape
    for place in range(share, n * planes, shares):
        scene, plane = place // planes, place % planes
        ours, theirs = inks[0, plane], inks[1, plane]
        for y in range(h):
            for x in range(w):  # choices, not branches: many pixels at once
                label = drawn[scene, y, x]
                ink = ours if label == 1 else theirs
                view[scene, plane, y, x] = ink if label else image[scene, plane, y, x]
