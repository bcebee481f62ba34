from __future__ import annotations

import numpy as np
import pytest

from saccade.runs import mean_interval, paired_difference


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_95_of_100_intervals_hold_the_mean(seeds: int) -> None:
    rng = np.random.default_rng(seeds)
    ends = [mean_interval(values) for values in rng.normal(2.0, 3.0, (8000, seeds)).tolist()]
    held = np.mean([low <= 2.0 <= high for low, high in ends if low < high])  # type: ignore[misc]
    assert len(ends) == 8000 and abs(held - 0.95) < 0.015


def test_by_hand() -> None:
    low, high = mean_interval([1.0, 2.0, 3.0]) or (0, 0)  # 2 ± 4.303 · 1/√3
    assert (low, high) == (pytest.approx(-0.4841, abs=1e-4), pytest.approx(4.4841, abs=1e-4))


def test_one_seed_has_none() -> None:
    assert mean_interval([0.5]) is None and mean_interval([]) is None
    assert mean_interval([0.5], test_images=100) is None


def test_a_proportion_carries_the_uncertainty_of_its_test_set() -> None:
    alike = [0.9, 0.9, 0.9]
    assert mean_interval(alike) == (pytest.approx(0.9), pytest.approx(0.9))
    low, high = mean_interval(alike, test_images=10_000) or (0, 0)  # √(0.9 · 0.1 / 10000) = 0.003
    assert (low, high) == (pytest.approx(0.9 - 4.3027 * 0.003, abs=1e-5), pytest.approx(0.9 + 4.3027 * 0.003, abs=1e-5))


def test_proportions_of_one_test_set_are_covered() -> None:
    """All seeds are counted on the same images: three hundred of them, which are hard or not for all seeds alike."""
    rng, images, held = np.random.default_rng(0), 300, 0
    for _ in range(2000):
        hard = rng.random(images) < 0.1
        values = [float(np.where(hard, rng.random(images) < 0.3, rng.random(images) < 0.97).mean()) for _ in range(3)]
        low, high = mean_interval(values, low=0, high=1, test_images=images) or (1, 0)
        held += low <= 0.9 * 0.97 + 0.1 * 0.3 <= high
    assert held / 2000 >= 0.935


def test_it_stays_within_the_range() -> None:
    assert mean_interval([0.99, 1.0, 1.0], low=0, high=1) == (pytest.approx(0.98232, abs=1e-4), 1.0)
    assert (mean_interval([0.0, 0.01], low=0) or (1, 1))[0] == 0.0


def test_the_difference_of_two_conditions_is_taken_seed_by_seed() -> None:
    first, second = {0: 0.90, 1: 0.95, 2: 0.99, 7: 0.5}, {2: 0.97, 1: 0.93, 0: 0.88, 8: 0.1}
    found = paired_difference(first, second)
    assert found is not None and found.seeds == (0, 1, 2) and found.mean == pytest.approx(0.02)
    assert found.interval == (pytest.approx(0.02), pytest.approx(0.02)) and found.clear


def test_a_difference_that_may_be_none() -> None:
    found = paired_difference({0: 1.0, 1: 2.0, 2: 3.0}, {0: 1.5, 1: 1.0, 2: 3.2})
    assert found is not None and found.interval is not None and not found.clear
    alone = paired_difference({0: 1.0}, {0: 0.5, 1: 3.0})
    assert alone is not None and alone.mean == 0.5 and alone.interval is None and not alone.clear
    assert paired_difference({0: 1.0}, {1: 1.0}) is None
