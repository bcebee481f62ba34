"""What a glimpse of several scales holds, fixation by fixation."""

from __future__ import annotations

from html import escape

import numpy as np

from saccade.report.markup import Bytes, element, figure, label, many, picture, png
from saccade.report.palette import MUTED, fixation_colour

from .groups import LookingGroup
from .looks_file import Looks, as_shown
from .scanpaths import badge, eye

_SHOWN = 3
_SIDE, _GAP, _TOP = 176.0, 22.0, 24.0
_CELL = 58.0
_FIRST = _SIDE + _GAP + 66


def scales(group: LookingGroup) -> str:
    """The first images, the scanpath on the left, then every patch of every glimpse."""
    run = next((run for run in group.runs if run.looks is not None and run.looks.patches is not None), None)
    if run is None or run.looks is None or group.scales < 2:
        return ""
    looks, side = run.looks, group.window(run.looks)
    shown = min(_SHOWN, looks.shown, _patches(looks).shape[1])
    rows = [element("div", _row(looks, index, side, group.scales), class_="wide") for index in range(shown)]
    widest = side * 2 ** (group.scales - 1)
    return figure(
        element("div", *rows),
        f"The first {many(shown, 'test image')}, seed {run.directory.seed}, {escape(group.name)}. A column is a glimpse, "
        f"rows are its scales: all that the reader is given, {side}×{side} pixels each, of windows from {side}×{side} to "
        f"{widest}×{widest} pixels of the image; outside the image is zero.",
    )


def _patches(looks: Looks) -> Bytes:
    assert looks.patches is not None
    return looks.patches


def _row(looks: Looks, index: int, side: int, count: int) -> str:
    patches = _patches(looks)[:, index]  # (t, planes, s, s)
    steps, planes = patches.shape[:2]
    height = max(_SIDE, count * _CELL) + _TOP + 2
    parts = [element("g", *eye(looks, index, side, _SIDE), transform=f"translate(0 {_TOP:g})")]
    for scale in range(count):
        width = side * 2**scale
        y = _TOP + scale * _CELL + _CELL / 2 + 3
        parts.append(label(f"{width}×{width}", _FIRST - 12, y, text_anchor="end", fill=MUTED, font_size=12))
    for step in range(steps):
        x = _FIRST + step * _CELL
        parts.append(badge(step, steps, x + _CELL / 2 - 3, 11, 8.6))
        for scale in range(count):
            channels = planes // count
            seen = patches[step, scale * channels : (scale + 1) * channels]
            pixels = as_shown(seen[0] if channels == 1 else np.moveaxis(seen, 0, -1), looks.of_digits)
            place = {"x": x, "y": _TOP + scale * _CELL, "width": _CELL - 6, "height": _CELL - 6}
            parts.append(element("image", href=png(pixels), class_="pixels", **place))
            parts.append(element("rect", fill="none", stroke=fixation_colour(step, steps), stroke_width=1.6, **place))
    true_class, answer = int(looks.labels[index]), int(looks.answers[index])
    words = (
        f"{looks.name(true_class)}, predicted {looks.name(answer)}: {many(steps, 'glimpse')} of {many(count, 'scale')}"
    )
    return picture(_FIRST + steps * _CELL, height, words, *parts)
