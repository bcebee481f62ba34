"""Masks in one piece: a pen that never lifts reaches all of the person, and all of the ground."""

from __future__ import annotations

import cv2
import numpy as np

from .kernels import Bools, Floats, Longs

_IN_A_GAP = 0.8  # how bright it is there
_SQUARE = np.ones((3, 3), np.uint8)


def largest_piece(mask: Bools) -> Bools:
    """The largest 4-connected piece of a mask (h, w); the first of several alike."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=4)
    if count == 1:  # label 0 is what is out of the mask
        return np.zeros(mask.shape, np.bool_)
    largest: Bools = labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()
    return largest


def _or_next_to(mask: Bools) -> Bools:
    """The mask (h, w) and the eight neighbours of all its pixels."""
    return cv2.dilate(mask.view(np.uint8), _SQUARE).view(np.bool_)


def in_one_piece(cover: Floats, colour: Floats) -> Bools:
    """The mask (h, w), coverage > 1/2; coverage and colours are corrected so that picture and mask agree.

    What hangs off the person's largest piece goes, with its soft edge; ground that the person encloses becomes person,
    in the colour of what is next to it.
    """
    person = largest_piece(cover > 0.5)
    edge = np.where(_or_next_to(person), np.minimum(cover, np.float32(0.5)), np.float32(0))
    cover[~person] = edge[~person]
    ground = largest_piece(~person)
    mask, drawn = ~ground, cover > 0
    gaps = mask & ~person
    _borrow(colour, drawn, *np.nonzero(gaps & ~drawn))
    cover[gaps] = 1
    cover[mask & ~_or_next_to(ground)] = 1  # a slit too narrow for the mask lets no ground through
    return mask


def _borrow(colour: Floats, drawn: Bools, i: Longs, j: Longs) -> None:
    """Give undrawn pixels (n,) a mean of the nearest drawn colours in four directions, by nearness, a little darker."""
    if len(i) == 0:
        return
    (height, width), weights, total = drawn.shape, np.full(len(i), 1e-9), np.zeros((len(i), 3))
    down, right = np.arange(height)[:, None], np.arange(width)
    to_right = _first(np.where(drawn, right, width), 1)[i, j]
    below = _first(np.where(drawn, down, height), 0)[i, j]
    to_left = np.maximum.accumulate(np.where(drawn, right, -1), 1)[i, j]
    above = np.maximum.accumulate(np.where(drawn, down, -1), 0)[i, j]
    for v, u in ((i, to_right), (below, j), (i, to_left), (above, j)):
        inside = (v >= 0) & (v < height) & (u >= 0) & (u < width)
        weight = np.where(inside, 1 / (abs(v - i) + abs(u - j)), 0.0)
        total += weight[:, None] * colour[np.clip(v, 0, height - 1), np.clip(u, 0, width - 1)]
        weights += weight
    colour[i, j] = total / (weights / _IN_A_GAP)[:, None]


def _first(places: Longs, axis: int) -> Longs:
    """The smallest of these places (h, w) from each on along an axis."""
    return np.flip(np.minimum.accumulate(np.flip(places, axis), axis), axis)
