"""How drawn people are photographed: a soft lens, exposure, tint, contrast and grain."""

from __future__ import annotations

import math

import cv2
import numpy as np

from .kernels import Bytes, Floats, Longs, hashed

_MIDDLE = 0.4  # the value that contrast leaves as it is
_TINTS = (0.12, 0.06, 0.12)  # how much the light of each colour varies


def photograph(pictures: Floats, seeds: Longs, images: Bytes) -> None:
    """From display values (n, h, h, 3), which are softened in place, to images (n, 3, h, h), by seeds (n,)."""
    lots = hashed(np.arange(1, 9), 0, seeds[:, None] + 77).tolist()
    for picture, seed, own, image in zip(pictures, seeds.tolist(), lots, images, strict=True):
        _photograph(picture, seed, own, image)


def _photograph(picture: Floats, seed: int, lots: list[float], image: Bytes) -> None:
    size, exposure, contrast = len(picture), math.exp(0.4 * (lots[1] - 0.35)), 0.85 + 0.3 * lots[2]
    grain, lift = 0.035 * lots[6] ** 2, 0.06 * lots[7]
    soft = np.array([0.2 * lots[0], 1 - 0.4 * lots[0], 0.2 * lots[0]], np.float32)
    for _ in range(max(1, size // 128)):
        cv2.sepFilter2D(picture, -1, soft, soft, dst=picture, borderType=cv2.BORDER_REPLICATE)
    # lift + (1 - lift) * ((value * exposure * tint - middle) * contrast + middle) + grain * noise, in 255ths, rounded
    place = np.arange(size)
    lot = hashed(place[:, None], place, seed)
    common = lot - 1024 * lot + np.floor(1024 * lot)
    common *= 255 * grain
    common += 255 * (lift + (1 - lift) * _MIDDLE * (1 - contrast) - 0.5 * grain) + 0.5
    for k, values in enumerate(cv2.split(picture)):
        tint = 1 + _TINTS[k] * (lots[3 + k] - 0.5)
        lot *= 4093
        lot -= np.floor(lot)
        shown = values * np.float64(255 * (1 - lift) * contrast * exposure * tint)
        shown += common
        shown += lot * (255 * grain)
        np.maximum(shown, 0.0, out=shown)
        image[k] = np.minimum(shown, 255.0, out=shown)
