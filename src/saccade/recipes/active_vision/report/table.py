"""One row per group: accuracy, how the eye moved, and what it took."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from saccade.report.comparison import Ranking
from saccade.report.markup import THIN, count, duration, element
from saccade.report.palette import group_colour, marker

from ..measurements import TRAINING_IMAGES
from .groups import LookingGroup
from .published import names, shown

_NONE = "–"


def table_of_groups(groups: Sequence[LookingGroup], rank: Ranking[LookingGroup]) -> str:
    """One row per group; with the source's figures where there are any, and the difference to the first."""
    if not any(group.measured("test.accuracy", group.metric) for group in groups):
        return ""
    sourced, trained = any(group.published for group in groups), any(group.trained for group in groups)
    heads = [
        "group",
        "test accuracy",
        *([rank.head] if rank else []),
        *(["source"] if sourced else []),
        "by seed",
        *(["training accuracy"] if trained else []),
        "random fixations",
        "entropy",
        "saccade amplitude",
        "images",
        "time",
    ]
    head = element("tr", *(element("th", name, scope="col") for name in heads))
    rows = [_row(index, group, rank, sourced, trained) for index, group in enumerate(groups)]
    several = any(len(group.seeds) > 1 for group in groups)
    note = (
        "Brackets are 95% intervals of the mean over seeds (Student's t, with the test set's own uncertainty). "
        if several
        else ""
    )
    if rank:
        note += "The difference is that of runs of the same seed, with its own interval. "
    if trained:
        note += f"Training accuracy: of {count(TRAINING_IMAGES)} training images at most, as they are. "
    note += (
        "“Random fixations”: the trained reader under uniformly random fixations. "
        "Entropy of the map of chosen fixations; mean saccade amplitude; images and time per seed."
    )
    if sourced:
        note += f" Source: {escape(names(groups))}{'; training accuracy in brackets' if _both(groups) else ''}."
    table = element("table", element("thead", head), element("tbody", *rows))
    return element("div", table, class_="scroll") + element("p", note, class_="caption")


def _both(groups: Sequence[LookingGroup]) -> bool:
    """Whether a source gives training accuracies, too."""
    return any(group.published.training is not None for group in groups if group.published)


def _row(index: int, group: LookingGroup, rank: Ranking[LookingGroup], sourced: bool, trained: bool) -> str:
    metric = group.metric
    accuracy, random = (
        group.measured("test.accuracy", metric),
        group.measured("test.random_fixations_accuracy", metric),
    )
    bits, jump = group.measured("test.fixations.entropy"), group.measured("test.fixations.jump")
    images, seconds = group.measured("seen"), group.measured("seconds")
    mark = element("svg", marker(index, 8, 8, 5, fill=group_colour(index)), viewBox="0 0 16 16", aria_hidden="true")
    cells = [
        metric.with_interval(accuracy.mean, accuracy.interval) if accuracy else "not ended",
        *([rank.to_best(group)] if rank else []),
        *([shown(group.published, True) if group.published else _NONE] if sourced else []),
        " · ".join(map(metric.shown, accuracy.values)) if accuracy else _NONE,
        *(
            [metric.with_interval(group.trained.mean, group.trained.interval) if group.trained else _NONE]
            if trained
            else []
        ),
        metric.shown(random.mean) if random and group.learns_to_look else _NONE,
        f"{bits.mean:.1f}{THIN}bits" if bits and not group.sees_all else _NONE,
        f"{jump.mean:.1f}{THIN}px" if jump and not group.sees_all else _NONE,
        count(images.mean) if images else _NONE,
        duration(seconds.mean) if seconds else _NONE,
    ]
    return element(
        "tr", element("th", mark, escape(group.name), scope="row"), *(element("td", escape(cell)) for cell in cells)
    )
