"""Where the eye lands: maps of the fixations by class, by number and by group; and whether the gaze has collapsed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from scipy.ndimage import gaussian_filter

from saccade.report.markup import Array, count, element, figure, listed, many, notice, picture, png
from saccade.report.palette import INK, MUTED, WRONG, fixation_colour, heat
from saccade.runs import number_at

from .groups import LookingGroup
from .looks_file import Looks, entropy

_SIDE = 150.0
_FEW_WITHIN = 0.5
_FEW_BITS, _SHORT_JUMP = 2.0, 1.0  # a gaze below either has collapsed
_LEFT_OUT = " is left out of scanpaths and maps"
_WIDE = 40  # an image with more pixels per side is a field


def verdicts(groups: Sequence[LookingGroup]) -> str:
    """One sentence per group of learned gaze: collapsed or not."""
    return "".join(
        element("p", _verdict(group, len(groups) > 1), class_="lead") for group in groups if _measured(group)
    )


def _measured(group: LookingGroup) -> bool:
    return group.learns_to_look and group.measured("test.fixations.entropy") is not None


def _verdict(group: LookingGroup, named: bool) -> str:
    bits, jump = group.measured("test.fixations.entropy"), group.measured("test.fixations.jump")
    if bits is None or jump is None:
        return ""
    runs = [run.result for run in group.runs if run.result is not None]
    lost = [run for run in runs if _below(run, "entropy", _FEW_BITS) or _below(run, "jump", _SHORT_JUMP)]
    who = f"The gaze of “{escape(group.name)}”" if named else "The gaze"
    state = "has not collapsed" if not lost else "has collapsed"
    if lost and len(runs) > 1:
        state += f" in {len(lost)} of {many(len(runs), 'seed')}"
    limits = f"it would count as collapsed below {_FEW_BITS:g} bits, or with a mean saccade amplitude under {_SHORT_JUMP:g} px"
    within = group.measured("test.fixations.entropy_within")
    depends = ""
    if within is not None and len(runs) > 0:
        alike = within.mean < _FEW_WITHIN
        depends = f" The places of one and the same fixation on different images spread over {within.mean:.1f} bits" + (
            ": <strong>it is the same scan for nearly every image</strong>."
            if alike
            else "; 0 would be one scan for all."
        )
    return (
        f"{who} <strong>{state}</strong>: the fixations it chose spread over {bits.mean:.1f} bits, as much as "
        f"{count(2**bits.mean)} places used evenly, and the mean saccade amplitude is {jump.mean:.1f} px ({limits}).{depends}"
    )


def _below(result: dict[str, Any], name: str, limit: float) -> bool:
    value = number_at(result, f"test.fixations.{name}")
    return value is not None and value < limit


def by_class(group: LookingGroup) -> str:
    """One map per class, of the fixations after the first."""
    kept = group.looks
    if not kept or len(kept[0].places) < 2:
        return ""
    tiles, lines = [], outlines(kept[0])
    for digit in range(kept[0].probabilities.shape[2]):
        places = [looks.places[1:, looks.labels == digit].reshape(-1, 2) for looks in kept]
        if all(map(len, places)):
            name = escape(kept[0].name(digit))
            tiles.append(_tile(kept[0], places, name, f"fixations on images of {name}", lines.get(digit, "")))
    drawn = f" The line is the outline of the mean digit (among the first {kept[0].shown} images)." if lines else ""
    return figure(
        element("div", *tiles, class_="maps five"),
        f"Chosen fixations by true class ({_amount(group)}; the first fixation is given and left out). "
        f"Each map is scaled to its own maximum; the number is its entropy (mean over seeds).{drawn}",
    )


def by_fixation(group: LookingGroup) -> str:
    """One map per fixation, of all classes."""
    kept = group.looks
    if not kept or len(kept[0].places) < 2:
        return ""
    steps = len(kept[0].places)
    tiles = [
        _tile(
            kept[0],
            [looks.places[step] for looks in kept],
            _number(step, steps),
            f"where fixation {step + 1} lands",
        )
        for step in range(steps)
    ]
    return figure(
        element("div", *tiles, class_="maps six"),
        f"The same by number of the fixation, all classes together ({_amount(group)}).",
    )


def by_group(groups: Sequence[LookingGroup]) -> str:
    """One map per group, to compare the gazes."""
    kept = [group for group in groups if group.looks and len(group.looks[0].places) > 1]
    if len(kept) < 2:
        return ""
    tiles = [_group_map(group) for group in kept]
    return figure(
        element("div", *tiles, class_="maps five"),
        "All chosen fixations of each group (the first left out), all classes and seeds together.",
    )


def _group_map(group: LookingGroup) -> str:
    places = [looks.places[1:].reshape(-1, 2) for looks in group.looks]
    return _tile(group.looks[0], places, escape(group.name), f"fixations of {group.name}")


def around_digit(group: LookingGroup) -> str:
    """In a field: the fixations relative to the digit, of the images that were kept."""
    kept = group.looks
    if not kept or any(looks.centres is None for looks in kept):
        return ""
    steps, side = len(kept[0].places), kept[0].size[0]
    tiles = []
    for step in range(steps):
        gaps = [(looks.places[step] - looks.centres)[: looks.shown] * (side - 1) / 2 for looks in kept]
        tiles.append(_scatter(np.concatenate(gaps), step, steps, side, kept[0].extent))
    height, width = kept[0].extent
    return figure(
        element("div", *tiles, class_="maps six"),
        f"The search: every dot is one fixation, drawn relative to the middle of the {group.words.thing} (the cross); "
        + f"the frame is its image, {width}×{height} pixels. The first {kept[0].shown} test images of {many(len(kept), 'seed')}; the number "
        "is the median distance from the middle.",
    )


def _scatter(gaps: Array, step: int, steps: int, side: int, extent: tuple[int, int]) -> str:
    scale, middle, colour = _SIDE / side, _SIDE / 2, fixation_colour(step, steps)
    distance = float(np.median(np.hypot(gaps[:, 0], gaps[:, 1])))
    dots = [
        element("circle", cx=middle + x * scale, cy=middle + y * scale, r=2.1, fill=colour, fill_opacity=0.5)
        for x, y in gaps
    ]
    high, wide = (pixels * scale for pixels in extent)
    square = element(
        "rect", x=middle - wide / 2, y=middle - high / 2, width=wide, height=high, fill="none", stroke=MUTED
    )
    cross = element("path", d=f"M{middle - 4:g} {middle:g}h8M{middle:g} {middle - 4:g}v8", stroke=INK, stroke_width=1.4)
    drawn = picture(
        _SIDE,
        _SIDE,
        f"Fixation {step + 1} relative to the digit: median distance {distance:.1f} pixels",
        *(square, *dots, cross, _frame(stroke="#d5dae0", fill="none")),
    )
    return _captioned(drawn, _number(step, steps), f"{distance:.1f} px")


def _tile(looks: Looks, places: list[Array], head: str, what: str, line: str = "") -> str:
    bits = sum(map(entropy, places)) / len(places)  # of one seed, as in the headline
    drawn = picture(
        _SIDE,
        _SIDE,
        f"Map: {what}; entropy {bits:.1f} bits",
        element(
            "image", href=png(heat(density(looks, np.concatenate(places)))), width=_SIDE, height=_SIDE, class_="pixels",
            preserveAspectRatio="none",
        ),
        line,
        _frame(stroke="#d5dae0", fill="none"),
    )  # fmt: skip
    return _captioned(drawn, head, f"{bits:.1f} bits")


def _captioned(drawn: str, head: str, value: str) -> str:
    return element("div", drawn, element("p", element("b", head), element("span", value)))


def _frame(**attributes: object) -> str:
    return element("rect", width=_SIDE, height=_SIDE, **attributes)


def _number(step: int, steps: int) -> str:
    return element("span", str(step + 1), class_="badge", style=f"background:{fixation_colour(step, steps)}")


def density(looks: Looks, places: Array) -> Array:
    """How many fixations fell on each pixel (in a field: on each 2×2 pixels, a little smoothed)."""
    height, width = looks.size
    size = 1 if max(height, width) <= _WIDE else 2
    cells = np.rint((places + 1) / 2 * np.array([width - 1, height - 1])).astype(int) // size
    wide, high = -(-width // size), -(-height // size)
    counts = np.bincount(cells[:, 1] * wide + cells[:, 0], minlength=wide * high).reshape(high, wide)
    smooth: Array = gaussian_filter(counts.astype(np.float64), 0.0 if size == 1 else 0.7)
    return smooth


def outlines(looks: Looks) -> dict[int, str]:
    """Outlines of the mean digits that were kept, by class; none in a field, where they lie anywhere."""
    labels, size = looks.labels[: looks.shown], looks.size
    if not looks.of_digits or looks.centres is not None:
        return {}
    axes, scale = Figure().subplots(), _SIDE / np.array(size[::-1])
    found = {}
    for digit in np.unique(labels):
        mean = gaussian_filter(looks.images[: looks.shown][labels == digit].mean(0), 0.8)
        level = 0.42 * float(mean.max())
        lines = axes.contour(mean, levels=[level]).allsegs[0] if float(mean.min()) < level else []
        ways = [
            "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in (np.asarray(line) + 0.5) * scale)
            for line in lines
            if len(line) > 8
        ]
        stroke = {"stroke": WRONG, "stroke_width": 1.5, "stroke_opacity": 0.9, "stroke_linejoin": "round"}
        found[int(digit)] = element("path", d="".join(ways), fill="none", **stroke)
    return found


def _amount(group: LookingGroup) -> str:
    kept = group.looks
    n = {len(looks.labels) for looks in kept}
    return f"{listed([count(value) for value in sorted(n)])} test images × {many(len(kept), 'seed')}"


def damages(groups: Sequence[LookingGroup]) -> str:
    """A sentence for every file of fixations that cannot be read."""
    return "".join(
        notice(f"Seed {run.directory.seed} of {group.name}{_LEFT_OUT if run.looks is None else ''}: {run.trouble}")
        for group in groups
        for run in group.runs
        if run.trouble
    )
