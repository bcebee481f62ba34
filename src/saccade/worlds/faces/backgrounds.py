"""Cluttered backgrounds: walls, leaves, shelves, lights, rooms, crowds, strewn with shapes, more or less out of focus."""

from __future__ import annotations

import math

import numpy as np

from .brush import CLOTH, FREE, HAIR, SKIN, Board, Form, blur, clouds, lay, mixed
from .kernels import Doubles, Floats, Longs, dice, thrown


def _wall(board: Board) -> None:
    """Bricks, tiles or planks."""
    lots = board.lots
    board.shape(Form.BOX, 0.5, 0.5, 1.0, 1.0, 0.0, board.colour(), 1.0, 1.0, 0.3)
    high = 0.025 + 0.06 * next(lots)
    wide = high * (0.9 + 5 * next(lots) ** 2)
    shifted, gap, tilt, uneven = next(lots) < 0.7, 0.002 + 0.006 * next(lots), 0.25 * (next(lots) - 0.5), next(lots)
    upright = next(lots) < 0.3
    c, s = math.cos(tilt), math.sin(tilt)
    across, down = (high, wide) if upright else (wide, high)
    rows = np.arange(-int(0.75 / high), int(0.75 / high) + 1)[:, None]
    columns = np.arange(-int(0.75 / wide) - 1, int(0.75 / wide) + 2)
    v, u = np.broadcast_arrays(rows * high, (columns + np.where(shifted & (rows % 2 == 1), 0.5, 0.0)) * wide)
    if upright:
        u, v = v, u
    x, y = 0.5 + u * c - v * s, 0.5 + u * s + v * c
    drawn = thrown(lots, x.size, 2)
    colours, lights = np.floor(drawn[:, 0] * (1 + 3.9 * uneven)), 0.85 + 0.3 * drawn[:, 1]
    sides = across / 2 - gap, down / 2 - gap
    board.shapes(Form.BOX, x.ravel(), y.ravel(), *sides, tilt, colours, lights, 1.0, 0.5)


def _leaves(board: Board) -> None:
    """Leaves, pebbles or litter, dark below and bright on top."""
    lots = board.lots
    board.shape(Form.BOX, 0.5, 0.5, 1.0, 1.0, 0.0, board.colour(), 0.3, 1.0, 0.0)
    big, slim, many = 0.02 + 0.06 * next(lots), 0.25 + 0.75 * next(lots), 0.6 + next(lots)
    count = min(500, int(many / (big * big * slim)))
    way, spread = math.pi * next(lots), math.pi * next(lots)
    drawn = thrown(lots, count, 5)
    r, angles = big * (0.6 + 0.8 * drawn[:, 0]), way + spread * (drawn[:, 1] - 0.5)
    colours, lights = np.floor((FREE - 0.01) * drawn[:, 2] ** 2), 0.35 + 0.75 * np.arange(count) / count
    board.shapes(Form.OVAL, drawn[:, 3], drawn[:, 4], r, r * slim, angles, colours, lights, 1.0, 0.7)


def _shelves(board: Board) -> None:
    """Boards with books, boxes and bottles on them."""
    lots, wood, band_colour = board.lots, board.colour(), board.colour()
    board.shape(Form.BOX, 0.5, 0.5, 1.0, 1.0, 0.0, wood, 0.4, 1.0, 0.3)
    high = 0.14 + 0.2 * next(lots)
    y = high * next(lots)
    while y < 1 + high:
        x = -0.02
        while x < 1:
            wide, tall = 0.012 + 0.045 * next(lots) ** 1.5, high * (0.45 + 0.45 * next(lots))
            colour, light = board.colour(), 0.6 + 0.5 * next(lots)
            lean = 0.25 * (next(lots) - 0.5) if next(lots) < 0.15 else 0.0
            if next(lots) < 0.88:
                form = Form.BOX if next(lots) < 0.9 else Form.OVAL
                board.shape(form, x + wide, y - tall / 2, wide * 0.95, tall / 2, lean, colour, light, 1.0, 0.5)
                band = y - tall * (0.2 + 0.6 * next(lots))
                board.shape(Form.BOX, x + wide, band, wide * 0.9, 0.008, lean, band_colour, 0.8, 0.7, 0.0)
            x += 2 * wide
        board.shape(Form.BOX, 0.5, y + 0.012, 0.6, 0.014, 0.0, wood, 1.0, 1.0, 0.6)
        y += high


