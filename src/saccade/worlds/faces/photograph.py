"""How drawn people are photographed: a soft lens, exposure, tint, contrast and grain."""

from __future__ import annotations

import numpy as np

from .kernels import Bytes, Doubles, Floats, Longs, hashed

_MIDDLE = 0.4  # the value that contrast leaves as it is


def photograph(pictures: Floats, seeds: Longs, images: Bytes) -> None:
    """From display values (n, h, h, 3), which are softened in place, to images (n, 3, h, h), by seeds (n,)."""
    size = pictures.shape[1]
    lots = hashed(np.arange(1, 9)[:, None, None, None], 0, (seeds + 77)[:, None, None])  # (8, n, 1, 1)
    exposure, contrast = np.exp(0.4 * (lots[1] - 0.35)), 0.85 + 0.3 * lots[2]
    grain, lift = 0.035 * lots[6] ** 2, 0.06 * lots[7]
    for _ in range(max(1, size // 128)):
        _soften(pictures, 0.2 * lots[0])
    place = np.arange(size)
    lot: Doubles = hashed(place[:, None], place, seeds[:, None, None])  # (n, h, h)
    common = lot - (1024 * lot) % 1
    for k, strength in enumerate((0.12, 0.06, 0.12)):
        lot = (4093 * lot) % 1
        tint = 1 + strength * (lots[3 + k] - 0.5)
        value = (pictures[..., k] * exposure * tint - _MIDDLE) * contrast + _MIDDLE
        value = lift + (1 - lift) * value + grain * (common + lot - 0.5)
        images[:, k] = np.minimum(255.0, np.maximum(0.0, 255 * value + 0.5))


def _soften(pictures: Floats, shares: Doubles) -> None:
    """Give a share (n, 1, 1) of every pixel to each neighbour, along columns and then rows."""
    keep, give = (1 - 2 * shares).astype(np.float32), shares.astype(np.float32)
    for axis in (1, 2):
        padded = np.pad(pictures, [(0, 0), *((int(axis == a),) * 2 for a in (1, 2)), (0, 0)], "edge")
        before, after = (padded.take(range(a, a + pictures.shape[axis]), axis) for a in (0, 2))
        pictures[:] = keep[..., None] * pictures + give[..., None] * (before + after)
