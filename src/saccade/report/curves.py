"""A metric by what was seen in training, one colour per group, and the legend of the groups."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from saccade.runs import Metric

from .axes import Note, Sheet, band, line, next_to, on_both, round_ticks, ticks_of
from .group import Group
from .markup import count, element, figure, label, listed, many, picture
from .palette import INK, LINE, MUTED, group_colour, marker

_TOP, _BOTTOM = 36.0, 48.0
_NUMBER = re.compile(r"-?[\d.,]*\d(e[+-]?\d+)?")


def legend(groups: Sequence[Group], drawn: Sequence[bool] = ()) -> str:
    """Names of the groups with their marks; `drawn`: of which there is something to see, by default of all."""
    entries = [
        element(
            "span",
            element("svg", marker(i, 8, 8, 5, fill=group_colour(i)), viewBox="0 0 16 16", aria_hidden="true"),
            escape(group.name) + element("small", f" {many(len(group.runs), 'seed')}"),
        )
        for i, group in enumerate(groups)
        if not drawn or drawn[i]
    ]
    return element("div", *entries, class_="legend")


def learning_curves(groups: Sequence[Group], name: str, faint: str, metric: Metric, words: str) -> str:
    """A metric by what was seen, and another one faintly behind it; nothing where neither was measured.

    Args:
        groups: of runs.
        name, faint: keys in `metrics.jsonl`.
        metric: what the axis shows; values are written as it writes them.
        words: the caption.
    """
    lines = [(group.curve(name, metric), group.mean_curve(faint)) for group in groups]
    seen = [x for means, behind in lines for x, _ in [*means, *behind]]
    heights = [
        y for means, behind in lines for y in [*(v for _, s in means for v in (s.low, s.high)), *(v for _, v in behind)]
    ]
    if not heights:
        return ""
    drawn = [bool(means or behind) for means, behind in lines]
    unit = listed([*dict.fromkeys(group.unit for group, there in zip(groups, drawn, strict=True) if there)])

    def draw(sheet: Sheet) -> str:
        plane = _Plane(sheet, seen, heights, unit)
        parts, notes = [plane.frame(metric)], list[Note]()
        for index, (means, behind) in enumerate(lines):
            colour = group_colour(index)
            parts.append(line(plane, behind, stroke=colour, stroke_width=1, stroke_opacity=0.4))
            if means:
                parts.append(band(plane, means, colour))
                parts.append(line(plane, [(x, s.mean) for x, s in means], stroke=colour, stroke_width=2.4))
                x, last = means[-1]
                parts.append(marker(index, plane.x(x), plane.y(last.mean), 4, fill=colour))
                notes.append(Note(last.mean, metric.shown(last.mean), colour, bold=True))
        words = next_to(notes, plane.y, plane.end + 12, plane.height)
        return picture(sheet.width, plane.height, f"{metric.label} against {unit}", *parts, words)

    return figure((legend(groups, drawn) if len(groups) > 1 else "") + on_both(draw), escape(words))


def series_curves(group: Group, names: Mapping[str, str], metric: Metric, words: str) -> str:
    """Several metrics of one group by what was seen, each in a colour of its own; nothing where none was measured.

    Args:
        group: of runs, whose means are drawn.
        names: keys in `metrics.jsonl`, and what they are called.
        metric: what the axis shows.
        words: the caption.
    """
    lines = {title: means for name, title in names.items() if (means := group.mean_curve(name))}
    if not lines:
        return ""
    seen = [x for means in lines.values() for x, _ in means]
    heights = [y for means in lines.values() for _, y in means]

    def draw(sheet: Sheet) -> str:
        plane = _Plane(sheet, seen, heights, group.unit)
        parts, notes = [plane.frame(metric)], list[Note]()
        for index, (title, means) in enumerate(lines.items()):
            colour = group_colour(index)
            parts.append(line(plane, means, stroke=colour, stroke_width=2))
            notes.append(Note(means[-1][1], title, colour, bold=True))
        ends = next_to(notes, plane.y, plane.end + 12, plane.height)
        return picture(sheet.width, plane.height, f"{metric.label} against {group.unit}", *parts, ends)

    return figure(on_both(draw), escape(words))


class _Plane:
    """Even axes of anything against what was seen in training."""

    def __init__(self, sheet: Sheet, seen: Sequence[float], values: Sequence[float], unit: str) -> None:
        self.height, self._seen, self._values, self._unit = 340.0, seen, values, unit
        self._sheet, self._left, self.end = sheet, sheet.left + 20, sheet.width - min(sheet.right + 52, 150)
        one = len({*values}) == 1
        low, high = min(0.0, *values), max(0.0, *values) if one else max(values)
        room = (high - low or 1.0) * (0.25 if one else 0.06)
        self._low, self._high = low - (room if low < 0 else 0), high + room

    def x(self, value: float) -> float:
        """Right of the picture's edge by."""
        return self._left + value / max(*self._seen, 1e-9) * (self.end - self._left)

    def y(self, value: float) -> float:
        """Below its top by."""
        share = (value - self._low) / (self._high - self._low)
        return self.height - _BOTTOM - share * (self.height - _TOP - _BOTTOM)

    def _levels(self) -> list[float]:
        """Round numbers; of a single value, it and 0."""
        if len({*self._values}) == 1:
            return ticks_of(self._values)
        step = round_ticks(self._high - self._low)[1]
        return [step * k for k in range(int(np.ceil(self._low / step)), int(np.floor(self._high / step)) + 1)]

    def _written(self, level: float, metric: Metric) -> str:
        """A level of the axis as text: as values are written, in their unit, without digits that say nothing."""
        text = metric.shown(level)
        number = _NUMBER.search(text)
        if number is None or (len({*self._values}) == 1 and not metric.is_percentage):
            return text
        value, before = 100 * level if metric.is_percentage else level, text[: number.start()]
        plain = format(value, ",.10g" if "," in metric.format else ".10g")
        return f"{before if level else before.removesuffix('+')}{plain}{text[number.end() :]}"

    def frame(self, metric: Metric) -> str:
        """Grid, ticks and titles."""
        levels = self._levels()
        base, end, left = self.height - _BOTTOM, self.end, self._left
        parts = [
            element("line", x1=left, x2=end, y1=self.y(v), y2=self.y(v), stroke=LINE if v else MUTED) for v in levels
        ]
        parts += [
            label(self._written(v, metric), left - 10, self.y(v) + 4.5, text_anchor="end", fill=MUTED) for v in levels
        ]
        for tick in self._sheet.thinned(ticks_of(self._seen)):
            parts.append(element("line", x1=self.x(tick), x2=self.x(tick), y1=base, y2=base + 5, stroke=MUTED))
            parts.append(label(count(tick), self.x(tick), base + 21, text_anchor="middle", fill=MUTED))
        parts.append(label(metric.label, 0, 15, fill=INK, font_weight=600))
        parts.append(label(f"{self._unit} in training", end, base + 42, text_anchor="end", fill=INK, font_weight=600))
        return element("g", *parts)
