"""What backgrounds are painted with: a palette, shapes, clouds and a lens out of focus."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from saccade.jit import fast_kernel

from .kernels import Doubles, Floats, Longs, draw, mix, noise, ramp

FREE = 6  # colours of the palette that are drawn; the person's own follow
SKIN, HAIR, CLOTH = range(FREE, FREE + 3)
_BY_PERSON = 0.35  # share of the drawn ones that are near one of the person's


class Form(IntEnum):
    """Of shapes."""

    BOX = 0
    OVAL = 1
    RING = 2
    FRAME = 3


class Board(NamedTuple):
    """What is painted on and with."""

    picture: Floats  # (h, h, 3), display values
    palette: Doubles  # (FREE + k, 3)
    dice: Longs  # (2,), see `draw`
    seed: int  # of the noise


@fast_kernel
def shape(
    board: Board,
    form: Form,
    x: float,
    y: float,
    across: float,
    down: float,
    angle: float,
    colour: int,
    light: float,
    strength: float,
    rough: float,
) -> None:
    """Lay a shape on the picture, with soft edges; its place and half-sides are in shares of the picture's side.

    `colour` is a row of the palette, multiplied with `light`; `strength` is how opaque it is, `rough` how much texture
    and shading it has, both 0 to 1.
    """
    picture = board.picture
    size = len(picture)
    red, green, blue = board.palette[colour]
    seed = board.seed + int(977 * x + 379 * y)
    x, y, across, down = x * size, y * size, across * size, down * size
    c, s = math.cos(angle), math.sin(angle)
    reach_x, reach_y = abs(c) * across + abs(s) * down + 1, abs(s) * across + abs(c) * down + 1
    line = 0.012 * size + 0.15 * min(across, down)
    grain = 12.0 / size
    for i in range(max(0, int(y - reach_y)), min(size, int(y + reach_y) + 2)):
        for j in range(max(0, int(x - reach_x)), min(size, int(x + reach_x) + 2)):
            u, v = (j + 0.5 - x) * c + (i + 0.5 - y) * s, (i + 0.5 - y) * c - (j + 0.5 - x) * s
            if form in (Form.BOX, Form.FRAME):
                out = max(abs(u) - across, abs(v) - down)
            else:
                out = (math.sqrt((u / across) ** 2 + (v / down) ** 2) - 1) * min(across, down)
            if form in (Form.RING, Form.FRAME):
                out = abs(out + line) - line
            if out >= 0.5:
                continue
            on, shade = strength * min(1.0, 0.5 - out), light
            if rough > 0:
                grainy = 0.5 * (noise(u * grain, v * grain, seed) - 0.5)
                shade *= 1 + rough * (grainy - 0.3 * v / down - 0.15 * u / across)
            picture[i, j, 0] = mix(picture[i, j, 0], red * shade, on)
            picture[i, j, 1] = mix(picture[i, j, 1], green * shade, on)
            picture[i, j, 2] = mix(picture[i, j, 2], blue * shade, on)


@fast_kernel
def any_colour(board: Board) -> int:
    """A drawn colour."""
    return int((FREE - 0.01) * draw(board.dice))


@fast_kernel
def mixed(own: Doubles, dice: Longs) -> Doubles:
    """A palette: all alike or wild, some near the person's `own` colours (k, 3), which come last."""
    palette = np.empty((FREE + len(own), 3))
    wild, grey, level = draw(dice) ** 1.5, draw(dice), 0.12 + 0.75 * draw(dice)
    base = np.array([draw(dice), draw(dice), draw(dice)])
    for p in range(FREE):
        light = level + (draw(dice) - 0.5) * (0.35 + 0.6 * wild)
        near, which = draw(dice) < _BY_PERSON, int(draw(dice) * len(own))
        for k in range(3):
            hue = mix(mix(base[k], draw(dice), wild), 0.5, 0.8 * grey)
            free = light * (0.6 + 0.8 * hue)
            palette[p, k] = own[which, k] * (0.75 + 0.4 * light) + 0.08 * (draw(dice) - 0.5) if near else free
            palette[p, k] = min(1.0, max(0.02, palette[p, k]))
    for p in range(len(own)):  # a slice takes seconds to compile
        for k in range(3):
            palette[FREE + p, k] = own[p, k]
    return palette


@fast_kernel
def clouds(board: Board, share: float, light: float) -> None:
    """Fractal noise or its contours, over a slope of colours; `share` of it over a plain ground."""
    picture, palette, dice, seed = board
    size = len(picture)
    fine, rough, hard = 1.5 + 7 * draw(dice), 0.3 + 0.45 * draw(dice), draw(dice)
    long, tilt = math.exp(1.6 * (draw(dice) - 0.5)), 2 * math.pi * draw(dice)
    c, s = math.cos(tilt), math.sin(tilt)
    for i in range(size):
        for j in range(size):
            x, y = j / size - 0.5, i / size - 0.5
            slope = 0.5 + 0.6 * (c * x + s * y)
            u, v = fine * long * (c * x + s * y), fine / long * (c * y - s * x)
            value = noise(u, v, seed) + rough * noise(2 * u, 2 * v, seed + 1) + rough**2 * noise(4 * u, 4 * v, seed + 2)
            value += rough**3 * noise(9 * u, 9 * v, seed + 3)
            value /= 1 + rough + rough**2 + rough**3
            if hard > 0.6:
                value = ramp(0.45, 0.55, value)
            for k in range(3):
                ground = mix(palette[0, k], palette[2, k], slope)
                picture[i, j, k] = light * mix(palette[0, k], mix(ground, palette[1, k], value), share)


@fast_kernel
def blur(picture: Floats, radius: int) -> None:
    """Run a box of 2 · radius + 1 pixels over columns and rows, twice: about a bell."""
    turned = np.empty_like(picture)
    for _ in range(2):
        _blur_down(picture, radius)
        _turn(picture, turned)
        _blur_down(turned, radius)
        _turn(turned, picture)


@fast_kernel
def _turn(picture: Floats, turned: Floats) -> None:
    """Write rows as columns."""
    for i in range(len(picture)):
        for j in range(len(picture)):
            for k in range(3):
                turned[j, i, k] = picture[i, j, k]


@fast_kernel
def _blur_down(picture: Floats, radius: int) -> None:
    """Run a box over the columns, all at once."""
    size, share = len(picture), np.float32(1 / (2 * radius + 1))
    after = picture.reshape(size, 3 * size)
    before = after.copy()
    total = before[0] * np.float32(radius)
    for m in range(radius):
        total += before[min(m, size - 1)]
    for m in range(size):
        comes, goes = before[min(m + radius, size - 1)], before[max(m - radius, 0)]
        for k in range(3 * size):
            total[k] += comes[k]
            after[m, k] = total[k] * share
            total[k] -= goes[k]
