"""The compiled inside of `pen_view`: the scene around each pen, and along each of its possible strokes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saccade.jit import kernel

from .plan_kernels import stroke

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

PLANES = 9  # inside, own mask, own strokes, other strokes, distance, other pen, red, green, blue; and the forecast, if there is one
PROBES = 6  # length, own strokes, own mask, steepest step, change of colour, way back; and three of the forecast
FORECAST_PLANES, FORECAST_PROBES = PLANES + 1, PROBES + 3
FAR_AWAY = 4000.0  # distances beyond it are all alike
_STEEP = 80.0  # grey levels between neighbours that count as an edge for certain


@kernel
def _around(
    view: Floats, pen: int, cell: int, y: int, x: int, other_y: int, other_x: int,
    image: Bytes, mask: Bools, drawn: Bytes, distance: Ints, forecast: Bytes,
) -> None:  # fmt: skip
    """The planes `(planes, side, side)` around one pen, `cell` pixels a cell."""
    side = view.shape[1]
    h, w = mask.shape
    half = side * cell // 2
    quarter = cell // 4
    for row in range(side):
        for column in range(side):
            top, left = y - half + row * cell, x - half + column * cell
            seen, own, far, red, green, blue, own_forecast = 0, 0, 0.0, 0, 0, 0, 0
            for down in range(2):
                for right in range(2):
                    at_y, at_x = top + quarter + down * (cell // 2), left + quarter + right * (cell // 2)
                    if at_y < 0 or at_x < 0 or at_y >= h or at_x >= w:
                        continue
                    seen += 1
                    own += mask[at_y, at_x] == (pen == 0)
                    far += min(distance[at_y, at_x] / FAR_AWAY, 1.0)
                    red += image[0, at_y, at_x]
                    green += image[1, at_y, at_x]
                    blue += image[2, at_y, at_x]
                    if view.shape[0] > PLANES:
                        own_forecast += forecast[at_y, at_x] if pen == 0 else 255 - forecast[at_y, at_x]
            mine, others = 0.0, 0.0
            for at_y in range(max(top, 0), min(top + cell, h)):
                for at_x in range(max(left, 0), min(left + cell, w)):
                    if drawn[at_y, at_x] == pen + 1:
                        mine = 1.0
                    elif drawn[at_y, at_x]:
                        others = 1.0
            view[0, row, column] = seen / 4
            view[1, row, column] = own / 4
            view[2, row, column] = mine
            view[3, row, column] = others
            view[4, row, column] = far / 4
            down_gap, right_gap = (top + cell / 2 - other_y) / (2 * cell), (left + cell / 2 - other_x) / (2 * cell)
            view[5, row, column] = np.exp(-0.5 * (down_gap * down_gap + right_gap * right_gap))
            view[6, row, column] = red / 1020
            view[7, row, column] = green / 1020
            view[8, row, column] = blue / 1020
            if view.shape[0] > PLANES:
                view[9, row, column] = own_forecast / 1020


@kernel
def _along(
    probe: Floats, pen: int, y: int, x: int, to_y: int, to_x: int, longest: int, pixels: Ints,
    image: Bytes, mask: Bools, drawn: Bytes, forecast: Bytes,
) -> None:  # fmt: skip
    """What lies along one possible stroke, `(probes,)`."""
    w = mask.shape[1]
    count = stroke(y, x, to_y, to_x, w, pixels)
    drawn_own, own, steepest, change = 0, 0, 0.0, 0.0
    own_forecast, least, missing = 0.0, 1.0, 0.0
    for place in range(count):
        at_y, at_x = pixels[place] // w, pixels[place] % w
        drawn_own += drawn[at_y, at_x] == pen + 1
        mine = mask[at_y, at_x] == (pen == 0)
        own += mine
        gap, step = 0.0, 0.0
        before_y, before_x = pixels[max(place - 1, 0)] // w, pixels[max(place - 1, 0)] % w
        for channel in range(3):
            value = float(image[channel, at_y, at_x])
            gap += abs(value - image[channel, y, x])
            step += abs(value - image[channel, before_y, before_x])
        change += gap / 765
        steepest = max(steepest, min(step / 3 / _STEEP, 1.0))
        if len(probe) > PROBES:
            likely = (forecast[at_y, at_x] if pen == 0 else 255 - forecast[at_y, at_x]) / 255
            own_forecast += likely
            least = min(least, likely)
            missing += 0.0 if mine else likely
    probe[0] = (count - 1) / longest
    probe[1] = drawn_own / count
    probe[2] = own / count
    probe[3] = steepest
    probe[4] = change / count
    probe[5] = 1.0 if count == 1 else 0.0
    if len(probe) > PROBES:
        probe[6] = own_forecast / count
        probe[7] = least
        probe[8] = missing / count


@kernel
def look_around(
    share: int, shares: int, image: Bytes, mask: Bools, drawn: Bytes, distance: Ints, pens: Longs, forecast: Bytes, reach: Longs, cell: int,
    view: Floats, probes: Floats,
) -> None:  # fmt: skip
    """Fill `view` (n, 2, planes, side, side) and `probes` (n, 2, 8, features) for scenes of `n` images."""
    n, h, w = mask.shape
    longest = 1
    for direction in range(8):
        longest = max(longest, reach[direction, 0], reach[direction, 1])
    for scene in range(share, n, shares):
        pixels = np.empty(2 * (h + w), np.int32)
        for pen in range(2):
            y, x = pens[scene, pen, 0], pens[scene, pen, 1]
            _around(
                view[scene, pen], pen, cell, y, x, pens[scene, 1 - pen, 0], pens[scene, 1 - pen, 1],
                image[scene], mask[scene], drawn[scene], distance[scene], forecast[scene],
            )  # fmt: skip
            for direction in range(8):
                to_y = min(max(y + reach[direction, 0], 0), h - 1)
                to_x = min(max(x + reach[direction, 1], 0), w - 1)
                _along(
                    probes[scene, pen, direction], pen, y, x, to_y, to_x, longest, pixels,
                    image[scene], mask[scene], drawn[scene], forecast[scene],
                )  # fmt: skip
