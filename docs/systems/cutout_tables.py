"""Tables of segmenting by scribbling (CutOut)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from docs.markdown import MISSING, NONE, Figure, baseline, cells, difference, interval, markdown, published, the_table

_BASELINES = {
    "its forecast": "forecast mask",
    "expert on the forecast": "expert on the forecast",
    "expert on the ground truth": "expert on the ground truth",
    "greedy oracle": "greedy oracle",
    "blind script": "open-loop",
    "mean mask": "mean mask",
    "random": "random",
}
_RESULTS = {"cutout/faces/iou": "drawn faces", "cutout/portraits/iou": "portraits"}  # of the first page


def makers() -> Mapping[str, Callable[[], str]]:
    """The tables, by name."""
    by_images = {f"cutout-{images}": partial(_overlaps, images) for images in ("faces", "portraits", "horses")}
    return {"headline-cutout": _headline, **by_images, "cutout-sweep": _sweep, "cutout-times": _times}


def _overlap(figure: Figure | None) -> str:
    return interval(figure, the_table("cutout").metric.format)


def _headline() -> str:
    found = {cell.id: (cell, figure) for cell, figure in cells("cutout")}
    names = ("its forecast", "greedy oracle", "blind script")
    body = []
    for id_, name in _RESULTS.items():
        cell, figure = found[id_]
        others = (baseline(figure, each, "{:.3f}") for each in names)
        body.append([name, _overlap(figure), published(cell, the_table("cutout").metric), *others])
    head = ["CutOut, 30 steps of both pens, mean IoU", "scribbler", "published, other pictures"]
    return markdown([*head, *(_BASELINES[each] for each in names)], body)


def _overlaps(images: str) -> str:
    """Overlaps on one set of images, and those of all baselines from the same starts."""
    found = [(cell, figure) for cell, figure in cells("cutout") if cell.column == images]
    body, metric = [], the_table("cutout").metric
    for cell, figure in found:
        others = (baseline(figure, each, "{:.3f}") for each in _BASELINES)
        apart = difference(figure, found[0][1], metric)
        body.append([cell.row, f"{cell.settings.budget:,}", _overlap(figure), apart, *others])
    return markdown(["", "episodes", "scribbler", "minus the first row", *_BASELINES.values()], body)


def _sweep() -> str:
    """The source's experiments, and what strokes do that are the same for every image."""
    metric, found = the_table("cutout-sweep").metric, cells("cutout-sweep")
    body = []
    for cell, figure in found:
        apart, script = difference(figure, found[0][1], metric), baseline(figure, "blind script", metric.format)
        body.append([cell.row, published(cell, metric), _overlap(figure), apart, script])
    return markdown(["", "published", "ours", "minus the first row", "open-loop"], body)


def _times() -> str:
    """How long training took, that of the forecasting networks included."""
    body = []
    for cell, figure in cells("cutout"):
        if not cell.test_data:
            about = figure["about"] if figure else {}
            minutes = about.get("minutes to 0.9 on validation images", [])
            reached = ", ".join("never" if each is None else f"{each:.0f}" for each in minutes)
            seconds = ", ".join(f"{each / 60:.0f}" for each in about.get("seconds of each run", []))
            body.append([f"{cell.column}, {cell.row}", reached or MISSING, seconds or NONE])
    return markdown(["", "minutes to a validation IoU of 0.9, by seed", "minutes in all, by seed"], body)
