"""Cluttered backgrounds: walls, leaves, shelves, lights, rooms, crowds, strewn with shapes, more or less out of focus."""

from __future__ import annotations

import math

import numpy as np

from .kernels import Doubles, Floats, Longs, compiled, draw, mix, noise, ramp

BOX, OVAL, RING, FRAME = range(4)
"""Forms of shapes."""

_BY_PERSON = 0.35  # share of the colours that are near one of the person's own


@compiled
def shape(
    picture: Floats,
    form: int,
    x: float,
    y: float,
    across: float,
    down: float,
    angle: float,
    colour: Doubles,
    strength: float,
    rough: float,
    seed: int,
) -> None:
    """Lay a shape on a picture (h, w, 3), with soft edges; place and half-sides are in shares of the picture's side.

    `strength` is how opaque it is, `rough` how much texture and shading it has, both 0 to 1.
    """
    size = len(picture)
    x, y, across, down = x * size, y * size, across * size, down * size
    c, s = math.cos(angle), math.sin(angle)
    reach_x, reach_y = abs(c) * across + abs(s) * down + 1, abs(s) * across + abs(c) * down + 1
    line = 0.012 * size + 0.15 * min(across, down)
    grain = 12.0 / size
    for i in range(max(0, int(y - reach_y)), min(size, int(y + reach_y) + 2)):
        for j in range(max(0, int(x - reach_x)), min(size, int(x + reach_x) + 2)):
            u, v = (j + 0.5 - x) * c + (i + 0.5 - y) * s, (i + 0.5 - y) * c - (j + 0.5 - x) * s
            if form in (BOX, FRAME):
                out = max(abs(u) - across, abs(v) - down)
            else:
                out = (math.sqrt((u / across) ** 2 + (v / down) ** 2) - 1) * min(across, down)
            if form in (RING, FRAME):
                out = abs(out + line) - line
            if out >= 0.5:
                continue
            on = strength * min(1.0, 0.5 - out)
            light = 1.0
            if rough > 0:
                light += rough * (0.5 * (noise(u * grain, v * grain, seed) - 0.5) - 0.3 * v / down - 0.15 * u / across)
            for k in range(3):
                picture[i, j, k] = mix(picture[i, j, k], colour[k] * light, on)


@compiled
def _colours(dice: Longs, own: Doubles) -> Doubles:
    """A palette (6, 3): all alike or wild, some near the person's `own` colours (k, 3)."""
    palette = np.empty((6, 3))
    wild, grey, level = draw(dice) ** 1.5, draw(dice), 0.15 + 0.75 * draw(dice)
    base = np.array([draw(dice), draw(dice), draw(dice)])
    for p in range(6):
        light = level + (draw(dice) - 0.5) * (0.35 + 0.6 * wild)
        near, which = draw(dice) < _BY_PERSON, int(draw(dice) * len(own))
        for k in range(3):
            hue = mix(mix(base[k], draw(dice), wild), 0.5, 0.8 * grey)
            free = light * (0.5 + hue)
            palette[p, k] = own[which, k] * (0.75 + 0.4 * light) + 0.08 * (draw(dice) - 0.5) if near else free
            palette[p, k] = min(1.0, max(0.02, palette[p, k]))
    return palette


@compiled
def _clouds(picture: Floats, dice: Longs, palette: Doubles, seed: int) -> None:
    """Fractal noise or its contours between two colours, over a gradient to a third."""
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
                picture[i, j, k] = mix(ground, palette[1, k], value)


@compiled
def _wall(picture: Floats, dice: Longs, palette: Doubles, seed: int) -> None:
    """Bricks, tiles or planks."""
    picture[:] = palette[5]
    high = 0.025 + 0.06 * draw(dice)
    wide = high * (0.9 + 5 * draw(dice) ** 2)
    shifted, gap, tilt, uneven = draw(dice) < 0.7, 0.002 + 0.006 * draw(dice), 0.25 * (draw(dice) - 0.5), draw(dice)
    upright = draw(dice) < 0.3
    c, s = math.cos(tilt), math.sin(tilt)
    for row in range(-int(0.75 / high), int(0.75 / high) + 1):
        for column in range(-int(0.75 / wide) - 1, int(0.75 / wide) + 2):
            v, u = row * high, (column + (0.5 if shifted and row % 2 else 0.0)) * wide
            if upright:
                u, v = v, u
            x, y = 0.5 + u * c - v * s, 0.5 + u * s + v * c
            colour = palette[int(draw(dice) * (1 + 3.9 * uneven))] * (0.85 + 0.3 * draw(dice))
            across, down = (high, wide) if upright else (wide, high)
            shape(picture, BOX, x, y, across / 2 - gap, down / 2 - gap, tilt, colour, 1.0, 0.5, seed + 7 * row + column)


