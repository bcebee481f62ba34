"""What the drawing of people shares, on whole arrays: hashing, noise and soft steps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from saccade.jit import fast_kernel

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_MASK = 0xFFFFFFFF
_SHUFFLED = np.argsort((np.arange(256) * 2654435761 + 12345) ** 2 % 1000003).astype(np.int64)
_VALUES = (np.argsort((np.arange(256) * 40503 + 977) ** 2 % 999983) / 255.0).astype(np.float64)


def hashed(x: int | Longs, y: int | Longs, seed: int | Longs) -> Any:
    """Numbers in [0, 1) that depend on nothing but these three: a float for Python's integers, an array for arrays."""
    h = ((x & _MASK) * 374761393 + (y & _MASK) * 668265263 + (seed & _MASK) * 362437) & _MASK
    h = ((h ^ (h >> 13)) * 1274126177) & _MASK
    h = ((h ^ (h >> 15)) * 1103515245) & _MASK
    return (h ^ (h >> 16)) / 4294967296.0


@fast_kernel
def noise_at(x: float, y: float, seed: int) -> float:
    """`noise` at one point, for loops that are compiled."""
    left, top = math.floor(x), math.floor(y)
    u, v = x - left, y - top
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    i, j = int(left) + seed, int(top) + (seed >> 8)
    here, next_ = int(_SHUFFLED[i & 255]) + j, int(_SHUFFLED[(i + 1) & 255]) + j
    above = _VALUES[here & 255] * (1 - u) + _VALUES[next_ & 255] * u
    below = _VALUES[(here + 1) & 255] * (1 - u) + _VALUES[(next_ + 1) & 255] * u
    return float(above * (1 - v) + below * v)


@fast_kernel
def _fill_noise(x: Doubles, y: Doubles, seeds: Longs, values: Doubles) -> None:
    """Noise at points (n,), with a seed each (n,) or one for all (1,)."""
    step = 1 if len(seeds) == len(values) else 0
    for n in range(len(values)):
        values[n] = noise_at(x[n], y[n], seeds[n * step])


def noise(x: float | Doubles, y: float | Doubles, seed: int | Longs) -> Doubles:
    """Smooth value noise in [0, 1], of one feature a unit; the same again after 256 units.

    Points and seeds are broadcast against each other, and taken as float64 and int64.
    """
    if np.shape(x) != np.shape(y) or np.shape(seed) not in ((), np.shape(x)):
        x, y, seed = (each.copy() for each in np.broadcast_arrays(x, y, seed))
    values = np.empty(np.shape(x))
    flat_x, flat_y = (np.ascontiguousarray(at, np.float64).reshape(-1) for at in (x, y))
    seeds = np.ascontiguousarray(seed, np.int64).reshape(-1)
    _fill_noise(flat_x, flat_y, seeds, values.reshape(-1))
    return values


def ramp(low: float | Doubles, high: float | Doubles, value: Doubles) -> Doubles:
    """0 below `low`, 1 above `high` (which may be the smaller), smooth between."""
    t: Doubles = np.asarray((value - low) / (high - low))
    np.clip(t, 0.0, 1.0, out=t)  # in place: most of the drawing is this
    squared: Doubles = t * t
    t *= -2
    t += 3
    squared *= t
    return squared


def bump(x: Doubles, y: float | Doubles, across: float | Doubles, down: float | Doubles) -> Doubles:
    """A bell of height 1 and these half-widths over the origin; 0 beyond three of them."""
    r = (x / across) ** 2 + (y / down) ** 2
    return np.exp(-0.5 * r, out=np.zeros_like(r), where=r < 9.0)  # `exp` is dear


def mix(a: float | Doubles, b: float | Doubles, share: float | Doubles) -> Any:
    """`a` at share 0, `b` at share 1."""
    return a + (b - a) * share


class Dice:
    """Numbers in [0, 1) by a seed, one after the other: those drawn at once are those drawn singly."""

    def __init__(self, seed: int) -> None:
        self._seed, self._drawn = seed, 0

    def draw(self) -> float:
        """The next one."""
        self._drawn += 1
        return float(hashed(self._drawn, 0, self._seed))

    def array(self, *shape: int) -> Doubles:
        """The next ones, in the order of an array of this shape."""
        first, count = self._drawn + 1, math.prod(shape)
        self._drawn += count
        values: Doubles = hashed(np.arange(first, first + count), 0, self._seed)
        return values.reshape(shape)
