from __future__ import annotations

import itertools

import numpy as np
import pytest

from saccade.worlds.faces.kernels import bump, dice, hashed, noise, ramp, thrown


def by_hand(x: int, y: int, seed: int) -> float:
    """The hash in Python's integers."""
    last = 0xFFFFFFFF
    h = (x * 374761393 + y * 668265263 + seed * 362437) & last
    h = ((h ^ (h >> 13)) * 1274126177) & last
    h = ((h ^ (h >> 15)) * 1103515245) & last
    return (h ^ (h >> 16)) / 2**32


@pytest.mark.parametrize("seed", [0, 77, -5, 2**62 + 3, 2**63 + 76])
def test_hashes_are_those_of_whole_numbers_of_any_size(seed: int) -> None:
    found = hashed(np.arange(-2, 40)[:, None], np.arange(3), seed)
    assert found.tolist() == [[by_hand(x, y, seed) for y in range(3)] for x in range(-2, 40)]


def test_dice_go_on_where_an_array_was_thrown() -> None:
    lots, known = dice(9), [by_hand(n, 0, 9) for n in range(1, 1000)]
    assert [next(lots), next(lots)] == known[:2]
    assert thrown(lots, 30, 20).ravel().tolist() == known[2:602]
    assert list(itertools.islice(lots, 300)) == known[602:902]


def test_noise_is_smooth_and_comes_again_after_256() -> None:
    x, y = np.linspace(0, 256, 2049), np.array([[0.3], [7.9]])
    values = noise(x, y, 5)
    assert values.shape == (2, 2049) and values.min() >= 0 and values.max() <= 1 and values.std() > 0.15
    assert np.allclose(noise(x + 256, y - 256, 5), values)
    assert abs(np.diff(values)).max() < 1.5 / 8 + 1e-9  # the steepest slope of a step between 0 and 1


def test_noise_takes_a_seed_a_point() -> None:
    x, seeds = np.linspace(-3, 3, 10), np.array([[4], [2**40 + 5]])
    both = noise(x, 0.5 * x, seeds)
    assert np.array_equal(both, np.stack([noise(x, 0.5 * x, int(seed)) for seed in seeds[:, 0]]))
    assert not np.allclose(both[0], both[1])


def test_steps_and_bells_have_their_heights() -> None:
    assert ramp(1.0, 3.0, np.array([0.0, 1.5, 2.0, 4.0])).tolist() == [0.0, 0.15625, 0.5, 1.0]
    assert ramp(3.0, 1.0, np.array([0.0, 2.0, 4.0])).tolist() == [1.0, 0.5, 0.0]
    assert np.allclose(bump(np.array([0.0, 2.0, 6.0]), np.array([0.0, 0.0, 0.1]), 2.0, 1.0), [1, np.exp(-0.5), 0])