@compiled
def _leaves(picture: Floats, dice: Longs, palette: Doubles, seed: int) -> None:
    """Leaves, pebbles or litter, dark below and bright on top."""
    picture[:] = palette[0] * 0.3
    big, slim, many = 0.02 + 0.06 * draw(dice), 0.25 + 0.75 * draw(dice), 0.6 + draw(dice)
    count = int(many / (big * big * slim))
    way, spread = math.pi * draw(dice), math.pi * draw(dice)
    for n in range(min(count, 500)):
        light = 0.35 + 0.75 * n / count
        colour = palette[int(5.99 * draw(dice) ** 2)] * light
        r = big * (0.6 + 0.8 * draw(dice))
        angle = way + spread * (draw(dice) - 0.5)
        shape(picture, OVAL, draw(dice), draw(dice), r, r * slim, angle, colour, 1.0, 0.7, seed + n)


@compiled
def _shelves(picture: Floats, dice: Longs, palette: Doubles, seed: int) -> None:
    """Boards with books, boxes and bottles on them."""
    picture[:] = palette[0] * 0.4
    high = 0.14 + 0.2 * draw(dice)
    y = high * draw(dice)
    while y < 1 + high:
        x = -0.02
        while x < 1:
            wide, tall = 0.012 + 0.045 * draw(dice) ** 1.5, high * (0.45 + 0.45 * draw(dice))
            colour = palette[1 + int(4.99 * draw(dice))] * (0.6 + 0.5 * draw(dice))
            lean = 0.25 * (draw(dice) - 0.5) if draw(dice) < 0.15 else 0.0
            if draw(dice) < 0.88:
                form = BOX if draw(dice) < 0.9 else OVAL
                shape(picture, form, x + wide, y - tall / 2, wide * 0.95, tall / 2, lean, colour, 1.0, 0.5, seed)
                band = y - tall * (0.2 + 0.6 * draw(dice))
                shape(picture, BOX, x + wide, band, wide * 0.9, 0.008, lean, palette[5] * 0.8, 0.7, 0.0, seed)
            x += 2 * wide
        shape(picture, BOX, 0.5, y + 0.012, 0.6, 0.014, 0.0, palette[0], 1.0, 0.6, seed)
        y += high


@compiled
def _lights(picture: Floats, dice: Longs, palette: Doubles, seed: int) -> None:
    """Lamps far out of focus, over something dark."""
    _clouds(picture, dice, palette, seed)
    picture[:] = picture * (0.25 + 0.5 * draw(dice))
    big = 0.02 + 0.07 * draw(dice)
    for n in range(10 + int(50 * draw(dice))):
        r = big * (0.5 + draw(dice))
        form = RING if draw(dice) < 0.15 else OVAL
        colour = palette[int(5.99 * draw(dice))] * 0.6 + 0.4
        shape(picture, form, draw(dice), draw(dice), r, r, 0.0, colour, 0.25 + 0.6 * draw(dice), 0.2, seed + n)


@compiled
def _room(picture: Floats, dice: Longs, palette: Doubles, seed: int) -> None:
    """A wall, perhaps papered, a corner, frames, a window, furniture."""
    _clouds(picture, dice, palette, seed)
    picture[:] = picture * 0.2 + palette[0] * 0.8
    if draw(dice) < 0.4:
        step = 0.03 + 0.08 * draw(dice)
        for n in range(int(1 / step) + 1):
            shape(picture, BOX, n * step, 0.5, step * 0.25, 0.5, 0.0, palette[1], 0.7, 0.3, seed)
    if draw(dice) < 0.5:
        shape(picture, BOX, draw(dice), 0.5, 0.35, 0.6, 0.0, palette[1] * 0.8, 0.8, 0.4, seed)
    for n in range(1 + int(4 * draw(dice))):
        x, y = draw(dice), 0.6 * draw(dice)
        across, down = 0.06 + 0.13 * draw(dice), 0.06 + 0.16 * draw(dice)
        shape(picture, BOX, x, y, across, down, 0.0, palette[2 + n % 4], 1.0, 1.0, seed + n)
        if draw(dice) < 0.5:
            shape(picture, BOX, x, y + 0.4 * down, across * 0.9, down * 0.5, 0.0, palette[n % 6], 1.0, 0.6, seed + n)
        shape(picture, FRAME, x, y, across, down, 0.0, palette[5 - n % 3] * 0.7, 1.0, 0.3, seed + n)
    for n in range(int(4 * draw(dice))):
        down, form = 0.1 + 0.25 * draw(dice), BOX if draw(dice) < 0.6 else OVAL
        shape(
            picture,
            form,
            draw(dice),
            1 - 0.5 * down,
            0.06 + 0.2 * draw(dice),
            down,
            0.0,
            palette[n + 1],
            1.0,
            0.8,
            seed,
        )