def _lights(board: Board) -> None:
    """Lamps far out of focus, over something dark."""
    lots = board.lots
    clouds(board, 1.0, 0.25 + 0.5 * next(lots))
    big, bright = 0.02 + 0.07 * next(lots), 1 + 0.6 * next(lots)
    drawn = thrown(lots, 10 + int(50 * next(lots)), 6)
    r, forms = big * (0.5 + drawn[:, 0]), np.where(drawn[:, 1] < 0.15, Form.RING, Form.OVAL)
    strengths, colours = 0.25 + 0.6 * drawn[:, 2], np.floor((FREE - 0.01) * drawn[:, 5])
    board.shapes(forms, drawn[:, 3], drawn[:, 4], r, r, 0.0, colours, bright, strengths, 0.2)


def _room(board: Board) -> None:
    """A wall, perhaps papered, a corner, frames, a window, furniture."""
    lots = board.lots
    clouds(board, 0.2, 1.0)
    if next(lots) < 0.4:
        step, paper = 0.03 + 0.08 * next(lots), board.colour()
        for n in range(int(1 / step) + 1):
            board.shape(Form.BOX, n * step, 0.5, step * 0.25, 0.5, 0.0, paper, 1.0, 0.7, 0.3)
    if next(lots) < 0.5:
        board.shape(Form.BOX, next(lots), 0.5, 0.35, 0.6, 0.0, board.colour(), 0.8, 0.8, 0.4)
    for n in range(1 + int(4 * next(lots))):
        x, y = next(lots), 0.6 * next(lots)
        across, down = 0.06 + 0.13 * next(lots), 0.06 + 0.16 * next(lots)
        board.shape(Form.BOX, x, y, across, down, 0.0, board.colour(), 1.0, 1.0, 1.0)
        if next(lots) < 0.5:
            board.shape(Form.BOX, x, y + 0.4 * down, across * 0.9, down * 0.5, 0.0, board.colour(), 1.0, 1.0, 0.6)
        board.shape(Form.FRAME, x, y, across, down, 0.0, 5 - n % 3, 0.7, 1.0, 0.3)
    for _ in range(int(4 * next(lots))):
        down, form = 0.1 + 0.25 * next(lots), Form.BOX if next(lots) < 0.6 else Form.OVAL
        across = 0.06 + 0.2 * next(lots)
        board.shape(form, next(lots), 1 - 0.5 * down, across, down, 0.0, board.colour(), 1.0, 1.0, 0.8)


def _crowd(board: Board) -> None:
    """Other people, farther off: shoulders, heads and hair as mere ovals."""
    lots = board.lots
    clouds(board, 1.0, 1.0)
    count = 3 + int(9 * next(lots))
    for n in range(count):
        r = 0.05 + 0.07 * n / count + 0.03 * next(lots)
        x, y = next(lots), 0.25 + 0.45 * n / count + 0.2 * (next(lots) - 0.5)
        skin, light = (SKIN if next(lots) < 0.6 else board.colour()), 0.55 + 0.5 * next(lots)
        hair = HAIR if next(lots) < 0.4 else board.colour()
        cloth = CLOTH if next(lots) < 0.3 else board.colour()
        board.shape(Form.BOX, x, y + 4 * r, 2.1 * r, 2.4 * r, 0.0, cloth, 0.9 * light, 1.0, 0.5)
        board.shape(Form.OVAL, x, y + 2.0 * r, 2.1 * r, 0.9 * r, 0.0, cloth, light, 1.0, 0.5)
        board.shape(Form.BOX, x, y + 0.9 * r, 0.45 * r, 0.6 * r, 0.0, skin, 0.8 * light, 1.0, 0.2)
        board.shape(Form.OVAL, x, y - 0.1 * r, r, 1.25 * r, 0.0, hair, 0.6, 1.0, 0.7)
        turn = 0.2 * r * (next(lots) - 0.5)
        board.shape(Form.OVAL, x + turn, y + 0.2 * r, 0.78 * r, r, 0.0, skin, light, 1.0, 0.5)


