"""Digits with the fixations on them, and what the reader predicted after each."""

from __future__ import annotations

from html import escape

import numpy as np

from saccade.report.markup import Array, count, element, figure, label, many, percent, picture, png
from saccade.report.palette import INK, MUTED, RIGHT, WRONG, fixation_colour, probability_colour, tick

from .groups import LookingGroup, LookingRun
from .looks_file import Looks, Sample, fair_sample, spread_apart

_ERRORS = 2
_SIDE = 204.0
_WIDTH, _HEIGHT = 340.0, 206.0
_RADIUS = 8.6
_LEGIBLE = 8.0  # width of a column whose class can be named
_STRIP = 232.0  # where the strip of probabilities begins
_LETTER = 0.52  # mean width of a letter, of its size


def gallery(group: LookingGroup) -> str:
    """The first image of each class and two errors, of the first run that kept its fixations."""
    run = next((run for run in group.runs if run.looks is not None), None)
    if run is None or run.looks is None:
        return ""
    looks = run.looks
    patch = group.window(looks)
    sample = fair_sample(looks, _ERRORS)
    tiles = [element("div", tile(looks, index, patch), class_="tile") for index in sample.all]
    return figure(element("div", *tiles, class_="gallery"), _caption(group, run, looks, sample, patch))


def _caption(group: LookingGroup, run: LookingRun, looks: Looks, sample: Sample, patch: int) -> str:
    wrong = int((~looks.right[: looks.shown]).sum())
    rule = "the first test image of each class"
    if sample.errors:
        rule += (
            f", then the first {'other error' if len(sample.errors) == 1 else many(len(sample.errors), 'other error')}"
        )
    if sample.more:
        rule += f", then the next {many(len(sample.more), 'test image')}, as there are no more errors to show"
    return (
        f"Not a choice of the best: {rule}. Of the first {looks.shown} test images, from which these come, {wrong} are "
        f"classified wrongly; of all {count(len(looks.labels))}, {percent(1 - float(looks.right.mean()), 2)}. "
        f"Seed {run.directory.seed}, {escape(group.name)}. Circles number the fixations, squares are the {patch}×{patch} pixels "
        f"of each glimpse{_coarser(group, patch)}. To the right of each image, one row per fixation: the probability of "
        "each class, from white (0) to deep blue (1); the frame marks the true class. " + what_classes_are(looks)
    )


def _coarser(group: LookingGroup, patch: int) -> str:
    if group.scales == 1:
        return ": nothing outside them reaches the reader"
    widest = patch * 2 ** (group.scales - 1)
    return f" at the finest scale; coarser ones around them reach as far as {widest}×{widest} pixels"


def what_classes_are(looks: Looks) -> str:
    """A sentence on what the pictures and their numbers stand for."""
    if looks.of_digits:
        return "Ink is shown dark on light."
    marks = [looks.short(label) for label in range(len(looks.classes))]
    if tuple(marks) == looks.classes:
        return ""
    return escape(
        "Classes: " + ", ".join(f"{mark} {name}" for mark, name in zip(marks, looks.classes, strict=True)) + "."
    )


def tile(looks: Looks, index: int, patch: int) -> str:
    """One digit as an SVG."""
    true_class, answer = int(looks.labels[index]), int(looks.answers[index])
    places = ", ".join(f"({x:.0f}, {y:.0f})" for x, y in looks.pixels[:, index])
    description = (
        f"{looks.name(true_class)}, predicted {looks.name(answer)} with {percent(float(looks.probabilities[-1, index, answer]), 0)}; "
        f"fixations at pixels {places}"
    )
    return picture(
        _WIDTH, _HEIGHT, description, *eye(looks, index, patch, _SIDE), *_verdict(looks, index), *strip(looks, index)
    )


