"""Axes of accuracies and other shares. Heights of accuracies are logarithmic in the error, so that 90% to 99% takes as much room as 0% to 90%."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Protocol

from .group import Spread
from .markup import count, element, label, percent, picture
from .palette import INK, LINE, MUTED

_TOP, _BOTTOM = 36.0, 48.0
_GLYPH = 7.4  # width of a digit
# In the order in which they are wanted where there is no room for all.
_TICKS = (0, 0.9, 0.99, 0.5, 0.8, 0.95, 0.98, 0.995, 0.999, 0.998, 0.7, 0.2, 0.6, 0.3, 0.4, 0.1)
_TOPS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9999)
_ROOM = 27.0


def depth(accuracy: float) -> float:
    """0 at 0%, 1 at 90%, 2 at 99%."""
    return -math.log10(max(1 - accuracy, 1e-5))


@dataclass(frozen=True)
class Sheet:
    """What a chart is drawn on: letters are as large on each, so that a phone's shows fewer of them."""

    width: float
    left: float  # room for the numbers of the axis
    right: float  # room for words next to the plot
    words: bool  # whether there is such room; else they are listed below

    def thinned(self, ticks: Sequence[float]) -> list[float]:
        """As many of some ticks, at even distances, as have room for their numbers."""
        room = (self.width - self.left - self.right) / max(len(ticks), 1)
        widest = max((len(count(tick)) for tick in ticks), default=0) * _GLYPH + 10
        return list(ticks[:: max(1, math.ceil(widest / room))])


PAGE = Sheet(1080, 54, 212, True)
PHONE = Sheet(346, 46, 16, False)


class Plane(Protocol):
    """Where values lie in a picture."""

    def x(self, value: float) -> float:
        """Right of the picture's edge by."""

    def y(self, value: float) -> float:
        """Below its top by."""


def line(plane: Plane, points: Sequence[tuple[float, float]], **attributes: object) -> str:
    """A line through points; of a single one, a dot."""
    if len(points) == 1:
        ((x, y),) = points
        dot = {"fill": attributes.get("stroke"), "fill_opacity": attributes.get("stroke_opacity")}
        return element("circle", cx=plane.x(x), cy=plane.y(y), r=3, **dot)
    way = " ".join(f"{plane.x(x):.2f},{plane.y(y):.2f}" for x, y in points)
    return element("polyline", points=way, fill="none", stroke_linejoin="round", **attributes)


def band(plane: Plane, points: Sequence[tuple[float, Spread]], colour: str) -> str:
    """The interval around a mean."""
    upper = [(plane.x(x), plane.y(kept.high)) for x, kept in points]
    lower = [(plane.x(x), plane.y(kept.low)) for x, kept in reversed(points)]
    way = " ".join(f"{x:.2f},{y:.2f}" for x, y in [*upper, *lower])
    return element("polygon", points=way, fill=colour, fill_opacity=0.18)


