"""How drawn people are photographed: a soft lens, exposure, tint, contrast and grain."""

from __future__ import annotations

import math

import cv2
import numpy as np

from .kernels import Bytes, Doubles, Floats, Longs, dice, hashed

_MIDDLE = 0.4  # the value that contrast leaves as it is


def photograph(pictures: Floats, seeds: Longs, images: Bytes) -> None:
    """From display values (n, h, h, 3), which are softened in place, to images (n, 3, h, h), by seeds (n,)."""
    for picture, seed, image in zip(pictures, seeds.tolist(), images, strict=True):
        _photograph(picture, seed, image)


def _photograph(picture: Floats, seed: int, image: Bytes) -> None:
    size, lots = len(picture), dice(seed + 77)
    soft = 0.2 * next(lots)
    exposure, contrast = math.exp(0.4 * (next(lots) - 0.35)), 0.85 + 0.3 * next(lots)
    tint = [1 + strength * (next(lots) - 0.5) for strength in (0.12, 0.06, 0.12)]
    grain, lift = 0.035 * next(lots) ** 2, 0.06 * next(lots)
    for _ in range(max(1, size // 128)):
        line = np.array([soft, 1 - 2 * soft, soft], np.float32)
        cv2.sepFilter2D(picture, -1, line, line, dst=picture, borderType=cv2.BORDER_REPLICATE)
    place = np.arange(size, dtype=np.uint32)
    lot: Doubles = hashed(place[:, None], place, seed)
    common = lot - 0.5 - 1024 * lot + np.floor(1024 * lot)
    for k in range(3):
        lot *= 4093
        lot -= np.floor(lot)
        # lift + (1 - lift) * ((picture * exposure * tint - middle) * contrast + middle), as a slope and an offset
        value = picture[..., k] * np.float64((1 - lift) * contrast * exposure * tint[k])
        value += lift + (1 - lift) * _MIDDLE * (1 - contrast)
        value += grain * (common + lot)
        value *= 255
        value += 0.5
        image[k] = np.clip(value, 0.0, 255.0, out=value)
