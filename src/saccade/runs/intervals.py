"""Intervals of a mean over seeds, by Student's t: with three seeds a bootstrap gives their range, which covers the mean 75 times in 100."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

Interval = tuple[float, float]


def mean_interval(
    values: Sequence[float],
    *,
    low: float | None = None,
    high: float | None = None,
    test_images: int = 0,
    confidence: float = 0.95,
) -> Interval | None:
    """Interval of the mean of values of independent seeds: Student's t with n - 1 degrees of freedom.

    Its variance is s²/n, plus p(1 - p)/N for a proportion p counted on one test set of N images, which all seeds share.

    Args:
        values: one per seed.
        low, high: range of the quantity, to which the interval is clipped; None: no end.
        test_images: N, of a proportion (an accuracy, an error); 0: of anything else.
        confidence: share of intervals that hold the mean, if the values are normal.

    Returns:
        Its ends; None of fewer than two values, which say nothing of how much seeds differ.
    """
    n = len(values)
    if n < 2:
        return None
    mean = sum(values) / n
    variance = sum((value - mean) ** 2 for value in values) / (n - 1) / n
    if test_images:
        variance += max(mean * (1 - mean), 0) / test_images
    half = _quantile(n - 1, confidence) * math.sqrt(variance)
    ends = mean - half, mean + half
    return max(ends[0], -math.inf if low is None else low), min(ends[1], math.inf if high is None else high)


@cache
def _quantile(freedom: int, confidence: float) -> float:
    """Of Student's t: between minus it and it lies a share of `confidence`."""
    from scipy import special  # scipy.stats would be a third of the command's start

    return float(special.stdtrit(freedom, 0.5 + confidence / 2))


@dataclass(frozen=True)
class Difference:
    """What one condition has over another, seed by seed.

    Args:
        seeds: those that both have.
        values: one per seed, first minus second.
        mean: of them.
        interval: 95%, of the mean; None with one seed.
    """

    seeds: tuple[int, ...]
    values: tuple[float, ...]
    mean: float
    interval: Interval | None

    @property
    def clear(self) -> bool:
        """Whether the interval excludes zero."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


def paired_difference(first: Mapping[int, float], second: Mapping[int, float]) -> Difference | None:
    """The mean difference of two conditions over the seeds that both have, with its 95% interval (Student's t of the differences).

    What the seeds share, such as the order of the images, leaves the difference and not the interval.

    Args:
        first, second: a value per seed.

    Returns:
        None where no seed is in both.
    """
    seeds = tuple(sorted(first.keys() & second.keys()))
    if not seeds:
        return None
    values = tuple(first[seed] - second[seed] for seed in seeds)
    return Difference(seeds, values, sum(values) / len(values), mean_interval(values))
