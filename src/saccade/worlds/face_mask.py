"""Masks in one piece: a pen that never lifts reaches all of the person, and all of the ground."""

from __future__ import annotations

import numpy as np

from .kernels import Bools, Floats, Ints, compiled

_AROUND = np.array([[0, 1], [1, 0], [0, -1], [-1, 0], [1, 1], [1, -1], [-1, 1], [-1, -1]])


@compiled
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


@compiled
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


@compiled
def _touches(mask: Bools, i: int, j: int) -> bool:
    """Whether one of the eight neighbours is in the mask."""
    height, width = mask.shape
    for k in range(8):
        v, u = i + _AROUND[k, 0], j + _AROUND[k, 1]
        if 0 <= v < height and 0 <= u < width and mask[v, u]:
            return True
    return False


@compiled
def in_one_piece(cover: Floats, colour: Floats) -> Bools:
    """The mask (h, w), coverage > 1/2; coverage and colours are mended so that picture and mask agree.

    What hangs off the person's largest piece goes, with its soft edge; ground that the person encloses becomes person,
    in the colour of what is beside it.
    """
    height, width = cover.shape
    person = largest_piece(cover > 0.5)
    for i in range(height):
        for j in range(width):
            if cover[i, j] > 0 and not person[i, j]:
                cover[i, j] = min(cover[i, j], np.float32(0.5)) if _touches(person, i, j) else 0
    enclosed = ~(person | largest_piece(~person))
    for i in range(height):
        for j in range(width):
            if enclosed[i, j]:
                if cover[i, j] == 0:
                    _borrow(colour, cover, i, j)
                cover[i, j] = 1
            elif person[i, j] and cover[i, j] < 1 and _touches(enclosed, i, j):
                cover[i, j] = 1
    return person | enclosed


@compiled
def _borrow(colour: Floats, cover: Floats, i: int, j: int) -> None:
    """Give a pixel the colour of what is on its left, above it, or farther on its right."""
    v, u = i, j
    if j > 0 and cover[i, j - 1] > 0:
        u = j - 1
    elif i > 0 and cover[i - 1, j] > 0:
        v = i - 1
    else:
        while u < cover.shape[1] - 1 and cover[i, u] == 0:
            u += 1
    colour[i, j] = colour[v, u]
