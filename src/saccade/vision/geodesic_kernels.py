"""The compiled inside of `geodesic`: edge weights, and cheapest paths kept up to date.

An image lies in a frame of one pixel, row by row, so that a neighbour is a step in one array and no border is checked. A
pixel's key is twice its distance plus its label, 0 for the object and 1 for the ground: the smaller key is the
nearer stroke, and of two equally near ones the object's. It does not depend on the order in which pixels are visited.
The frame's keys are -1: nothing is nearer.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saccade.jit import kernel

Ints = npt.NDArray[np.int32]
Weights = npt.NDArray[np.uint16]
Bytes = npt.NDArray[np.uint8]

HEAVIEST = 1023  # weight of an edge; every distance in the queue is within so much of the present one
BUCKETS = HEAVIEST + 1
FAR = np.int32(2**30)  # key of a pixel that no stroke has reached
# East, south, south-east, south-west as (dy, dx): what weights are kept of; the other four are those of the neighbour.
_AHEAD = ((0, 1), (1, 0), (1, 1), (1, -1))
# Squared differences of lightness count 0.36 of those of colour, and diagonals sqrt(2), all in 256ths.
_LIGHTNESS, _ONE, _DIAGONAL, _HALF = 92, 256, 362, 128


@kernel
def weigh(share: int, shares: int, colours: Bytes, weights: Weights) -> None:
    """Fill `weights` (n, (h + 2) * (w + 2), 4) from Lab colours (n, h, w, 3): 1 + squared difference, at most 1023."""
    n, h, w, _ = colours.shape
    for place in range(share, n * h, shares):
        image, y = place // h, place % h
        for x in range(w):
            cell = (y + 1) * (w + 2) + x + 1
            for side in range(4):
                down, right = _AHEAD[side]
                there_y, there_x = y + down, x + right
                if there_y >= h or there_x >= w or there_x < 0:
                    continue
                lightness = np.int32(colours[image, y, x, 0]) - np.int32(colours[image, there_y, there_x, 0])
                a = np.int32(colours[image, y, x, 1]) - np.int32(colours[image, there_y, there_x, 1])
                b = np.int32(colours[image, y, x, 2]) - np.int32(colours[image, there_y, there_x, 2])
                cost = _ONE + _LIGHTNESS * lightness * lightness + _ONE * (a * a + b * b)
                if side > 1:
                    cost = (cost * _DIAGONAL) >> 8
                rounded = (cost + _HALF) >> 8
                weights[image, cell, side] = rounded if rounded < HEAVIEST else HEAVIEST


@kernel
def _push(buckets: Ints, cells: Ints, links: Ints, free: int, top: int, cell: int, key: int) -> tuple[int, int]:
    """Put a cell into the bucket of its distance; the free list and the top of the pool as they are then."""
    node = free
    if node >= 0:
        free = links[node]
    else:
        node = top
        top += 1
    bucket = (key >> 1) & HEAVIEST
    cells[node] = cell
    links[node] = buckets[bucket]
    buckets[bucket] = node
    return free, top


@kernel
def grow(weights: Weights, keys: Ints, strokes: Ints, width: int, buckets: Ints, cells: Ints, links: Ints) -> int:
    """Draw strokes and bring the keys up to date; what was drawn before stays as it is.

    Dijkstra's algorithm on a circular queue of buckets (Dial 1969) that begins at the new pixels only and visits what
    comes nearer by them: a pixel is visited once, however many strokes there are.

    Args:
        weights: (cells, 4), of one image.
        keys: (cells,), changed.
        strokes: (2, m), pixels of the object's and the ground's new strokes, -1 for none. Of two strokes over one pixel the first
            one counts: a key of 0 or 1 is never touched again.
        width: of the frame.
        buckets: (1024,), all -1, and -1 again afterwards.
        cells, links: (8 * len(keys) + strokes.size,), scratch.

    Returns:
        The number of pixels visited.
    """
    free, top, waiting, visited = -1, 0, 0, 0
    for label in range(2):
        for place in range(strokes.shape[1]):
            pixel = strokes[label, place]
            if pixel < 0:
                continue
            cell = (pixel // (width - 2) + 1) * width + pixel % (width - 2) + 1
            if keys[cell] > 1:
                keys[cell] = label
                free, top = _push(buckets, cells, links, free, top, cell, label)
                waiting += 1
    distance = 0
    while waiting > 0:
        node = buckets[distance & HEAVIEST]
        if node < 0:
            distance += 1
            continue
        buckets[distance & HEAVIEST] = links[node]
        links[node] = free
        free = node
        waiting -= 1
        cell = cells[node]
        key = keys[cell]
        if key >> 1 != distance:  # it has come nearer since, and was visited then
            continue
        visited += 1
        for side in range(8):
            there = cell + _step(side, width)
            weight = weights[cell, side >> 1] if side & 1 == 0 else weights[there, side >> 1]
            reached = key + 2 * np.int32(weight)
            if reached < keys[there]:
                keys[there] = reached
                free, top = _push(buckets, cells, links, free, top, there, reached)
                waiting += 1
    return visited


@kernel
def _step(side: int, width: int) -> int:
    """To the neighbour ahead on that side (even), or behind (odd)."""
    along = side >> 1
    ahead = 1 if along == 0 else width if along == 1 else width + 1 if along == 2 else width - 1
    return ahead if side & 1 == 0 else -ahead


@kernel
def grow_all(
    share: int, shares: int, weights: Weights, keys: Ints, strokes: Ints, active: npt.NDArray[np.bool_], width: int,
    buckets: Ints, nodes: Ints,
) -> None:  # fmt: skip
    """`grow` for the images that are `active`, `(n,)`; every share has `buckets` (shares, 1024) and `nodes` (shares, 2, …)."""
    for image in range(share, len(keys), shares):
        if active[image]:
            grow(weights[image], keys[image], strokes[image], width, buckets[share], nodes[share, 0], nodes[share, 1])


@kernel
def read_off(share: int, shares: int, keys: Ints, width: int, mask: npt.NDArray[np.bool_], distance: Ints) -> None:
    """Masks and distances, each `(n, h, w)`, from keys `(n, cells)`; where no stroke reaches, ground."""
    n, h, w = mask.shape
    for place in range(share, n * h, shares):
        image, y = place // h, place % h
        for x in range(w):
            key = keys[image, (y + 1) * width + x + 1]
            mask[image, y, x] = key & 1 == 0 and key < FAR
            distance[image, y, x] = key >> 1
