"""Every move of both pens tried out on the segmenter's maps, which stay as they are, and evaluated against a mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from saccade.jit import threads
from saccade.vision.segmenter import Segmenter

from .canvas import steps
from .plan_kernels import SCRATCH, survey
from .trial_kernels import Floats, try_moves

_LOSS, _HOPE, _ASTRAY, _AGAIN = 0.35, 1.5, 0.05, 0.05
_DEEP = 3  # pixels from the contour that what is wrong must lie to be hoped for


@dataclass(frozen=True)
class Trials:
    """What each of the eight moves of both pens would do: float32 `(n, 2, 8)` each, see `trial_kernels.try_moves`."""

    gains: Floats
    mended: Floats
    lost: Floats
    hopes: Floats
    crossed: Floats
    redrawn: Floats

    @property
    def worth(self) -> Floats:
        """What a move is worth to who looks further than one step; NaN where it does not move.

        The pixels that it puts right, less 0.35 of those that it spoils, which a later stroke of the other pen can mend; 1.5 times by how
        much it raises what the pen may hope for: the pixels of a piece that is wrong on its own side, less the longer it
        takes to draw there; less 0.05 for each pixel across the contour, which nothing mends, and 0.05 times the share of the stroke that has been
        drawn on. Pixels but those across the contour count as shares of the union.
        """
        worth = self.mended - _LOSS * self.lost + _HOPE * self.hopes
        found: Floats = np.where(
            np.isnan(self.gains), self.gains, worth - _ASTRAY * self.crossed - _AGAIN * self.redrawn
        )
        return found


class Planner:
    """Tries moves out on what a segmenter has been shown.

    Args:
        segmenter: whose maps they are; geodesic.
        length: of a stroke, in pixels.
        far_sighted: find out what pens may hope for; without, hopes are 0.
    """

    def __init__(self, segmenter: Segmenter, length: int, far_sighted: bool = True) -> None:
        self._segmenter, self._deep = segmenter, _DEEP if far_sighted else 0
        self._reach = steps(length).numpy()
        cells = segmenter.height * segmenter.width if far_sighted else 1
        self._depth = np.zeros((0, segmenter.height, segmenter.width), np.int32)
        self._tolls = np.zeros((0, cells, 8), np.uint8)

    def try_out(self, target: Tensor, pens: Tensor, begins: Tensor) -> Trials:
        """Try every move out.

        Args:
            target: the mask to evaluate against, bool `(n, h, w)`.
            pens: where they are, int64 `(n, 2, 2)`: the object's and the ground's, y and x.
            begins: bool `(n,)`: where the target is another than the last time.

        Raises:
            ValueError: the segmenter keeps no maps.
        """
        n, maps = len(target), self._segmenter.maps
        found = Trials(*(np.zeros((n, 2, 8), np.float32) for _ in range(6)))
        threads()
        self._survey(target, begins)
        try_moves(
            maps.weights, maps.keys, pens.numpy(), self._reach, target.numpy(), self._depth, self._tolls, self._deep, SCRATCH,
            found.gains, found.mended, found.lost, found.hopes, found.crossed, found.redrawn,
            *maps.room(4 * (maps.h + maps.w)),
        )  # fmt: skip
        return found

    def _survey(self, target: Tensor, begins: Tensor) -> None:
        """Bring depths and tolls up to date, which hopes are made of."""
        n = len(target)
        if len(self._depth) != n:
            self._depth, self._tolls = (
                np.zeros((n, *each.shape[1:]), each.dtype) for each in (self._depth, self._tolls)
            )
            places = np.ones(n, np.bool_)
        else:
            places = begins.numpy()
        if self._deep and places.any():
            depth, tolls = self._depth[places], self._tolls[places]
            survey(target.numpy()[places], self._reach, depth, tolls)
            self._depth[places], self._tolls[places] = depth, tolls
