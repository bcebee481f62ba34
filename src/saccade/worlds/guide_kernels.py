"""The compiled inside of `guide`: what every move would do, tried out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saccade.jit import kernel, parallel_kernel, prange
from saccade.vision.geodesic_kernels import FAR, Ints, Weights, grow

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
_UNREACHED = 10_000  # steps of a path that there is not
_DIRECTIONS = 8


@kernel
def _overlap(keys: Ints, target: Bools, width: int) -> float:
    """Intersection over union of the mask in `keys` (framed) with `target` (h, w)."""
    both, either = 0, 0
    h, w = target.shape
    for y in range(h):
        for x in range(w):
            key = keys[(y + 1) * width + x + 1]
            mine = key & 1 == 0 and key < FAR
            both += mine and target[y, x]
            either += mine or target[y, x]
    return both / either if either else 1.0


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


@parallel_kernel
def depths(targets: Bools, found: Ints) -> None:
    """`_depth` of every mask, `(n, h, w)`."""
    for image in prange(len(targets)):
        _depth(targets[image], found[image])


@kernel
def _piece(wrong: Bools, seen: Bools, start: int, queue: Ints, first: int) -> int:
    """The 8-connected piece of `wrong` (h, w) that a pixel belongs to, into `queue` from `first`; where it ends there."""
    h, w = wrong.shape
    queue[first] = start
    seen[start // w, start % w] = True
    taken, end = first, first + 1
    while taken < end:
        y, x = queue[taken] // w, queue[taken] % w
        taken += 1
        for down in range(-1, 2):
            for right in range(-1, 2):
                there_y, there_x = y + down, x + right
                if 0 <= there_y < h and 0 <= there_x < w and wrong[there_y, there_x] and not seen[there_y, there_x]:
                    seen[there_y, there_x] = True
                    queue[end] = there_y * w + there_x
                    end += 1
    return end


@kernel
def _ways(
    keys: Ints, target: Bools, depth: Ints, label: int, deep: int, ways: Ints, queue: Ints, wrong: Bools, seen: Bools
) -> bool:
    """Steps `(h, w)` from everywhere on a label's own side to the largest piece of wrong pixels there.

    Deep ones count if there are any: along the contour a mask is always a little wrong. False if nothing is wrong.
    """
    h, w = target.shape
    count = 0
    while count == 0 and deep > 0:
        for y in range(h):
            for x in range(w):
                key = keys[(y + 1) * (w + 2) + x + 1]
                own = target[y, x] == (label == 0)
                wrong[y, x] = own and depth[y, x] >= deep and (key & 1 != label or key >= FAR)
                seen[y, x] = False
                ways[y, x] = _UNREACHED
                count += wrong[y, x]
        deep -= 1
    if count == 0:
        return False
    first, best_first, best_end = 0, 0, 0
    for start in range(h * w):
        if wrong[start // w, start % w] and not seen[start // w, start % w]:
            end = _piece(wrong, seen, start, queue, first)
            if end - first > best_end - best_first:
                best_first, best_end = first, end
            first = end
    for place in range(best_end - best_first):
        queue[place] = queue[best_first + place]
        ways[queue[place] // w, queue[place] % w] = 0
    taken, count = 0, best_end - best_first
    while taken < count:
        y, x = queue[taken] // w, queue[taken] % w
        taken += 1
        for down in range(-1, 2):
            for right in range(-1, 2):
                there_y, there_x = y + down, x + right
                if not (0 <= there_y < h and 0 <= there_x < w) or target[there_y, there_x] != (label == 0):
                    continue
                if ways[there_y, there_x] == _UNREACHED:
                    ways[there_y, there_x] = ways[y, x] + 1
                    queue[count] = there_y * w + there_x
                    count += 1
    return True


@parallel_kernel
def try_moves(
    weights: Weights, keys: Ints, pens: npt.NDArray[np.int64], reach: npt.NDArray[np.int64], targets: Bools,
    depth: Ints, deep: int, gains: Floats, progress: Floats, crossed: Floats, redrawn: Floats, buckets: Ints, nodes: Ints,
) -> None:  # fmt: skip
    """What each of the eight moves of both pens would do, into arrays `(n, 2, 8)`.

    `gains`: in intersection over union with the targets; NaN where the pen cannot move. `progress`: how much nearer, in pixels
    along a way on its own side, the pen comes to what is wrong there. `crossed`: pixels of the stroke on the other side. `redrawn`: the share of it that has been drawn on.
    """
    n, h, w = targets.shape
    width, shares = w + 2, len(buckets)
    for share in prange(shares):
        after = np.empty_like(keys[0])
        drawn = np.full((2, 2 * (h + w)), -1, np.int32)
        ways, queue = np.empty((h, w), np.int32), np.empty(h * w, np.int32)
        wrong, seen = np.empty((h, w), np.bool_), np.empty((h, w), np.bool_)
        for image in range(share, n, shares):
            target = targets[image]
            before = _overlap(keys[image], target, width)
            for pen in range(2):
                y, x = pens[image, pen, 0], pens[image, pen, 1]
                lost = _ways(keys[image], target, depth[image], pen, deep, ways, queue, wrong, seen)
                for direction in range(_DIRECTIONS):
                    to_y = min(max(y + reach[direction, 0], 0), h - 1)
                    to_x = min(max(x + reach[direction, 1], 0), w - 1)
                    if to_y == y and to_x == x:
                        gains[image, pen, direction] = np.nan
                        continue
                    drawn[:] = -1
                    count = stroke(y, x, to_y, to_x, w, drawn[pen])
                    astray, again = 0, 0
                    for place in range(count):
                        cell = drawn[pen, place]
                        astray += target[cell // w, cell % w] != (pen == 0)
                        again += keys[image, (cell // w + 1) * width + cell % w + 1] <= 1
                    after[:] = keys[image]
                    grow(weights[image], after, drawn, width, buckets[share], nodes[share, 0], nodes[share, 1])
                    gains[image, pen, direction] = _overlap(after, target, width) - before
                    crossed[image, pen, direction] = astray
                    redrawn[image, pen, direction] = (again - 1) / (count - 1)
                    nearer = min(ways[y, x], h + w) - min(ways[to_y, to_x], h + w)
                    progress[image, pen, direction] = nearer if lost else 0
