"""One row per group: accuracy, how the eye moved, and what it took."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from saccade.report.group import Spread
from saccade.report.markup import THIN, count, duration, element, percent
from saccade.report.palette import group_colour, marker

from ..system import ACCURACY
from .groups import LookingGroup
from .published import names, shown

_NONE = "–"


def table_of_groups(groups: Sequence[LookingGroup]) -> str:
    """One row per group; with the source's figure where there is one."""
    if not any(group.measured("test.accuracy", ACCURACY) for group in groups):
        return ""
    sourced = any(group.published for group in groups)
    heads = [
        "group",
        "test accuracy",
        *(["source"] if sourced else []),
        "by seed",
        "random fixations",
        "entropy",
        "saccade amplitude",
        "images",
        "time",
    ]
    head = element("tr", *(element("th", name, scope="col") for name in heads))
    rows = [_row(index, group, sourced) for index, group in enumerate(groups)]
    note = (
        "Brackets are 95% intervals of the mean over seeds (Student's t, with the test set's own uncertainty). “Random fixations”: the trained reader under uniformly random fixations. "
        "Entropy of the map of chosen fixations; mean saccade amplitude; images and time per seed."
    )
    if sourced:
        note += f" Source: {escape(names(groups))}."
    table = element("table", element("thead", head), element("tbody", *rows))
    return element("div", table, class_="scroll") + element("p", note, class_="caption")


def _row(index: int, group: LookingGroup, sourced: bool) -> str:
    accuracy, random = (
        group.measured("test.accuracy", ACCURACY),
        group.measured("test.random_fixations_accuracy", ACCURACY),
    )
    bits, jump = group.measured("test.fixations.entropy"), group.measured("test.fixations.jump")
    images, seconds = group.measured("seen"), group.measured("seconds")
    source = group.published
    mark = element("svg", marker(index, 8, 8, 5, fill=group_colour(index)), viewBox="0 0 16 16", aria_hidden="true")
    cells = [
        _interval(accuracy),
        *([shown(source) if source else _NONE] if sourced else []),
        " · ".join(percent(value, accuracy.digits) for value in accuracy.values) if accuracy else _NONE,
        random.percent if random and group.learns_to_look else _NONE,
        f"{bits.mean:.1f}{THIN}bits" if bits and not group.sees_all else _NONE,
        f"{jump.mean:.1f}{THIN}px" if jump and not group.sees_all else _NONE,
        count(images.mean) if images else _NONE,
        duration(seconds.mean) if seconds else _NONE,
    ]
    return element(
        "tr", element("th", mark, escape(group.name), scope="row"), *(element("td", escape(cell)) for cell in cells)
    )


def _interval(spread: Spread | None) -> str:
    if spread is None:
        return "not ended"
    return spread.percent + (f" {spread.range}" if len(spread.values) > 1 else "")
