"""Cluttered backgrounds: walls, leaves, shelves, lights, rooms, crowds, strewn with shapes, more or less out of focus."""

from __future__ import annotations

import math

import numpy as np

from saccade.jit import fast_kernel

from .brush import CLOTH, FREE, HAIR, SKIN, Board, Form, any_colour, blur, clouds, mixed, shape
from .kernels import Doubles, Floats, draw


@fast_kernel
def _wall(board: Board) -> None:
    """Bricks, tiles or planks."""
    dice = board.dice
    shape(board, Form.BOX, 0.5, 0.5, 1.0, 1.0, 0.0, any_colour(board), 1.0, 1.0, 0.3)
    high = 0.025 + 0.06 * draw(dice)
    wide = high * (0.9 + 5 * draw(dice) ** 2)
    shifted, gap, tilt, uneven = draw(dice) < 0.7, 0.002 + 0.006 * draw(dice), 0.25 * (draw(dice) - 0.5), draw(dice)
    upright = draw(dice) < 0.3
    c, s = math.cos(tilt), math.sin(tilt)
    across, down = (high, wide) if upright else (wide, high)
    for row in range(-int(0.75 / high), int(0.75 / high) + 1):
        for column in range(-int(0.75 / wide) - 1, int(0.75 / wide) + 2):
            v, u = row * high, (column + (0.5 if shifted and row % 2 else 0.0)) * wide
            if upright:
                u, v = v, u
            x, y = 0.5 + u * c - v * s, 0.5 + u * s + v * c
            colour, light = int(draw(dice) * (1 + 3.9 * uneven)), 0.85 + 0.3 * draw(dice)
            shape(board, Form.BOX, x, y, across / 2 - gap, down / 2 - gap, tilt, colour, light, 1.0, 0.5)


@fast_kernel
def _leaves(board: Board) -> None:
    """Leaves, pebbles or litter, dark below and bright on top."""
    dice = board.dice
    shape(board, Form.BOX, 0.5, 0.5, 1.0, 1.0, 0.0, any_colour(board), 0.3, 1.0, 0.0)
    big, slim, many = 0.02 + 0.06 * draw(dice), 0.25 + 0.75 * draw(dice), 0.6 + draw(dice)
    count = min(500, int(many / (big * big * slim)))
    way, spread = math.pi * draw(dice), math.pi * draw(dice)
    for n in range(count):
        r, angle = big * (0.6 + 0.8 * draw(dice)), way + spread * (draw(dice) - 0.5)
        colour, light = int((FREE - 0.01) * draw(dice) ** 2), 0.35 + 0.75 * n / count
        shape(board, Form.OVAL, draw(dice), draw(dice), r, r * slim, angle, colour, light, 1.0, 0.7)


@fast_kernel
def _shelves(board: Board) -> None:
    """Boards with books, boxes and bottles on them."""
    dice, wood, band_colour = board.dice, any_colour(board), any_colour(board)
    shape(board, Form.BOX, 0.5, 0.5, 1.0, 1.0, 0.0, wood, 0.4, 1.0, 0.3)
    high = 0.14 + 0.2 * draw(dice)
    y = high * draw(dice)
    while y < 1 + high:
        x = -0.02
        while x < 1:
            wide, tall = 0.012 + 0.045 * draw(dice) ** 1.5, high * (0.45 + 0.45 * draw(dice))
            colour, light = any_colour(board), 0.6 + 0.5 * draw(dice)
            lean = 0.25 * (draw(dice) - 0.5) if draw(dice) < 0.15 else 0.0
            if draw(dice) < 0.88:
                form = Form.BOX if draw(dice) < 0.9 else Form.OVAL
                shape(board, form, x + wide, y - tall / 2, wide * 0.95, tall / 2, lean, colour, light, 1.0, 0.5)
                band = y - tall * (0.2 + 0.6 * draw(dice))
                shape(board, Form.BOX, x + wide, band, wide * 0.9, 0.008, lean, band_colour, 0.8, 0.7, 0.0)
            x += 2 * wide
        shape(board, Form.BOX, 0.5, y + 0.012, 0.6, 0.014, 0.0, wood, 1.0, 1.0, 0.6)
        y += high


@fast_kernel
def _lights(board: Board) -> None:
    """Lamps far out of focus, over something dark."""
    dice = board.dice
    clouds(board, 1.0, 0.25 + 0.5 * draw(dice))
    big, bright = 0.02 + 0.07 * draw(dice), 1 + 0.6 * draw(dice)
    for _ in range(10 + int(50 * draw(dice))):
        r, form = big * (0.5 + draw(dice)), Form.RING if draw(dice) < 0.15 else Form.OVAL
        strength = 0.25 + 0.6 * draw(dice)
        shape(board, form, draw(dice), draw(dice), r, r, 0.0, any_colour(board), bright, strength, 0.2)


