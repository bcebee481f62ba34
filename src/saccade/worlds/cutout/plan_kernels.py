"""The compiled inside of `planner`: the wrong regions on a pen's side, and how many strokes it takes the pen to reach them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saccade.jit import kernel
from saccade.vision.geodesic_kernels import FAR, Ints

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]

DIRECTIONS = 8
NOWHERE = 255  # crossings of a stroke that does not move
_UNREACHED = 10_000  # steps of a path that there is not
_FARTHEST = 28  # cost at which a plan is given up; a stroke costs 2
SCRATCH = _FARTHEST + 1  # length of `heads` in `approach_value`
_CROSSING = 4  # cost of a pixel across the contour
_DISCOUNT = 0.9  # of half a stroke


@kernel
def stroke(y: int, x: int, to_y: int, to_x: int, width: int, pixels: Ints) -> int:
    """Pixels of a line into `pixels`, and how many they are; as `canvas.line`."""
    count = max(abs(to_y - y), abs(to_x - x))
    for place in range(count + 1):
        share = place / count if count else 0.0
        pixels[place] = (y + round((to_y - y) * share)) * width + x + round((to_x - x) * share)
    return count + 1


@kernel
def _depth(target: Bools, depth: Ints) -> None:
    """Steps to the nearest pixel of the other side, chessboard, `(h, w)`; the border of the image is none."""
    h, w = target.shape
    for y in range(h):
        for x in range(w):
            depth[y, x] = _UNREACHED
            for down in range(-1, 2):
                for right in range(-1, 2):
                    there_y, there_x = y + down, x + right
                    if 0 <= there_y < h and 0 <= there_x < w and target[there_y, there_x] != target[y, x]:
                        depth[y, x] = 1
    for sweep in range(2):
        for row in range(h):
            for column in range(w):
                y, x = (row, column) if sweep == 0 else (h - 1 - row, w - 1 - column)
                back = -1 if sweep == 0 else 1
                for down, right in ((0, back), (back, 0), (back, back), (back, -back)):
                    there_y, there_x = y + down, x + right
                    if 0 <= there_y < h and 0 <= there_x < w:
                        depth[y, x] = min(depth[y, x], depth[there_y, there_x] + 1)


@kernel
def _crossings(target: Bools, reach: Longs, crossings: Bytes, pixels: Ints) -> None:
    """Pixels on the other side of every stroke from every pixel, `(h * w, 8)`."""
    h, w = target.shape
    for cell in range(h * w):
        y, x = cell // w, cell % w
        for direction in range(DIRECTIONS):
            to_y = min(max(y + reach[direction, 0], 0), h - 1)
            to_x = min(max(x + reach[direction, 1], 0), w - 1)
            crossings[cell, direction] = NOWHERE
            if to_y != y or to_x != x:
                astray = 0
                for place in range(stroke(y, x, to_y, to_x, w, pixels)):
                    astray += target[pixels[place] // w, pixels[place] % w] != target[y, x]
                crossings[cell, direction] = min(astray, NOWHERE - 1)


@kernel
def survey(share: int, shares: int, targets: Bools, reach: Longs, depth: Ints, crossings: Bytes) -> None:
    """Depths `(n, h, w)` and crossings `(n, h * w, 8)`, see `_depth` and `_crossings`, of masks `(n, h, w)`."""
    for image in range(share, len(targets), shares):
        _depth(targets[image], depth[image])
        _crossings(
            targets[image], reach, crossings[image], np.empty(2 * (targets.shape[1] + targets.shape[2]), np.int32)
        )


@kernel
def wrong_pieces(
    keys: Ints, target: Bools, depth: Ints, label: int, deep: int, piece: Ints, sizes: Ints, queue: Ints
) -> int:
    """The 8-connected pieces of wrong pixels on a label's own side: their numbers `(h, w)`, -1 elsewhere, and sizes.

    Pixels deep in their side count if there are any: along the contour a mask is always a little wrong.

    Returns:
        How many pieces there are.
    """
    h, w = target.shape
    count = 0
    while count == 0 and deep > 0:
        for y in range(h):
            for x in range(w):
                key = keys[(y + 1) * (w + 2) + x + 1]
                own = target[y, x] == (label == 0)
                wrong = own and depth[y, x] >= deep and (key & 1 != label or key >= FAR)
                piece[y, x] = -2 if wrong else -1
                count += wrong
        deep -= 1
    if count == 0:
        return 0
    found = 0
    for start in range(h * w):
        if piece[start // w, start % w] == -2:
            sizes[found] = _flood(piece, start, found, queue)
            found += 1
    return found


@kernel
def _flood(piece: Ints, start: int, number: int, queue: Ints) -> int:
    """Number the piece that a pixel belongs to, and return its size."""
    h, w = piece.shape
    queue[0] = start
    piece[start // w, start % w] = number
    taken, end = 0, 1
    while taken < end:
        y, x = queue[taken] // w, queue[taken] % w
        taken += 1
        for down in range(-1, 2):
            for right in range(-1, 2):
                there_y, there_x = y + down, x + right
                if 0 <= there_y < h and 0 <= there_x < w and piece[there_y, there_x] == -2:
                    piece[there_y, there_x] = number
                    queue[end] = there_y * w + there_x
                    end += 1
    return end


@kernel
def approach_value(
    start: int, target: Bools, label: int, reach: Longs, crossings: Bytes, piece: Ints, sizes: Ints, count: int,
    cost: Ints, heads: Ints, cells: Ints, links: Ints,
) -> float:  # fmt: skip
    """The approach value of a pen at a pixel: the size of a wrong piece, discounted by the strokes it takes to reach it; of the best piece.

    Dijkstra's algorithm over strokes, given up where nothing nearer can be better.

    Args:
        cost: (h * w,), all -1, and -1 again afterwards.
        heads: (SCRATCH,); cells, links: (8 * h * w + 1,); scratch.
    """
    h, w = target.shape
    largest, best = 0, 0.0
    for number in range(count):
        largest = max(largest, sizes[number])
    for level in range(len(heads)):
        heads[level] = -1
    cells[0], links[0], heads[0], top = start, -1, 0, 1
    cost[start] = 0
    for level in range(_FARTHEST + 1):
        discount = _DISCOUNT**level
        if largest * discount <= best:
            break
        while heads[level] >= 0:
            node = heads[level]
            heads[level] = links[node]
            cell = cells[node]
            if cost[cell] != level:
                continue
            y, x = cell // w, cell % w
            if piece[y, x] >= 0:
                best = max(best, sizes[piece[y, x]] * discount)
            for direction in range(DIRECTIONS):
                astray = crossings[cell, direction]
                then = level + 2 + _CROSSING * astray
                if astray == NOWHERE or then > _FARTHEST:
                    continue
                to_y = min(max(y + reach[direction, 0], 0), h - 1)
                to_x = min(max(x + reach[direction, 1], 0), w - 1)
                there = to_y * w + to_x
                if target[to_y, to_x] == (label == 0) and (cost[there] < 0 or cost[there] > then):
                    cost[there] = then
                    cells[top], links[top] = there, heads[then]
                    heads[then] = top
                    top += 1
    for node in range(top):
        cost[cells[node]] = -1
    return best
