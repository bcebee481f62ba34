"""Tables of the saccade system (GRLF)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from docs.markdown import NONE, baseline, cells, difference, figures, interval, markdown, published, the_table

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
    """Accuracies by reward and reader, next to the source's."""
    metric, found = the_table("grlf").metric, cells("grlf")
    at = {(cell.row, cell.column): (cell, figure) for cell, figure in found}
    columns = dict.fromkeys(cell.column for cell, _ in found)
    sourced = {cell.column for cell, _ in found if cell.published is not None}
    head = [""]
    for column in columns:
        head += [column, "published"] if column in sourced else [column]
    body = []
    for row in dict.fromkeys(cell.row for cell, _ in found):
        line = [row]
        for column in columns:
            here = at.get((row, column))
            line.append(interval(here[1], metric.format) if here else NONE)
            if column in sourced:
                line.append(published(here[0], metric) if here else NONE)
        body.append(line)
    return markdown(head, body)


def _by_gaze(name: str) -> str:
    """Accuracies by gaze, and how the eye moved."""
    head = [
        "gaze",
        "test accuracy",
        "same reader, random fixations",
        "map entropy",
        "entropy within a step",
        "saccade amplitude",
    ]
    body = []
    for cell, figure in cells(name):
        line = [cell.row, interval(figure, the_table(name).metric.format)]
        if figure:
            about = figure["about"]
            line += [
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

    found.sort(key=lambda figure: place(figure["about"]["condition"]))
    body = [
        [
            figure["about"]["condition"],
            interval(figure, "{:.1%}"),
            baseline(figure, "plain network", "{:.1%}"),
            difference(figure["values"], figure["about"]["plain network, by seed"]),
        ]
        for figure in found
    ]
    return markdown(["condition", "saccading", "plain network", "difference, seed by seed"], body)