@fast_kernel
def _room(board: Board) -> None:
    """A wall, perhaps papered, a corner, frames, a window, furniture."""
    dice = board.dice
    clouds(board, 0.2, 1.0)
    if draw(dice) < 0.4:
        step, paper = 0.03 + 0.08 * draw(dice), any_colour(board)
        for n in range(int(1 / step) + 1):
            shape(board, Form.BOX, n * step, 0.5, step * 0.25, 0.5, 0.0, paper, 1.0, 0.7, 0.3)
    if draw(dice) < 0.5:
        shape(board, Form.BOX, draw(dice), 0.5, 0.35, 0.6, 0.0, any_colour(board), 0.8, 0.8, 0.4)
    for n in range(1 + int(4 * draw(dice))):
        x, y = draw(dice), 0.6 * draw(dice)
        across, down = 0.06 + 0.13 * draw(dice), 0.06 + 0.16 * draw(dice)
        shape(board, Form.BOX, x, y, across, down, 0.0, any_colour(board), 1.0, 1.0, 1.0)
        if draw(dice) < 0.5:
            shape(board, Form.BOX, x, y + 0.4 * down, across * 0.9, down * 0.5, 0.0, any_colour(board), 1.0, 1.0, 0.6)
        shape(board, Form.FRAME, x, y, across, down, 0.0, 5 - n % 3, 0.7, 1.0, 0.3)
    for _ in range(int(4 * draw(dice))):
        down, form = 0.1 + 0.25 * draw(dice), Form.BOX if draw(dice) < 0.6 else Form.OVAL
        across = 0.06 + 0.2 * draw(dice)
        shape(board, form, draw(dice), 1 - 0.5 * down, across, down, 0.0, any_colour(board), 1.0, 1.0, 0.8)


@fast_kernel
def _crowd(board: Board) -> None:
    """Other people, farther off: shoulders, heads and hair as mere ovals."""
    dice = board.dice
    clouds(board, 1.0, 1.0)
    count = 3 + int(9 * draw(dice))
    for n in range(count):
        r = 0.05 + 0.07 * n / count + 0.03 * draw(dice)
        x, y = draw(dice), 0.25 + 0.45 * n / count + 0.2 * (draw(dice) - 0.5)
        skin, light = (SKIN if draw(dice) < 0.6 else any_colour(board)), 0.55 + 0.5 * draw(dice)
        hair = HAIR if draw(dice) < 0.4 else any_colour(board)
        cloth = CLOTH if draw(dice) < 0.3 else any_colour(board)
        shape(board, Form.BOX, x, y + 4 * r, 2.1 * r, 2.4 * r, 0.0, cloth, 0.9 * light, 1.0, 0.5)
        shape(board, Form.OVAL, x, y + 2.0 * r, 2.1 * r, 0.9 * r, 0.0, cloth, light, 1.0, 0.5)
        shape(board, Form.BOX, x, y + 0.9 * r, 0.45 * r, 0.6 * r, 0.0, skin, 0.8 * light, 1.0, 0.2)
        shape(board, Form.OVAL, x, y - 0.1 * r, r, 1.25 * r, 0.0, hair, 0.6, 1.0, 0.7)
        turn = 0.2 * r * (draw(dice) - 0.5)
        shape(board, Form.OVAL, x + turn, y + 0.2 * r, 0.78 * r, r, 0.0, skin, light, 1.0, 0.5)


@fast_kernel
def _city(board: Board) -> None:
    """Blocks with rows of windows under a sky."""
    dice = board.dice
    clouds(board, 1.0, 1.0)
    for n in range(3 + int(5 * draw(dice))):
        x, across, top = draw(dice), 0.08 + 0.14 * draw(dice), 0.05 + 0.6 * draw(dice)
        shape(board, Form.BOX, x, top + 0.5, across, 0.5, 0.0, n % 5, 0.5 + 0.5 * draw(dice), 1.0, 0.4)
        step, pane, lit = 0.03 + 0.04 * draw(dice), (n + 2) % 6, 0.3 + 0.7 * draw(dice)
        for row in range(int(0.9 / step)):
            for column in range(int(2 * across / step)):
                if draw(dice) < lit:
                    at_x, at_y = x - across + (column + 0.5) * step, top + (row + 0.6) * step
                    shape(board, Form.BOX, at_x, at_y, 0.3 * step, 0.32 * step, 0.0, pane, 1.0, 0.9, 0.0)


@fast_kernel
def _strew(board: Board) -> None:
    """Shapes of any kind, anywhere."""
    dice = board.dice
    for _ in range(int(11 * draw(dice) ** 1.5)):
        lot, long = draw(dice), draw(dice) < 0.3
        form = Form.BOX if long or lot < 0.3 else Form.OVAL if lot < 0.6 else Form.RING if lot < 0.8 else Form.FRAME
        across = 0.3 + 0.5 * draw(dice) if long else 0.02 + 0.16 * draw(dice)
        down = 0.004 + 0.02 * draw(dice) if long else across * (0.3 + draw(dice))
        angle = math.pi * draw(dice) * (draw(dice) < 0.7)
        x, y, strength = 1.1 * draw(dice) - 0.05, 1.1 * draw(dice) - 0.05, 0.5 + 0.5 * draw(dice)
        shape(board, form, x, y, across, down, angle, any_colour(board), 1.0, strength, 0.6)


@fast_kernel
def paint_background(picture: Floats, own: Doubles, seed: int) -> None:
    """Fill a picture (h, h, 3), display values 0 to 1; `own` (k, 3) are the person's: skin, hair, cloth and so on."""
    picture[:] = 0  # shapes are mixed into what is there
    dice = np.array([seed, 0])
    board = Board(picture, mixed(own, dice), dice, seed)
    kind = int(9.5 * draw(dice))
    if kind == 1:
        _wall(board)
    elif kind == 2:
        _leaves(board)
    elif kind == 3:
        _shelves(board)
    elif kind == 4:
        _lights(board)
    elif kind == 5:
        _room(board)
    elif kind == 6:
        _crowd(board)
    elif kind == 7:
        _city(board)
    else:
        clouds(board, 1.0, 1.0)
    _strew(board)
    radius = int(0.022 * len(picture) * draw(dice) ** 1.5 + 0.5)
    if radius > 0:
        blur(picture, radius)
