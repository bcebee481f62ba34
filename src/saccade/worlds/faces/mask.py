"""Masks in one piece: a pen that never lifts reaches all of the person, and all of the ground."""

from __future__ import annotations

import numpy as np

from saccade.jit import fast_kernel

from .kernels import Bools, Floats, Ints

_IN_A_GAP = 0.8  # how bright it is there
_AROUND = np.array([[0, 1], [1, 0], [0, -1], [-1, 0], [1, 1], [1, -1], [-1, 1], [-1, -1]])


@fast_kernel
def largest_piece(mask: Bools) -> Bools:
    """The largest 4-connected piece of a mask (h, w); the first of several alike."""
    height, width = mask.shape
    labels, stack = np.zeros((height, width), np.int32), np.empty((height * width, 2), np.int32)
    label, best, most = 0, 0, 0
    for i in range(height):
        for j in range(width):
            if mask[i, j] and labels[i, j] == 0:
                label += 1
                count = _flood(mask, labels, stack, i, j, label)
                if count > most:
                    best, most = label, count
    return labels == best if most > 0 else np.zeros((height, width), np.bool_)


@fast_kernel
def _flood(mask: Bools, labels: Ints, stack: Ints, i: int, j: int, label: int) -> int:
    """Label a piece from one of its pixels; how many pixels it has."""
    height, width = mask.shape
    labels[i, j] = label
    stack[0, 0], stack[0, 1] = i, j
    held, count = 1, 0
    while held > 0:
        held -= 1
        y, x = stack[held]
        count += 1
        for k in range(4):
            v, u = y + _AROUND[k, 0], x + _AROUND[k, 1]
            if 0 <= v < height and 0 <= u < width and mask[v, u] and labels[v, u] == 0:
                labels[v, u] = label
                stack[held, 0], stack[held, 1] = v, u
                held += 1
    return count


@fast_kernel
def _touches(mask: Bools, wanted: bool, i: int, j: int) -> bool:
    """Whether one of the eight neighbours is in the mask (or out of it), as wanted."""
    height, width = mask.shape
    for k in range(8):
        v, u = i + _AROUND[k, 0], j + _AROUND[k, 1]
        if 0 <= v < height and 0 <= u < width and mask[v, u] == wanted:
            return True
    return False


@fast_kernel
def in_one_piece(cover: Floats, colour: Floats) -> Bools:
    """The mask (h, w), coverage > 1/2; coverage and colours are corrected so that picture and mask agree.

    What hangs off the person's largest piece goes, with its soft edge; ground that the person encloses becomes person,
    in the colour of what is next to it.
    """
    height, width = cover.shape
    person = largest_piece(cover > 0.5)
    for i in range(height):
        for j in range(width):
            if cover[i, j] > 0 and not person[i, j]:
                cover[i, j] = min(cover[i, j], np.float32(0.5)) if _touches(person, True, i, j) else 0
    ground = largest_piece(~person)
    drawn = cover > 0
    mask = person.copy()
    for i in range(height):
        for j in range(width):
            if not (person[i, j] or ground[i, j]):
                mask[i, j] = True
                if not drawn[i, j]:
                    _borrow(colour, drawn, i, j)
                cover[i, j] = 1
    for i in range(height):
        for j in range(width):
            if mask[i, j] and cover[i, j] < 1 and not _touches(mask, False, i, j):
                cover[i, j] = 1  # a slit too narrow for the mask lets no ground through
    return mask


@fast_kernel
def _borrow(colour: Floats, drawn: Bools, i: int, j: int) -> None:
    """Give a pixel a mean of the nearest drawn colours in four directions, by nearness, a little darker."""
    height, width = drawn.shape
    weights, red, green, blue = 1e-9, 0.0, 0.0, 0.0
    for k in range(4):
        v, u, far = i, j, 0
        while 0 <= v < height and 0 <= u < width and not drawn[v, u]:
            v, u, far = v + _AROUND[k, 0], u + _AROUND[k, 1], far + 1
        if 0 <= v < height and 0 <= u < width:
            weight = 1 / far
            red, green, blue = (
                red + weight * colour[v, u, 0],
                green + weight * colour[v, u, 1],
                blue + weight * colour[v, u, 2],
            )
            weights += weight
    weights /= _IN_A_GAP
    colour[i, j, 0], colour[i, j, 1], colour[i, j, 2] = red / weights, green / weights, blue / weights
