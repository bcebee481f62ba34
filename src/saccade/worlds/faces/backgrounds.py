"""Cluttered backgrounds: walls, leaves, shelves, lights, rooms, crowds, strewn with shapes, more or less out of focus."""

from __future__ import annotations

import math

import numpy as np

from .brush import CLOTH, FREE, HAIR, SKIN, Board, Form, blur, clouds, mixed
from .kernels import Dice, Doubles, Floats


def _wall(board: Board) -> None:
    """Bricks, tiles or planks."""
    dice = board.dice
    board.shape(Form.BOX, 0.5, 0.5, 1.0, 1.0, 0.0, board.colour(), 1.0, 1.0, 0.3)
    high = 0.025 + 0.06 * dice.draw()
    wide = high * (0.9 + 5 * dice.draw() ** 2)
    shifted, gap, tilt, uneven = dice.draw() < 0.7, 0.002 + 0.006 * dice.draw(), 0.25 * (dice.draw() - 0.5), dice.draw()
    upright = dice.draw() < 0.3
    c, s = math.cos(tilt), math.sin(tilt)
    across, down = (high, wide) if upright else (wide, high)
    rows = np.arange(-int(0.75 / high), int(0.75 / high) + 1)[:, None]
    columns = np.arange(-int(0.75 / wide) - 1, int(0.75 / wide) + 2)
    v, u = np.broadcast_arrays(rows * high, (columns + np.where(shifted & (rows % 2 == 1), 0.5, 0.0)) * wide)
    if upright:
        u, v = v, u
    x, y = 0.5 + u * c - v * s, 0.5 + u * s + v * c
    lots = dice.array(x.size, 2)
    colours, lights = np.floor(lots[:, 0] * (1 + 3.9 * uneven)), 0.85 + 0.3 * lots[:, 1]
    sides = across / 2 - gap, down / 2 - gap
    board.shape(Form.BOX, x.ravel(), y.ravel(), *sides, tilt, colours, lights, 1.0, 0.5)


def _leaves(board: Board) -> None:
    """Leaves, pebbles or litter, dark below and bright on top."""
    dice = board.dice
    board.shape(Form.BOX, 0.5, 0.5, 1.0, 1.0, 0.0, board.colour(), 0.3, 1.0, 0.0)
    big, slim, many = 0.02 + 0.06 * dice.draw(), 0.25 + 0.75 * dice.draw(), 0.6 + dice.draw()
    count = min(500, int(many / (big * big * slim)))
    way, spread = math.pi * dice.draw(), math.pi * dice.draw()
    lots = dice.array(count, 5)
    r, angles = big * (0.6 + 0.8 * lots[:, 0]), way + spread * (lots[:, 1] - 0.5)
    colours, lights = np.floor((FREE - 0.01) * lots[:, 2] ** 2), 0.35 + 0.75 * np.arange(count) / count
    board.shape(Form.OVAL, lots[:, 3], lots[:, 4], r, r * slim, angles, colours, lights, 1.0, 0.7)


def _shelves(board: Board) -> None:
    """Boards with books, boxes and bottles on them."""
    dice, wood, band_colour = board.dice, board.colour(), board.colour()
    board.shape(Form.BOX, 0.5, 0.5, 1.0, 1.0, 0.0, wood, 0.4, 1.0, 0.3)
    high = 0.14 + 0.2 * dice.draw()
    y = high * dice.draw()
    while y < 1 + high:
        x = -0.02
        while x < 1:
            wide, tall = 0.012 + 0.045 * dice.draw() ** 1.5, high * (0.45 + 0.45 * dice.draw())
            colour, light = board.colour(), 0.6 + 0.5 * dice.draw()
            lean = 0.25 * (dice.draw() - 0.5) if dice.draw() < 0.15 else 0.0
            if dice.draw() < 0.88:
                form = Form.BOX if dice.draw() < 0.9 else Form.OVAL
                board.shape(form, x + wide, y - tall / 2, wide * 0.95, tall / 2, lean, colour, light, 1.0, 0.5)
                band = y - tall * (0.2 + 0.6 * dice.draw())
                board.shape(Form.BOX, x + wide, band, wide * 0.9, 0.008, lean, band_colour, 0.8, 0.7, 0.0)
            x += 2 * wide
        board.shape(Form.BOX, 0.5, y + 0.012, 0.6, 0.014, 0.0, wood, 1.0, 1.0, 0.6)
        y += high


def _lights(board: Board) -> None:
    """Lamps far out of focus, over something dark."""
    dice = board.dice
    clouds(board, 1.0, 0.25 + 0.5 * dice.draw())
    big, bright = 0.02 + 0.07 * dice.draw(), 1 + 0.6 * dice.draw()
    lots = dice.array(10 + int(50 * dice.draw()), 6)
    r, forms = big * (0.5 + lots[:, 0]), np.where(lots[:, 1] < 0.15, Form.RING, Form.OVAL)
    strengths, colours = 0.25 + 0.6 * lots[:, 2], np.floor((FREE - 0.01) * lots[:, 5])
    board.shape(forms, lots[:, 3], lots[:, 4], r, r, 0.0, colours, bright, strengths, 0.2)


