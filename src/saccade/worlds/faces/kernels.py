"""What the drawing of people shares, on whole arrays: hashing, noise and soft steps."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from saccade.jit import fast_kernel

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Whole = npt.NDArray[np.int64] | npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_SHUFFLED = np.argsort((np.arange(256) * 2654435761 + 12345) ** 2 % 1000003).astype(np.int64)
_VALUES = (np.argsort((np.arange(256) * 40503 + 977) ** 2 % 999983) / 255.0).astype(np.float64)
_AHEAD = 256  # numbers of dice that are made at a time


def hashed(x: int | Whole, y: int | Whole, seed: int | Whole) -> Doubles:
    """Numbers in [0, 1) that depend on nothing but the last 32 bits of these three, which are broadcast."""
    x, y, seed = (np.atleast_1d(value).astype(np.uint32) for value in (x, y, seed))
    h = x * 374761393 + y * 668265263 + seed * 362437
    h ^= h >> 13
    h *= 1274126177
    h ^= h >> 15
    h *= 1103515245
    h ^= h >> 16
    return h / 4294967296.0


@fast_kernel
def noise_at(x: float, y: float, seed: int) -> float:
    """`noise` at one point, for loops that are compiled."""
    left, top = math.floor(x), math.floor(y)
    u, v = x - left, y - top
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    i, j = int(left) + seed, int(top) + (seed >> 8)
    here, next_ = _SHUFFLED[i & 255] + j, _SHUFFLED[(i + 1) & 255] + j
    above = _VALUES[here & 255] * (1 - u) + _VALUES[next_ & 255] * u
    below = _VALUES[(here + 1) & 255] * (1 - u) + _VALUES[(next_ + 1) & 255] * u
    value: float = above * (1 - v) + below * v
    return value


@fast_kernel
def _fill_noise(at: Doubles, seeds: Longs, values: Doubles) -> None:
    """Noise at points (2, n), with a seed each (n,) or one for all (1,)."""
    step = 1 if len(seeds) == len(values) else 0
    for n in range(len(values)):
        values[n] = noise_at(at[0, n], at[1, n], seeds[n * step])


def noise(x: float | Doubles, y: float | Doubles, seed: int | Longs) -> Doubles:
    """Smooth value noise in [0, 1], of one feature a unit; the same again after 256 units.

    Points and seeds are broadcast against each other, and taken as float64 and int64.
    """
    values = np.empty(np.broadcast(x, y, seed).shape)
    at = np.empty((2, *values.shape))
    at[0], at[1] = x, y
    seeds = np.empty(values.shape if np.ndim(seed) else (1,), np.int64)
    seeds[...] = seed
    _fill_noise(at.reshape(2, -1), seeds.reshape(-1), values.reshape(-1))
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


def dice(seed: int) -> Iterator[float]:
    """Numbers in [0, 1) by a seed, without end."""
    for first in itertools.count(1, _AHEAD):
        yield from hashed(np.arange(first, first + _AHEAD, dtype=np.uint32), 0, seed).tolist()


def thrown(lots: Iterator[float], *shape: int) -> Doubles:
    """The next numbers of dice, in the order of an array of this shape."""
    count = math.prod(shape)
    return np.fromiter(itertools.islice(lots, count), np.float64, count).reshape(shape)
