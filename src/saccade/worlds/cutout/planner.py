"""Every move of both pens tried out on the segmenter's maps, which stay as they are, and evaluated against a mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from saccade.jit import spread, threads
from saccade.vision.segmenter import Segmenter

from .canvas import steps
from .plan_kernels import SCRATCH, survey
from .trial_kernels import Floats, try_moves

_SPOILED, _APPROACH, _ASTRAY, _AGAIN = 0.35, 1.5, 0.05, 0.05
_DEEP = 3  # pixels from the contour from which wrong pixels count in the approach value


@dataclass(frozen=True)
class Trials:
    """What each of the eight moves of both pens would do: float32 `(n, 2, 8)` each, see `trial_kernels.try_moves`."""

    gains: Floats
    corrected: Floats
    spoiled: Floats
    approach: Floats
    crossed: Floats
    redrawn: Floats

    @property
    def score(self) -> Floats:
        """The far-sighted score of a move; NaN where it does not move.

        The pixels that it corrects, less 0.35 of those that it spoils, which a later stroke of the other pen can correct; plus 1.5 times
        the gain in approach value, see `plan_kernels.approach_value`; less 0.05 for each pixel of the stroke across the contour, which
        no later stroke can correct, and 0.05 times the share of the stroke that has been drawn on. All pixels but those across the
        contour count as shares of the union.
        """
        score = self.corrected - _SPOILED * self.spoiled + _APPROACH * self.approach
        found: Floats = np.where(
            np.isnan(self.gains), self.gains, score - _ASTRAY * self.crossed - _AGAIN * self.redrawn
        )
        return found


class Planner:
    """Tries moves out on what a segmenter has been shown.

    Args:
        segmenter: whose maps they are; geodesic.
        length: of a stroke, in pixels.
        far_sighted: compute approach values; without, `approach` is 0.
    """

    def __init__(self, segmenter: Segmenter, length: int, far_sighted: bool = True) -> None:
        segmenter.on_host = True  # where its maps can be read by compiled loops
        self._segmenter, self._deep = segmenter, _DEEP if far_sighted else 0
        self._reach = steps(length).numpy()
        cells = segmenter.height * segmenter.width if far_sighted else 1
        self._depth = np.zeros((0, segmenter.height, segmenter.width), np.int32)
        self._crossings = np.zeros((0, cells, 8), np.uint8)

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
        self._survey(target, begins)
        buckets, nodes = maps.room(4 * (maps.h + maps.w))
        spread(
            try_moves, len(buckets), maps.weights, maps.keys, pens.numpy(), self._reach, target.numpy(), self._depth, self._crossings, self._deep, SCRATCH,
            found.gains, found.corrected, found.spoiled, found.approach, found.crossed, found.redrawn,
            buckets, nodes,
        )  # fmt: skip
        return found

    def _survey(self, target: Tensor, begins: Tensor) -> None:
        """Bring depths and crossings up to date, which approach values depend on."""
        n = len(target)
        if len(self._depth) != n:
            self._depth, self._crossings = (
                np.zeros((n, *each.shape[1:]), each.dtype) for each in (self._depth, self._crossings)
            )
            places = np.ones(n, np.bool_)
        else:
            places = begins.numpy()
        if self._deep and places.any():
            depth, crossings = self._depth[places], self._crossings[places]
            spread(survey, min(threads(), len(depth)), target.numpy()[places], self._reach, depth, crossings)
            self._depth[places], self._crossings[places] = depth, crossings