def eye(looks: Looks, index: int, patch: int, side: float) -> list[str]:
    """The image, the window of every glimpse, and the way of the eye."""
    height, width = looks.size
    scale = side / max(height, width)
    places = (looks.pixels[:, index] + 0.5) * scale
    steps = len(places)
    inside = [
        element("image", href=png(looks.picture(index)), width=width * scale, height=height * scale, class_="pixels")
    ]
    for step, (x, y) in enumerate(places):
        corner, colour = (patch // 2 + 0.5) * scale, fixation_colour(step, steps)
        at = {
            "x": float(x) - corner,
            "y": float(y) - corner,
            "width": patch * scale,
            "height": patch * scale,
            "rx": 1.5,
        }
        if not looks.of_digits:  # a dark frame on a dark photograph
            inside.append(element("rect", **at, fill="none", stroke="#fff", stroke_width=2.9, stroke_opacity=0.6))
        window = {"fill": colour, "fill_opacity": 0.05, "stroke": colour, "stroke_width": 1.3, "stroke_opacity": 0.75}
        inside.append(element("rect", **at, **window))
    radius = _RADIUS if max(height, width) <= 40 else 0.8 * _RADIUS  # small digits need room
    circles = spread_apart(places, 2 * radius + 1.5, radius + 1, side - radius - 1)
    return [
        element("svg", *inside, width=width * scale, height=height * scale, overflow="hidden"),
        element("rect", width=width * scale, height=height * scale, fill="none", stroke="#c9cfd6"),
        *_way(places, circles, radius),
    ]


def _way(places: Array, circles: Array, radius: float) -> list[str]:
    """Numbered circles with arrows between them; a circle that had to give way keeps a line to its place."""
    steps, parts = len(places), []
    for step in range(1, steps):
        parts += _arrow(circles[step - 1], circles[step], fixation_colour(step, steps), radius)
    for step, ((x, y), (px, py)) in enumerate(zip(circles, places, strict=True)):
        colour = fixation_colour(step, steps)
        if np.hypot(x - px, y - py) > 2.5:
            parts.append(element("line", x1=x, y1=y, x2=px, y2=py, stroke=colour, stroke_width=1))
            parts.append(element("circle", cx=px, cy=py, r=2, fill=colour))
        parts.append(badge(step, steps, float(x), float(y), radius))
    return parts


def badge(step: int, steps: int, x: float, y: float, radius: float) -> str:
    """The number of a fixation in a circle."""
    return element(
        "g",
        element("circle", cx=x, cy=y, r=radius, fill=fixation_colour(step, steps), stroke="#fff", stroke_width=1.4),
        label(
            step + 1,
            x,
            y + radius * 0.43,
            text_anchor="middle",
            fill="#fff",
            font_size=f"{radius * 1.25:.1f}",
            font_weight=700,
        ),
    )


def _arrow(start: Array, end: Array, colour: str, radius: float) -> list[str]:
    """From circle to circle; nothing where they touch."""
    length = float(np.hypot(*(end - start)))
    if length < 2 * radius + 7:
        return []
    ahead = (end - start) / length
    first, tip = start + ahead * (radius + 1), end - ahead * (radius + 1.5)
    neck, across = tip - ahead * 6.5, np.array([-ahead[1], ahead[0]]) * 3.6
    ends = {"x1": first[0], "y1": first[1], "x2": neck[0], "y2": neck[1]}
    corners = " ".join(f"{x:.2f},{y:.2f}" for x, y in (tip, neck + across, neck - across))
    return [
        element("line", **ends, stroke="#fff", stroke_width=4, stroke_opacity=0.85),
        element("line", **ends, stroke=colour, stroke_width=2),
        element("polygon", points=corners, fill=colour, stroke="#fff", stroke_width=0.8),
    ]


def _verdict(looks: Looks, index: int) -> list[str]:
    true_class, answer = int(looks.labels[index]), int(looks.answers[index])
    right, probability = true_class == answer, float(looks.probabilities[-1, index, answer])
    p = percent(probability, 0) if probability < 0.995 else "over 99%"
    words = f"probability {p}" if right else f"predicted {looks.name(answer)}, {p}"
    room = _WIDTH - _STRIP
    size = min(11.5, room / (_LETTER * len(words)))
    return [
        label(
            looks.name(true_class),
            _STRIP,
            17,
            fill=RIGHT if right else WRONG,
            font_size=17 if right else 14,
            font_weight=700,
        ),
        tick(_WIDTH - 8, 11, right),
        label(words, _STRIP, 35, fill=MUTED if right else WRONG, font_size=f"{size:.3g}"),
    ]


def strip(looks: Looks, index: int) -> list[str]:
    """Rows are fixations, columns classes, shades probabilities."""
    probabilities, true_class = looks.probabilities[:, index], int(looks.labels[index])
    steps, classes = probabilities.shape
    top, bottom = 46.0, _HEIGHT - 20
    row, column = min((bottom - top) / steps, 24.0), 106.0 / classes
    parts: list[str] = []
    for step in range(steps):
        y = top + step * row
        parts.append(badge(step, steps, _STRIP - 13, y + row / 2, min(7.0, row / 2.3)))
        for digit in range(classes):
            shade = probability_colour(float(probabilities[step, digit]))
            x = _STRIP + digit * column
            parts.append(element("rect", x=x, y=y, width=column - 0.8, height=row - 1.5, fill=shade))
    x, high = _STRIP + true_class * column, steps * row
    frame = {"fill": "none", "stroke": INK, "stroke_width": 1.2, "rx": 1.5}
    parts.append(element("rect", x=x - 1.2, y=top - 1.5, width=column + 1.6, height=high + 1.5, **frame))
    answer = int(looks.answers[index])
    for digit in range(classes):
        if column < _LEGIBLE and digit not in (true_class, answer):
            continue
        bold = {"font_weight": 700, "fill": INK} if digit == true_class else {"fill": MUTED}
        middle = _STRIP + (digit + 0.5) * column - 0.4
        parts.append(label(looks.short(digit), middle, top + high + 13, text_anchor="middle", font_size=10.5, **bold))
    return parts
