"""What backgrounds are painted with: a palette, shapes, clouds and a lens out of focus."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum

import cv2
import numpy as np

from saccade.jit import fast_kernel

from .kernels import Dice, Doubles, Floats, Longs, mix, noise, noise_at, ramp

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
    """What is painted on and with; shapes are collected, and laid all at once by `finish`."""

    picture: Floats  # (h, h, 3), display values
    palette: Doubles  # (FREE + k, 3)
    dice: Dice
    seed: int  # of the noise
    _shapes: list[Doubles] = field(default_factory=list)

    def colour(self) -> int:
        """A drawn colour."""
        return int((FREE - 0.01) * self.dice.draw())

    def shape(
        self,
        form: int | Longs,
        x: float | Doubles,
        y: float | Doubles,
        across: float | Doubles,
        down: float | Doubles,
        angle: float | Doubles,
        colour: float | Doubles,
        light: float | Doubles,
        strength: float | Doubles,
        rough: float,
    ) -> None:
        """Lay a shape on the picture, or one after the other as many as `x` has places.

        Places and half-sides are in shares of the picture's side. `colour` is a row of the palette (whole numbers),
        multiplied with `light`; `strength` is how opaque it is, `rough` how much texture and shading it has, both 0 to 1.
        """
        shapes = np.empty((np.size(x), 10))
        for column, values in enumerate((form, x, y, across, down, angle, colour, light, strength, rough)):
            shapes[:, column] = values
        self._shapes.append(shapes)

    def finish(self) -> None:
        """Lay what was collected."""
        if self._shapes:
            _lay(self.picture, self.palette, np.concatenate(self._shapes), self.seed)
            self._shapes.clear()


@fast_kernel
def _lay(picture: Floats, palette: Doubles, shapes: Doubles, seed: int) -> None:
    """Lay shapes (k, 10), columns as in `Board.shape`, with soft edges."""
    size = len(picture)
    grain = 12.0 / size
    for n in range(len(shapes)):
        x, y, colour = shapes[n, 1], shapes[n, 2], int(shapes[n, 6])
        red, green, blue = palette[colour, 0], palette[colour, 1], palette[colour, 2]
        own_seed = seed + int(977 * x + 379 * y)
        x, y, across, down = x * size, y * size, shapes[n, 3] * size, shapes[n, 4] * size
        is_box = shapes[n, 0] == 0 or shapes[n, 0] == 3
        is_line = shapes[n, 0] >= 2
        c, s = math.cos(shapes[n, 5]), math.sin(shapes[n, 5])
        light, strength, rough = shapes[n, 7], shapes[n, 8], shapes[n, 9]
        reach_x, reach_y = abs(c) * across + abs(s) * down + 1, abs(s) * across + abs(c) * down + 1
        line = 0.012 * size + 0.15 * min(across, down)
        for i in range(max(0, int(y - reach_y)), min(size, int(y + reach_y) + 2)):
            for j in range(max(0, int(x - reach_x)), min(size, int(x + reach_x) + 2)):
                u, v = (j + 0.5 - x) * c + (i + 0.5 - y) * s, (i + 0.5 - y) * c - (j + 0.5 - x) * s
                if is_box:
                    out = max(abs(u) - across, abs(v) - down)
                else:
                    out = (math.sqrt((u / across) ** 2 + (v / down) ** 2) - 1) * min(across, down)
                if is_line:
                    out = abs(out + line) - line
                if out >= 0.5:
                    continue
                on, shade = strength * min(1.0, 0.5 - out), light
                if rough > 0:
                    grainy = 0.5 * (noise_at(u * grain, v * grain, own_seed) - 0.5)
                    shade *= 1 + rough * (grainy - 0.3 * v / down - 0.15 * u / across)
                picture[i, j, 0] += (red * shade - picture[i, j, 0]) * on
                picture[i, j, 1] += (green * shade - picture[i, j, 1]) * on
                picture[i, j, 2] += (blue * shade - picture[i, j, 2]) * on


def mixed(own: Doubles, dice: Dice) -> Doubles:
    """A palette: all alike or wild, some near the person's `own` colours (k, 3), which come last."""
    wild, grey, level = dice.draw() ** 1.5, dice.draw(), 0.12 + 0.75 * dice.draw()
    base = [dice.draw(), dice.draw(), dice.draw()]
    palette = []
    for _ in range(FREE):
        light = level + (dice.draw() - 0.5) * (0.35 + 0.6 * wild)
        near, which = dice.draw() < _BY_PERSON, int(dice.draw() * len(own))
        for k in range(3):
            hue = mix(mix(base[k], dice.draw(), wild), 0.5, 0.8 * grey)
            free = light * (0.6 + 0.8 * hue)
            value = own[which, k] * (0.75 + 0.4 * light) + 0.08 * (dice.draw() - 0.5) if near else free
            palette.append(min(1.0, max(0.02, value)))
    return np.concatenate([np.array(palette).reshape(FREE, 3), own])


def clouds(board: Board, share: float, light: float) -> None:
    """Fractal noise or its contours, over a slope of colours; `share` of it over a plain ground."""
    palette, dice, seed, size = board.palette, board.dice, board.seed, len(board.picture)
    fine, rough, hard = 1.5 + 7 * dice.draw(), 0.3 + 0.45 * dice.draw(), dice.draw()
    long, tilt = math.exp(1.6 * (dice.draw() - 0.5)), 2 * math.pi * dice.draw()
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
    for k in range(3):
        ground = mix(palette[0, k], palette[2, k], slope)
        board.picture[..., k] = light * mix(palette[0, k], mix(ground, palette[1, k], value), share)


def blur(picture: Floats, radius: int) -> None:
    """Run a box of 2 · radius + 1 pixels over columns and rows, twice: about a bell."""
    for _ in range(2):
        side = 2 * radius + 1
        cv2.blur(picture, (side, side), dst=picture, borderType=cv2.BORDER_REPLICATE)
