"""The compiled inside of `planner`: tries every move out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saccade.jit import kernel
from saccade.vision.geodesic_kernels import FAR, Ints, Weights, grow

from .plan_kernels import DIRECTIONS, Bools, Bytes, Longs, approach_value, stroke, wrong_pieces

Floats = npt.NDArray[np.float32]


@kernel
def _agree(keys: Ints, target: Bools, width: int) -> tuple[int, int]:
    """Pixels both in the mask in `keys` (framed) and in `target` (h, w), and in either."""
    both, either = 0, 0
    h, w = target.shape
    for y in range(h):
        row = keys[(y + 1) * width + 1 : (y + 1) * width + 1 + w]
        for x in range(w):  # no branches: several pixels at once
            mine = (row[x] & 1 == 0) & (row[x] < FAR)
            both += mine & target[y, x]
            either += mine | target[y, x]
    return both, max(either, 1)


@kernel
def try_moves(
    share: int, shares: int, weights: Weights, keys: Ints, pens: Longs, reach: Longs, targets: Bools, depth: Ints, crossings: Bytes, deep: int, scratch: int,
    gains: Floats, corrected: Floats, spoiled: Floats, approach: Floats, crossed: Floats, redrawn: Floats, buckets: Ints, nodes: Ints,
) -> None:  # fmt: skip
    """What each of the eight moves of both pens would do, into arrays `(n, 2, 8)`.

    `gains`: in intersection over union with the targets; NaN where the pen cannot move. `corrected`, `spoiled`: pixels that become right, and
    that become wrong, as shares of the union. `approach`: by how much, in the same measure, the move
    raises the pen's approach value, see `approach_value`; 0 with `deep` 0. `crossed`: pixels of the stroke on the other side. `redrawn`: the share of it that has been drawn on.
    `scratch`: `plan_kernels.SCRATCH`.
    """
    n, h, w = targets.shape
    width = w + 2
    drawn, after = np.empty((2, 2 * (h + w)), np.int32), np.empty(keys.shape[1], np.int32)
    piece, sizes, queue = np.empty((h, w), np.int32), np.empty(h * w, np.int32), np.empty(h * w, np.int32)
    cost, heads = np.empty(h * w, np.int32), np.empty(scratch, np.int32)
    cells, links = np.empty(8 * h * w + 1, np.int32), np.empty(8 * h * w + 1, np.int32)
    for cell in range(h * w):
        cost[cell] = -1
    for image in range(share, n, shares):
        target = targets[image]
        both, either = _agree(keys[image], target, width)
        for pen in range(2):
            y, x = pens[image, pen, 0], pens[image, pen, 1]
            count = wrong_pieces(keys[image], target, depth[image], pen, deep, piece, sizes, queue) if deep else 0
            before = 0.0
            if count:
                before = approach_value(
                    y * w + x, target, pen, reach, crossings[image], piece, sizes, count, cost, heads, cells, links
                )
            for direction in range(DIRECTIONS):
                to_y = min(max(y + reach[direction, 0], 0), h - 1)
                to_x = min(max(x + reach[direction, 1], 0), w - 1)
                if to_y == y and to_x == x:
                    gains[image, pen, direction] = np.nan
                    continue
                for place in range(drawn.shape[1]):
                    drawn[0, place], drawn[1, place] = -1, -1
                pixels = stroke(y, x, to_y, to_x, w, drawn[pen])
                astray, again = 0, 0
                for place in range(pixels):
                    cell = drawn[pen, place]
                    astray += target[cell // w, cell % w] != (pen == 0)
                    again += keys[image, (cell // w + 1) * width + cell % w + 1] <= 1
                for cell in range(len(after)):  # slices take seconds to compile
                    after[cell] = keys[image, cell]
                grow(weights[image], after, drawn, width, buckets[share], nodes[share, 0], nodes[share, 1])
                then_both, then_either = _agree(after, target, width)
                gains[image, pen, direction] = then_both / then_either - both / either
                # A stroke of the object adds to the mask, one of the ground takes from it.
                right, wrong = (
                    (then_both - both, then_either - either) if pen == 0 else (either - then_either, both - then_both)
                )
                corrected[image, pen, direction], spoiled[image, pen, direction] = right / either, wrong / either
                crossed[image, pen, direction] = astray
                redrawn[image, pen, direction] = (again - 1) / (pixels - 1)
                if count:
                    value = approach_value(
                        to_y * w + to_x, target, pen, reach, crossings[image], piece, sizes, count, cost, heads, cells, links
                    )  # fmt: skip
                    approach[image, pen, direction] = (value - before) / either
