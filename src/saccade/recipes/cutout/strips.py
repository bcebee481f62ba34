"""Picture strips: strokes and mask growing, game by game."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from saccade.report.markup import Bytes, element, figure, many, picture, png

from .episodes_file import Games

_FRAMES = 5
_SIDE = 160.0
_GREEN, _RED = "#2bd46a", "#ff4a3d"
_SHADE = 0.32  # of the ground's light that is left


def strips(games: Games, which: Sequence[int], caption: str) -> str:
    """One row per game: the picture, then strokes and mask after more and more steps, then the ground truth.

    Args:
        games: the games.
        which: places among those kept.
        caption: markup.
    """
    if not which:
        return ""
    steps = sorted({round(games.moves * (frame / (_FRAMES - 1)) ** 1.6) for frame in range(_FRAMES)})
    rows = [_strip(games, place, steps) for place in which]
    return figure("".join(rows), caption)


def first_games(games: Games, count: int) -> list[int]:
    """The first games of the set, whatever came of them."""
    return [place for place, index in enumerate(games.kept) if index < count][:count]


def worst_games(games: Games, count: int) -> list[int]:
    """Those with the lowest overlaps of all, the lowest first."""
    order = np.argsort(games.iou[-1], kind="stable")[:count]
    places = {int(index): place for place, index in enumerate(games.kept)}
    return [places[int(index)] for index in order if int(index) in places]


def _strip(games: Games, place: int, steps: Sequence[int]) -> str:
    index = int(games.kept[place])
    frames = [_tile(games.images[place], "the picture", "")]
    for step in steps:
        seen = shaded(games.images[place], games.masks[step, place])
        words = f"after {many(step, 'step')}" if step else "at the start"
        frames.append(_tile(seen, words, f"{games.iou[step, index]:.2f}", *_strokes(games, index, step)))
    frames.append(_tile(shaded(games.images[place], games.ground_truths[place]), "ground truth", ""))
    return element("div", *frames, class_="maps strip")


def shaded(image: Bytes, mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Bytes:
    """The object of an image as it is, the ground dark, the contour white; uint8 `(h, w, 3)`."""
    light = np.where(mask[..., None], 1.0, _SHADE)
    shown: Bytes = (image * light).round().astype(np.uint8)
    inner = mask.copy()
    inner[1:] &= mask[:-1]
    inner[:-1] &= mask[1:]
    inner[:, 1:] &= mask[:, :-1]
    inner[:, :-1] &= mask[:, 1:]
    shown[mask & ~inner] = 255
    return shown


def _strokes(games: Games, index: int, step: int) -> list[str]:
    """The ways of both pens up to a step."""
    height, width = games.images.shape[1:3]
    scale, parts = _SIDE / max(height, width), []
    for pen, colour in enumerate((_GREEN, _RED)):
        places = (games.pens[: step + 1, index, pen] + 0.5) * scale
        way = " ".join(f"{x:.1f},{y:.1f}" for y, x in places)
        for stroke, thick in (("#fff", 3.4), (colour, 1.9)):
            parts.append(
                element(
                    "polyline", points=way, fill="none", stroke=stroke, stroke_width=thick, stroke_linejoin="round",
                    stroke_linecap="round",
                )
            )  # fmt: skip
        y, x = places[-1]
        parts.append(element("circle", cx=x, cy=y, r=3.6, fill=colour, stroke="#fff", stroke_width=1.4))
    return parts


def _tile(pixels: Bytes, words: str, number: str, *over: str) -> str:
    height, width = pixels.shape[:2]
    scale = _SIDE / max(height, width)
    image = element("image", href=png(pixels), width=width * scale, height=height * scale, class_="pixels")
    words_below = element("p", escape(words), element("span", escape(number)))
    return element("div", picture(width * scale, height * scale, f"{words} {number}", image, *over), words_below)
