"""What the kernels of the drawn people share: hashing and noise."""

from __future__ import annotations

import math

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


@fast_kernel
def hashed(x: int, y: int, seed: int) -> float:
    """A number in [0, 1) that depends on nothing but these three."""
    h = (x * 374761393 + y * 668265263 + seed * 362437) & _MASK
    h = ((h ^ (h >> 13)) * 1274126177) & _MASK
    h = ((h ^ (h >> 15)) * 1103515245) & _MASK
    return (h ^ (h >> 16)) / 4294967296.0


@fast_kernel
def noise(x: float, y: float, seed: int) -> float:
    """Smooth value noise in [0, 1], of one feature a unit; the same again after 256 units."""
    left, top = math.floor(x), math.floor(y)
    u, v = x - left, y - top
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    i, j = int(left) + seed, int(top) + (seed >> 8)
    here, next_ = int(_SHUFFLED[i & 255]) + j, int(_SHUFFLED[(i + 1) & 255]) + j
    above = _VALUES[here & 255] * (1 - u) + _VALUES[next_ & 255] * u
    below = _VALUES[(here + 1) & 255] * (1 - u) + _VALUES[(next_ + 1) & 255] * u
    return float(above * (1 - v) + below * v)


@fast_kernel
def ramp(low: float, high: float, value: float) -> float:
    """0 below `low`, 1 above `high` (which may be the smaller), smooth between."""
    t = min(1.0, max(0.0, (value - low) / (high - low)))
    return t * t * (3 - 2 * t)


@fast_kernel
def bump(x: float, y: float, across: float, down: float) -> float:
    """A bell of height 1 and these half-widths over the origin; 0 beyond three of them."""
    r = (x / across) ** 2 + (y / down) ** 2
    return math.exp(-0.5 * r) if r < 9.0 else 0.0


@fast_kernel
def mix(a: float, b: float, share: float) -> float:
    """`a` at share 0, `b` at share 1."""
    return a + (b - a) * share


@fast_kernel
def draw(dice: Longs) -> float:
    """The next number in [0, 1) of a seed and a count, `dice` (2,), which counts on."""
    dice[1] += 1
    return hashed(int(dice[1]), 0, int(dice[0]))