@compiled
def _crowd(picture: Floats, dice: Longs, palette: Doubles, own: Doubles, seed: int) -> None:
    """Other people, farther off: shoulders, heads and hair as mere ovals."""
    _clouds(picture, dice, palette, seed)
    count = 3 + int(9 * draw(dice))
    for n in range(count):
        r = 0.05 + 0.07 * n / count + 0.03 * draw(dice)
        x, y = draw(dice), 0.25 + 0.45 * n / count + 0.2 * (draw(dice) - 0.5)
        skin = own[0] * (0.6 + 0.5 * draw(dice)) if draw(dice) < 0.6 else palette[int(5.99 * draw(dice))]
        hair = own[1] if draw(dice) < 0.4 else palette[int(5.99 * draw(dice))] * 0.4
        cloth = own[2] if draw(dice) < 0.3 else palette[int(5.99 * draw(dice))]
        shape(picture, BOX, x, y + 4 * r, 2.1 * r, 2.4 * r, 0.0, cloth, 1.0, 0.5, seed + n)
        shape(picture, OVAL, x, y + 2.0 * r, 2.1 * r, 0.9 * r, 0.0, cloth, 1.0, 0.5, seed + n)
        shape(picture, BOX, x, y + 0.9 * r, 0.45 * r, 0.6 * r, 0.0, skin * 0.8, 1.0, 0.2, seed)
        shape(picture, OVAL, x, y - 0.1 * r, r, 1.25 * r, 0.0, hair, 1.0, 0.7, seed + n)
        shape(
            picture, OVAL, x + 0.2 * r * (draw(dice) - 0.5), y + 0.2 * r, 0.78 * r, 1.0 * r, 0.0, skin, 1.0, 0.5, seed
        )


@compiled
def _city(picture: Floats, dice: Longs, palette: Doubles, seed: int) -> None:
    """Blocks with rows of windows under a sky."""
    _clouds(picture, dice, palette, seed)
    for n in range(3 + int(5 * draw(dice))):
        x, across, top = draw(dice), 0.08 + 0.14 * draw(dice), 0.05 + 0.6 * draw(dice)
        wall, pane = palette[n % 5] * (0.5 + 0.5 * draw(dice)), palette[(n + 2) % 6]
        shape(picture, BOX, x, top + 0.5, across, 0.5, 0.0, wall, 1.0, 0.4, seed + n)
        step = 0.03 + 0.03 * draw(dice)
        for row in range(int(0.9 / step)):
            for column in range(int(2 * across / step)):
                if draw(dice) < 0.8:
                    at_x, at_y = x - across + (column + 0.5) * step, top + (row + 0.6) * step
                    shape(picture, BOX, at_x, at_y, 0.3 * step, 0.32 * step, 0.0, pane, 0.9, 0.0, seed)


@compiled
def _strew(picture: Floats, dice: Longs, palette: Doubles, seed: int) -> None:
    """Shapes of any kind, anywhere."""
    for n in range(int(11 * draw(dice) ** 1.5)):
        form, long = int(4 * draw(dice)), draw(dice) < 0.3
        across = 0.3 + 0.5 * draw(dice) if long else 0.02 + 0.16 * draw(dice)
        down = 0.004 + 0.02 * draw(dice) if long else across * (0.3 + draw(dice))
        colour, angle = palette[int(5.99 * draw(dice))], math.pi * draw(dice) * (draw(dice) < 0.7)
        x, y = 1.1 * draw(dice) - 0.05, 1.1 * draw(dice) - 0.05
        shape(picture, BOX if long else form, x, y, across, down, angle, colour, 0.5 + 0.5 * draw(dice), 0.6, seed + n)


@compiled
def blur(picture: Floats, radius: int) -> None:
    """Run a box of 2 · radius + 1 pixels over rows and columns, twice: about a bell."""
    size = len(picture)
    line = np.empty(size)
    for turn in range(4):
        for n in range(size):
            for k in range(3):
                part = picture[n, :, k] if turn % 2 else picture[:, n, k]
                total = part[0] * (radius + 1.0)
                for m in range(radius):
                    total += part[min(m, size - 1)]
                for m in range(size):
                    total += part[min(m + radius, size - 1)]
                    line[m] = total / (2 * radius + 1)
                    total -= part[max(m - radius, 0)]
                part[:] = line


@compiled
def paint_background(picture: Floats, own: Doubles, seed: int) -> None:
    """Fill a picture (h, h, 3), display values 0 to 1; `own` (k, 3) are the person's: skin, hair, cloth and so on."""
    dice = np.array([seed, 0])
    palette = _colours(dice, own)
    kind = int(9.5 * draw(dice))
    if kind == 1:
        _wall(picture, dice, palette, seed)
    elif kind == 2:
        _leaves(picture, dice, palette, seed)
    elif kind == 3:
        _shelves(picture, dice, palette, seed)
    elif kind == 4:
        _lights(picture, dice, palette, seed)
    elif kind == 5:
        _room(picture, dice, palette, seed)
    elif kind == 6:
        _crowd(picture, dice, palette, own, seed)
    elif kind == 7:
        _city(picture, dice, palette, seed)
    else:
        _clouds(picture, dice, palette, seed)
    _strew(picture, dice, palette, seed)
    radius = int(0.022 * len(picture) * draw(dice) ** 1.5 + 0.5)
    if radius > 0:
        blur(picture, radius)
