"""Random draws that depend on a seed and a number only: draw 100 things, and the first 10 are those that 10 would be."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mixed(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """SplitMix64's finaliser."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


class Lots:
    """Draws for `n` things at once, `(n,)` a call: the k-th call's i-th number depends on the seed, i and k only.

    Args:
        n: how many things.
        seed: of all the draws; any integer.
    """

    def __init__(self, n: int, seed: int) -> None:
        self.n = n
        start = np.array([seed & 0xFFFFFFFFFFFFFFFF], np.uint64)
        self._state = _mixed(_mixed(start + _GOLDEN) + np.arange(1, n + 1, dtype=np.uint64) * _GOLDEN)

    def uniform(self, low: float = 0.0, high: float = 1.0) -> Numbers:
        """Evenly in [low, high)."""
        self._state = self._state + _GOLDEN
        return low + (high - low) * (_mixed(self._state) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def around(self, mean: float, spread: float) -> Numbers:
        """Bell-shaped around the mean with this standard deviation, never further off than three of them."""
        return mean + spread * (self.uniform(-1, 1) + self.uniform(-1, 1) + self.uniform(-1, 1))

    def true(self, share: float | Numbers) -> npt.NDArray[np.bool_]:
        """True for this share."""
        return self.uniform() < share

    def pick(self, weights: Numbers | list[float]) -> npt.NDArray[np.int64]:
        """Places in a table, by weight."""
        edges = np.cumsum(np.asarray(weights, np.float64))
        places = np.searchsorted(edges, self.uniform() * edges[-1], side="right")
        kept: npt.NDArray[np.int64] = np.minimum(places, len(edges) - 1)
        return kept

    def seeds(self) -> npt.NDArray[np.int64]:
        """Seeds for the noise of a picture."""
        return (self.uniform() * 2**30).astype(np.int64)