@dataclass(frozen=True)
class Axes:
    """A plot of accuracy (up) against something (right)."""

    height: float
    low: float  # first and last value to the right
    high: float
    best: float  # highest accuracy there is to show
    even: bool = False  # heights in proportion: of shares that are no accuracies
    form: str = ""  # of values on the axis, such as `{:.1f}`; "": percentages
    sheet: Sheet = PAGE

    @property
    def top(self) -> float:
        """Highest accuracy of the axis."""
        if self.even:
            return 1.0
        return next((top for top in _TOPS if depth(top) > depth(self.best) + 0.03), _TOPS[-1])

    def x(self, value: float) -> float:
        """Right of the page's edge by."""
        left = self.sheet.left
        return left + (value - self.low) / max(self.high - self.low, 1e-9) * (self.end - left)

    def y(self, accuracy: float) -> float:
        """Below the top by."""
        share = accuracy if self.even else min(depth(accuracy) / depth(self.top), 1)
        return self.height - _BOTTOM - share * (self.height - _TOP - _BOTTOM)

    @property
    def end(self) -> float:
        """Where the plot ends to the right."""
        return self.sheet.width - self.sheet.right

    def frame(self, up: str, right: str, ticks: Sequence[float]) -> str:
        """Grid, ticks and titles."""
        taken: list[float] = []
        for tick in (0.0, 1.0, 0.2, 0.4, 0.6, 0.8) if self.even else _TICKS:
            if tick <= self.top + 1e-9 and all(abs(self.y(tick) - self.y(other)) >= _ROOM for other in taken):
                taken.append(tick)
        base, left, ticks = self.height - _BOTTOM, self.sheet.left, self.sheet.thinned(ticks)
        parts = [
            element("line", x1=left, x2=self.end, y1=self.y(t), y2=self.y(t), stroke=LINE if t else MUTED)
            for t in taken
        ]
        parts += [label(self._written(t), left - 8, self.y(t) + 4.5, text_anchor="end", fill=MUTED) for t in taken]
        parts += [element("line", x1=self.x(t), x2=self.x(t), y1=base, y2=base + 5, stroke=MUTED) for t in ticks]
        parts += [label(count(t), self.x(t), base + 21, text_anchor="middle", fill=MUTED) for t in ticks]
        parts.append(label(up, 0, 15, fill=INK, font_weight=600))
        parts.append(label(right, self.end, base + 42, text_anchor="end", fill=INK, font_weight=600))
        return element("g", *parts)

    def _written(self, tick: float) -> str:
        return self.form.format(tick) if self.form else percent(tick, 1 if round(tick * 1000) % 10 else 0)

    def line(self, points: Sequence[tuple[float, float]], **attributes: object) -> str:
        """A line through (value, accuracy)."""
        return line(self, points, **attributes)

    def band(self, points: Sequence[tuple[float, Spread]], colour: str) -> str:
        """The interval around a mean."""
        return band(self, points, colour)


@dataclass(frozen=True)
class Note:
    """Words at the height of a value; `whose` they are is added where the line is not next to them."""

    value: float
    words: str
    colour: str
    bold: bool = False
    whose: str = ""


def charts(axes: Axes, description: str, draw: Callable[[Axes], Sequence[str]], notes: Sequence[Note]) -> str:
    """A plot as wide as a page, with notes next to it, and as wide as a phone, with the notes below it.

    Args:
        axes: of the plot, on a page.
        description: for those who cannot see it.
        draw: what is on some axes.
        notes: words at the heights of values.
    """
    return on_both(lambda sheet: _chart(replace(axes, sheet=sheet), description, draw, notes), _listed(notes))


def on_both(draw: Callable[[Sheet], str], below: str = "") -> str:
    """A chart that is drawn for a page and for a phone; the screen's width chooses."""
    return element("div", draw(PAGE), class_="on-page") + element("div", draw(PHONE), below, class_="on-phone")


def _chart(axes: Axes, description: str, draw: Callable[[Axes], Sequence[str]], notes: Sequence[Note]) -> str:
    words = next_to(notes, axes.y, axes.end + 14, axes.height) if axes.sheet.words else ""
    return picture(axes.sheet.width, axes.height, description, *draw(axes), words)


def next_to(notes: Sequence[Note], y: Callable[[float], float], x: float, height: float) -> str:
    """Notes next to a plot of a height, at their values; moved apart where near."""
    rows = sorted(notes, key=lambda note: y(note.value))
    heights: list[float] = []
    for note in rows:
        heights.append(max(y(note.value) + 4.5, heights[-1] + 17 if heights else _TOP))
    over = max(heights[-1] - (height - _BOTTOM + 4), 0) if heights else 0
    return element(
        "g",
        *(
            label(note.words, x, at - over, fill=note.colour, font_weight=600 if note.bold else 400)
            for note, at in zip(rows, heights, strict=True)
        ),
    )


def _listed(notes: Sequence[Note]) -> str:
    rows = sorted(notes, key=lambda note: -note.value)
    items = (
        element(
            "li",
            escape(f"{note.words}\u2002{note.whose}".strip()),
            style=f"color:{note.colour};font-weight:{600 if note.bold else 400}",
        )
        for note in rows
    )
    return element("ul", *items, class_="notes") if notes else ""


def ticks_of(values: Sequence[float]) -> list[float]:
    """Ticks from 0 on for some values; of a single one, it and 0."""
    return sorted({0.0, *values}) if len({*values}) == 1 else round_ticks(max(values))


def round_ticks(high: float) -> list[float]:
    """About six round numbers from 0 on."""
    if high <= 0:
        return [0.0]
    step = 10 ** math.floor(math.log10(high / 5))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10) if high / (step * factor) <= 6.5)
    return [index * step for index in range(int(high / step + 1e-9) + 1)]
