"""Every move of both pens tried out on the segmenter's maps, which stay as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from torch import Tensor

from saccade.jit import threads
from saccade.vision.geodesic import GeodesicMaps
from saccade.vision.geodesic_kernels import Ints

from .guide_kernels import Floats, try_moves
from .plan_kernels import SCRATCH, Bytes, Longs

Plan: TypeAlias = tuple[
    Ints, Bytes, int
]  # depths and tolls, see `plan_kernels.survey`, and how deep what is wrong must lie


@dataclass(frozen=True)
class Trials:
    """What each of the eight moves of both pens would do: float32 `(n, 2, 8)` each, see `guide_kernels.try_moves`."""

    gains: Floats
    mended: Floats
    lost: Floats
    hopes: Floats
    crossed: Floats
    redrawn: Floats


def try_out(maps: GeodesicMaps, target: Tensor, pens: Tensor, reach: Longs, plan: Plan | None = None) -> Trials:
    """Try every move out, and judge it by a mask.

    Args:
        maps: what has been drawn so far.
        target: the mask, bool `(n, h, w)`.
        pens: where they are, int64 `(n, 2, 2)`: the object's and the ground's, y and x.
        reach: of a stroke in each direction, int64 `(8, 2)`.
        plan: what hopes are made of; None: there are none.
    """
    n = len(target)
    found = Trials(*(np.zeros((n, 2, 8), np.float32) for _ in range(6)))
    depth, tolls, deep = plan or (np.zeros((n, 1, 1), np.int32), np.zeros((n, 1, 8), np.uint8), 0)
    threads()
    try_moves(
        maps.weights, maps.keys, pens.numpy(), reach, target.numpy(), depth, tolls, deep, SCRATCH,
        found.gains, found.mended, found.lost, found.hopes, found.crossed, found.redrawn,
        *maps.room(4 * (maps.h + maps.w)),
    )  # fmt: skip
    return found
