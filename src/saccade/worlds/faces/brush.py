"""What backgrounds are painted with: a palette, shapes, clouds and a lens out of focus."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

import cv2
import numpy as np

from saccade.jit import fast_kernel

from .kernels import Doubles, Floats, Longs, mix, noise, noise_at, ramp

FREE = 6  # colours of the palette that are drawn; the person's own follow
SKIN, HAIR, CLOTH = range(FREE, FREE + 3)
_BY_PERSON = 0.35  # share of the drawn ones that are near one of the person's


class Form(IntEnum):
    """Of shapes."""

    BOX = 0
    OVAL = 1
    RING = 2
    FRAME = 3


@dataclass
class Board:
    """What a picture is painted on and with; shapes are collected, for `lay`."""

    picture: Floats  # (h, h, 3), display values
    palette: Doubles  # (FREE + k, 3)
    lots: Iterator[float]  # see `dice`
    seed: int  # of the noise
    laid: list[float] = field(default_factory=list)  # shapes, 10 numbers each

    def colour(self) -> int:
        """A drawn colour."""
        return int((FREE - 0.01) * next(self.lots))

    def shape(
        self,
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
        """Lay a shape on the picture; its place and half-sides are in shares of the picture's side.

        `colour` is a row of the palette, multiplied with `light`; `strength` is how opaque it is, `rough` how much
        texture and shading it has, both 0 to 1.
        """
        self.laid += (form, x, y, across, down, angle, colour, light, strength, rough)

    def shapes(self, form: int | Longs, x: Doubles, *others: float | Doubles) -> None:
        """Lay shapes one after the other: what `shape` takes, `x` an array (k,), all others arrays (k,) or numbers."""
        block = np.empty((len(x), 10))
        for column, values in enumerate((form, x, *others)):
            block[:, column] = values
        self.laid += block.ravel().tolist()


def lay(pictures: Floats, boards: list[Board]) -> None:
    """Lay what is collected on the boards of pictures (n, h, h, 3)."""
    size = pictures.shape[1]
    which = np.repeat(np.arange(len(boards)), [len(board.laid) // 10 for board in boards])
    shapes = np.array([number for board in boards for number in board.laid]).reshape(-1, 10)
    form, x, y, across, down, angle, colour, light, strength, rough = shapes.T
    seeds = np.array([board.seed for board in boards])[which] + (977 * x + 379 * y).astype(np.int64)
    x, y, across, down, c, s = x * size, y * size, across * size, down * size, np.cos(angle), np.sin(angle)
    reach_x, reach_y = abs(c) * across + abs(s) * down + 1, abs(s) * across + abs(c) * down + 1
    ends = np.stack([y - reach_y, y + reach_y + 2, x - reach_x, x + reach_x + 2], 1)
    spans = np.column_stack([which, ends.clip(0, size).astype(np.int64)])
    line = np.where(form >= Form.RING, 0.012 * size + 0.15 * np.minimum(across, down), 0.0)
    is_round = (form == Form.OVAL) | (form == Form.RING)
    colours = np.stack([board.palette for board in boards])[which, colour.astype(np.int64)]
    columns = [x, y, across, down, c, s, is_round, line, light, strength, rough, colours]
    _lay(pictures, spans, np.column_stack(columns), seeds)


@fast_kernel
def _lay(pictures: Floats, spans: Longs, shapes: Doubles, seeds: Longs) -> None:
    """Lay shapes (k, 14), with soft edges, each on a picture and within rows and columns, spans (k, 5).

    One name at a time, and by plain indices: pairs and slices are dear to compile.
    """
    grain = 12.0 / pictures.shape[1]
    for n in range(len(shapes)):
        which = spans[n, 0]
        x = shapes[n, 0]
        y = shapes[n, 1]
        across = shapes[n, 2]
        down = shapes[n, 3]
        c = shapes[n, 4]
        s = shapes[n, 5]
        line = shapes[n, 7]
        rough = shapes[n, 10]
        for i in range(spans[n, 1], spans[n, 2]):
            for j in range(spans[n, 3], spans[n, 4]):
                u = (j + 0.5 - x) * c + (i + 0.5 - y) * s
                v = (i + 0.5 - y) * c - (j + 0.5 - x) * s
                if shapes[n, 6] > 0:
                    out = (math.sqrt((u / across) ** 2 + (v / down) ** 2) - 1) * min(across, down)
                else:
                    out = max(abs(u) - across, abs(v) - down)
                if line > 0:
                    out = abs(out + line) - line
                if out < 0.5:
                    on = shapes[n, 9] * min(1.0, 0.5 - out)
                    shade = shapes[n, 8]
                    if rough > 0:
                        grainy = 0.5 * (noise_at(u * grain, v * grain, seeds[n]) - 0.5)
                        shade *= 1 + rough * (grainy - 0.3 * v / down - 0.15 * u / across)
                    for k in range(3):
                        before = pictures[which, i, j, k]
                        pictures[which, i, j, k] = before + (shapes[n, 11 + k] * shade - before) * on


def mixed(own: Doubles, lots: Iterator[float]) -> Doubles:
    """A palette: all alike or wild, some near the person's `own` colours (k, 3), which come last."""
    wild, grey, level = next(lots) ** 1.5, next(lots), 0.12 + 0.75 * next(lots)
    base, near_to = [next(lots), next(lots), next(lots)], own.tolist()
    palette = []
    for _ in range(FREE):
        light = level + (next(lots) - 0.5) * (0.35 + 0.6 * wild)
        near, which = next(lots) < _BY_PERSON, int(next(lots) * len(own))
        colour = []
        for k in range(3):
            hue = mix(mix(base[k], next(lots), wild), 0.5, 0.8 * grey)
            free = light * (0.6 + 0.8 * hue)
            value = near_to[which][k] * (0.75 + 0.4 * light) + 0.08 * (next(lots) - 0.5) if near else free
            colour.append(min(1.0, max(0.02, value)))
        palette.append(colour)
    return np.array(palette + near_to)


def clouds(board: Board, share: float, light: float) -> None:
    """Fractal noise or its contours, over a slope of colours; `share` of it over a plain ground."""
    palette, lots, seed, size = board.palette, board.lots, board.seed, len(board.picture)
    fine, rough, hard = 1.5 + 7 * next(lots), 0.3 + 0.45 * next(lots), next(lots)
    long, tilt = math.exp(1.6 * (next(lots) - 0.5)), 2 * math.pi * next(lots)
    c, s = math.cos(tilt), math.sin(tilt)
    x = np.arange(size) / size - 0.5
    y = x[:, None]
    slope = 0.5 + 0.6 * (c * x + s * y)
    u, v = fine * long * (c * x + s * y), fine / long * (c * y - s * x)
    value = noise(u, v, seed)
    for octave, finer in ((1, 2), (2, 4), (3, 9)):
        value += rough**octave * noise(finer * u, finer * v, seed + octave)
    value /= 1 + rough + rough**2 + rough**3
    if hard > 0.6:
        value = ramp(0.45, 0.55, value)
    ground = slope * (1 - value)
    for k in range(3):
        plain, over, under = light * palette[:3, k]
        board.picture[..., k] = plain + share * (over - plain) * value + share * (under - plain) * ground


def blur(picture: Floats, radius: int) -> None:
    """Run a box of 2 · radius + 1 pixels over columns and rows, twice: about a bell."""
    for _ in range(2):
        side = 2 * radius + 1
        cv2.blur(picture, (side, side), dst=picture, borderType=cv2.BORDER_REPLICATE)