def _city(board: Board) -> None:
    """Blocks with rows of windows under a sky."""
    lots = board.lots
    clouds(board, 1.0, 1.0)
    for n in range(3 + int(5 * next(lots))):
        x, across, top = next(lots), 0.08 + 0.14 * next(lots), 0.05 + 0.6 * next(lots)
        board.shape(Form.BOX, x, top + 0.5, across, 0.5, 0.0, n % 5, 0.5 + 0.5 * next(lots), 1.0, 0.4)
        step, pane, lit = 0.03 + 0.04 * next(lots), (n + 2) % 6, 0.3 + 0.7 * next(lots)
        rows, columns = np.nonzero(thrown(lots, int(0.9 / step), int(2 * across / step)) < lit)
        at_x: Doubles = np.float64(x - across) + (columns + 0.5) * step
        at_y: Doubles = np.float64(top) + (rows + 0.6) * step
        board.shapes(Form.BOX, at_x, at_y, 0.3 * step, 0.32 * step, 0.0, pane, 1.0, 0.9, 0.0)


def _strew(board: Board) -> None:
    """Shapes of any kind, anywhere."""
    lots = board.lots
    for _ in range(int(11 * next(lots) ** 1.5)):
        kind, long = next(lots), next(lots) < 0.3
        form = Form.BOX if long or kind < 0.3 else Form.OVAL if kind < 0.6 else Form.RING if kind < 0.8 else Form.FRAME
        across = 0.3 + 0.5 * next(lots) if long else 0.02 + 0.16 * next(lots)
        down = 0.004 + 0.02 * next(lots) if long else across * (0.3 + next(lots))
        angle = math.pi * next(lots) * (next(lots) < 0.7)
        x, y, strength = 1.1 * next(lots) - 0.05, 1.1 * next(lots) - 0.05, 0.5 + 0.5 * next(lots)
        board.shape(form, x, y, across, down, angle, board.colour(), 1.0, strength, 0.6)


_KINDS = (None, _wall, _leaves, _shelves, _lights, _room, _crowd, _city)  # none, and more: mere clouds


def _paint(picture: Floats, own: Doubles, seed: int) -> Board:
    """A background, of which the shapes are still to be laid."""
    lots = dice(seed)
    board = Board(picture, mixed(own, lots), lots, seed)
    kind = int(9.5 * next(lots))
    paint = _KINDS[kind] if kind < len(_KINDS) else None
    if paint:
        paint(board)
    else:
        clouds(board, 1.0, 1.0)
    _strew(board)
    return board


def paint_backgrounds(pictures: Floats, own: Doubles, seeds: Longs) -> None:
    """Fill pictures (n, h, h, 3), display values 0 to 1, by seeds (n,).

    `own` (n, k, 3) are the colours of the person before each: skin, hair, cloth and so on.
    """
    pictures[:] = 0  # shapes are mixed into what is there
    boards = [_paint(*one) for one in zip(pictures, own, seeds.tolist(), strict=True)]
    lay(pictures, boards)
    for board in boards:
        radius = int(0.022 * len(board.picture) * next(board.lots) ** 1.5 + 0.5)
        if radius > 0:
            blur(board.picture, radius)
