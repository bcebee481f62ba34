"""Tables of the saccade system (GRLF)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from docs.markdown import (
    MISSING,
    NONE,
    Figure,
    baseline,
    cells,
    difference,
    figures,
    interval,
    markdown,
    published,
    the_table,
)
from saccade.recipes.active_vision.settings import Gaze
from saccade.runs import Metric, Published

_CONDITIONS = ("clean", "occlusion", "clutter", "FGSM", "PGD")
_RESULTS = {  # of the first page
    "grlf/recurrent/accuracy-100k": ("MNIST, recurrent reader, after 100,000 images", ""),
    "grlf/feedforward/accuracy-100k": ("MNIST, feed-forward reader, after 100,000 images", ""),
    "grlf/recurrent/accuracy-10min": ("MNIST, recurrent reader, at most ten minutes", " (hours)"),
    "grlf/field60/accuracy": ("digit anywhere in a 60×60 field, learned saccades", ""),
    "grlf/field60/baselines/learned-scan": ("… learned scan, blind to the image", ""),
    "grlf/field60/baselines/fixed-scan": ("… fixed scan", ""),
}


def makers() -> Mapping[str, Callable[[], str]]:
    """The tables, by name."""
    return {
        "headline-grlf": _headline,
        "grlf": _by_reader,
        "grlf-baselines": lambda: _by_gaze("grlf-baselines"),
        "grlf-field": lambda: _by_gaze("grlf-field"),
        "grlf-robustness": _robustness,
    }


def _headline() -> str:
    found = {}
    for table in (the_table(name) for name in ("grlf", "grlf-baselines", "grlf-field")):
        for cell, figure in cells(table.name):
            found[cell.id] = [interval(figure, table.metric.format), published(cell, table.metric)]
    body = [[row, found[id_][0], found[id_][1] + words] for id_, (row, words) in _RESULTS.items()]
    return markdown(["test accuracy (three seeds, 95% interval)", "ours", "published"], body)


def _by_reader() -> str:
    """Accuracies by reward and reader, in the test and in training, next to the source's."""
    metric, found = the_table("grlf").metric, cells("grlf")
    at = {(cell.row, cell.column): (cell, figure) for cell, figure in found}
    columns = dict.fromkeys(cell.column for cell, _ in found)
    sourced = {cell.column for cell, _ in found if cell.published is not None}
    head = [""]
    for column in columns:
        head += [column, "in training", *(["published, training/test"] if column in sourced else [])]
    body = []
    for row in dict.fromkeys(cell.row for cell, _ in found):
        line = [row]
        for column in columns:
            cell, figure = at.get((row, column), (None, None))
            line.append(interval(figure, metric.format) if cell else NONE)
            line.append(_training(figure) if cell else NONE)
            if column in sourced:
                line.append(_both(cell.published, metric) if cell and cell.published else NONE)
        body.append(line)
    return markdown(head, body)


def _training(figure: Figure | None) -> str:
    """The accuracy on training images."""
    return f"{figure['about']['train accuracy']:.1%}" if figure else MISSING


def _both(theirs: Published, metric: Metric) -> str:
    """A published accuracy in training and in the test, as the source writes it."""
    trained = NONE if theirs.training is None else metric.published(theirs.training)
    return f"{trained.removesuffix('%')}/{metric.published(theirs.value)}"


def _by_gaze(name: str) -> str:
    """Accuracies by gaze, how far the learned one is ahead, and how the eye moved."""
    head = [
        "gaze",
        "test accuracy",
        "in training",
        "learned minus this, percentage points",
        "same reader, random fixations",
        "map entropy",
        "entropy within a step",
        "saccade amplitude",
    ]
    body, metric, found = [], the_table(name).metric, cells(name)
    finer = replace(metric, format=metric.fine)  # differences are small
    learned = next(figure for cell, figure in found if cell.row == Gaze.LEARNED)
    for cell, figure in found:
        line = [cell.row, interval(figure, metric.format)]
        if figure:
            about = figure["about"]
            line += [
                _training(figure),
                difference(learned, figure, finer),
                f"{about['same reader, random fixations']:.1%}",
                f"{about['fixation map entropy, bits']:.1f} bit",
                f"{about['entropy within a step, bits']:.1f} bit",
                f"{about['jump, pixels']:.1f} px",
            ]
        body.append(line + [NONE] * (len(head) - len(line)))
    return markdown(head, body)


def _robustness() -> str:
    """Accuracies under attack, next to those of a plain network."""
    found = [figure for id_, figure in figures().items() if id_.startswith("grlf/robustness/")]

    def place(condition: str) -> tuple[int, str]:
        return _CONDITIONS.index(condition.split()[0].rstrip(",")), condition

    metric = the_table("grlf").metric
    found.sort(key=lambda figure: place(figure["about"]["condition"]))
    body = [
        [
            figure["about"]["condition"],
            interval(figure, "{:.1%}"),
            baseline(figure, "plain network", "{:.1%}"),
            difference(figure, {"seeds": figure["seeds"], "values": figure["about"]["plain network, by seed"]}, metric),
        ]
        for figure in found
    ]
    return markdown(["condition", "saccading", "plain network", "difference, percentage points"], body)
