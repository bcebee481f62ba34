from __future__ import annotations

import math

import numpy as np
import pytest

from saccade.worlds.faces.kernels import dice, hashed
from saccade.worlds.faces.photograph import photograph


def taken(pictures: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    images = np.zeros((len(pictures), 3, *pictures.shape[1:3]), np.uint8)
    photograph(pictures.copy(), seeds, images)
    return images


@pytest.mark.parametrize("seed", [3, 2**62 + 11])
def test_a_plain_picture_gets_exposure_tint_contrast_and_grain(seed: int) -> None:
    image = taken(np.full((1, 12, 12, 3), 0.6, np.float32), np.array([seed]))[0]
    lots = dice(seed + 77)
    next(lots)  # of the lens
    exposure, contrast = math.exp(0.4 * (next(lots) - 0.35)), 0.85 + 0.3 * next(lots)
    tints = [1 + most * (next(lots) - 0.5) for most in (0.12, 0.06, 0.12)]
    grain, lift = 0.035 * next(lots) ** 2, 0.06 * next(lots)
    lot = float(hashed(2, 9, seed)[0])
    common = lot - (1024 * lot) % 1
    for k, tint in enumerate(tints):
        lot = (4093 * lot) % 1
        value = (0.6 * exposure * tint - 0.4) * contrast + 0.4
        value = 255 * (lift + (1 - lift) * value + grain * (common + lot - 0.5)) + 0.5
        assert abs(int(image[k, 2, 9]) - min(255, max(0, value - 0.5))) <= 0.5 + 1e-3


def test_the_lens_is_soft_along_both_sides_and_keeps_the_light() -> None:
    pictures, seeds = np.zeros((4, 9, 9, 3), np.float32), np.arange(4)
    pictures[:, 4, 4] = 1
    photograph(pictures, seeds, np.zeros((4, 3, 9, 9), np.uint8))
    assert np.allclose(pictures.sum((1, 2)), 1, atol=1e-5)
    share = 0.2 * hashed(1, 0, seeds + 77)
    assert np.allclose(pictures[:, 4, 3, 0], share * (1 - 2 * share), atol=1e-6)
    assert np.allclose(pictures[:, 3, 4, 0], share * (1 - 2 * share), atol=1e-6)
    assert np.allclose(pictures[:, 3, 3, 0], share**2, atol=1e-6)


def test_values_out_of_range_become_black_and_white() -> None:
    pictures = np.full((2, 8, 8, 3), 9, np.float32)
    pictures[1] = -9
    images = taken(pictures, np.array([1, 2]))
    assert (images[0] == 255).all() and (images[1] == 0).all()


def test_a_photograph_is_the_same_alone_and_with_others() -> None:
    pictures, seeds = np.random.default_rng(0).random((5, 16, 16, 3), np.float32), np.arange(5)
    alone = [taken(pictures[i : i + 1], seeds[i : i + 1]) for i in range(5)]
    assert np.array_equal(np.concatenate(alone), taken(pictures, seeds))