def _room(board: Board) -> None:
    """A wall, perhaps papered, a corner, frames, a window, furniture."""
    dice = board.dice
    clouds(board, 0.2, 1.0)
    if dice.draw() < 0.4:
        step, paper = 0.03 + 0.08 * dice.draw(), board.colour()
        for n in range(int(1 / step) + 1):
            board.shape(Form.BOX, n * step, 0.5, step * 0.25, 0.5, 0.0, paper, 1.0, 0.7, 0.3)
    if dice.draw() < 0.5:
        board.shape(Form.BOX, dice.draw(), 0.5, 0.35, 0.6, 0.0, board.colour(), 0.8, 0.8, 0.4)
    for n in range(1 + int(4 * dice.draw())):
        x, y = dice.draw(), 0.6 * dice.draw()
        across, down = 0.06 + 0.13 * dice.draw(), 0.06 + 0.16 * dice.draw()
        board.shape(Form.BOX, x, y, across, down, 0.0, board.colour(), 1.0, 1.0, 1.0)
        if dice.draw() < 0.5:
            board.shape(Form.BOX, x, y + 0.4 * down, across * 0.9, down * 0.5, 0.0, board.colour(), 1.0, 1.0, 0.6)
        board.shape(Form.FRAME, x, y, across, down, 0.0, 5 - n % 3, 0.7, 1.0, 0.3)
    for _ in range(int(4 * dice.draw())):
        down, form = 0.1 + 0.25 * dice.draw(), Form.BOX if dice.draw() < 0.6 else Form.OVAL
        across = 0.06 + 0.2 * dice.draw()
        board.shape(form, dice.draw(), 1 - 0.5 * down, across, down, 0.0, board.colour(), 1.0, 1.0, 0.8)


def _crowd(board: Board) -> None:
    """Other people, farther off: shoulders, heads and hair as mere ovals."""
    dice = board.dice
    clouds(board, 1.0, 1.0)
    count = 3 + int(9 * dice.draw())
    for n in range(count):
        r = 0.05 + 0.07 * n / count + 0.03 * dice.draw()
        x, y = dice.draw(), 0.25 + 0.45 * n / count + 0.2 * (dice.draw() - 0.5)
        skin, light = (SKIN if dice.draw() < 0.6 else board.colour()), 0.55 + 0.5 * dice.draw()
        hair = HAIR if dice.draw() < 0.4 else board.colour()
        cloth = CLOTH if dice.draw() < 0.3 else board.colour()
        board.shape(Form.BOX, x, y + 4 * r, 2.1 * r, 2.4 * r, 0.0, cloth, 0.9 * light, 1.0, 0.5)
        board.shape(Form.OVAL, x, y + 2.0 * r, 2.1 * r, 0.9 * r, 0.0, cloth, light, 1.0, 0.5)
        board.shape(Form.BOX, x, y + 0.9 * r, 0.45 * r, 0.6 * r, 0.0, skin, 0.8 * light, 1.0, 0.2)
        board.shape(Form.OVAL, x, y - 0.1 * r, r, 1.25 * r, 0.0, hair, 0.6, 1.0, 0.7)
        turn = 0.2 * r * (dice.draw() - 0.5)
        board.shape(Form.OVAL, x + turn, y + 0.2 * r, 0.78 * r, r, 0.0, skin, light, 1.0, 0.5)


def _city(board: Board) -> None:
    """Blocks with rows of windows under a sky."""
    dice = board.dice
    clouds(board, 1.0, 1.0)
    for n in range(3 + int(5 * dice.draw())):
        x, across, top = dice.draw(), 0.08 + 0.14 * dice.draw(), 0.05 + 0.6 * dice.draw()
        board.shape(Form.BOX, x, top + 0.5, across, 0.5, 0.0, n % 5, 0.5 + 0.5 * dice.draw(), 1.0, 0.4)
        step, pane, lit = 0.03 + 0.04 * dice.draw(), (n + 2) % 6, 0.3 + 0.7 * dice.draw()
        rows, columns = np.nonzero(dice.array(int(0.9 / step), int(2 * across / step)) < lit)
        at_x: Doubles = x - across + (columns + 0.5) * step
        at_y: Doubles = top + (rows + 0.6) * step
        board.shape(Form.BOX, at_x, at_y, 0.3 * step, 0.32 * step, 0.0, pane, 1.0, 0.9, 0.0)


def _strew(board: Board) -> None:
    """Shapes of any kind, anywhere."""
    dice = board.dice
    for _ in range(int(11 * dice.draw() ** 1.5)):
        lot, long = dice.draw(), dice.draw() < 0.3
        form = Form.BOX if long or lot < 0.3 else Form.OVAL if lot < 0.6 else Form.RING if lot < 0.8 else Form.FRAME
        across = 0.3 + 0.5 * dice.draw() if long else 0.02 + 0.16 * dice.draw()
        down = 0.004 + 0.02 * dice.draw() if long else across * (0.3 + dice.draw())
        angle = math.pi * dice.draw() * (dice.draw() < 0.7)
        x, y, strength = 1.1 * dice.draw() - 0.05, 1.1 * dice.draw() - 0.05, 0.5 + 0.5 * dice.draw()
        board.shape(form, x, y, across, down, angle, board.colour(), 1.0, strength, 0.6)


_KINDS = (None, _wall, _leaves, _shelves, _lights, _room, _crowd, _city)  # clouds first, and for the rest of the dice


def paint_background(picture: Floats, own: Doubles, seed: int) -> None:
    """Fill a picture (h, h, 3), display values 0 to 1; `own` (k, 3) are the person's: skin, hair, cloth and so on."""
    picture[:] = 0  # shapes are mixed into what is there
    dice = Dice(seed)
    board = Board(picture, mixed(own, dice), dice, seed)
    kind = int(9.5 * dice.draw())
    paint = _KINDS[kind] if kind < len(_KINDS) else None
    if paint:
        paint(board)
    else:
        clouds(board, 1.0, 1.0)
    _strew(board)
    board.finish()
    radius = int(0.022 * len(picture) * dice.draw() ** 1.5 + 0.5)
    if radius > 0:
        blur(picture, radius)
