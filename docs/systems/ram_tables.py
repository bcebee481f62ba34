"""Tables of recurrent attention (RAM)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from docs.markdown import MISSING, NONE, Figure, cells, interval, markdown, the_table
from saccade.runs import paired_difference
from saccade.training.table import Cell

_COLUMNS = {
    "ram-mnist": "28x28",
    "ram-translated": "translated 60x60",
    "ram-cluttered": "cluttered 60x60",
    "ram-cluttered-100": "cluttered 100x100",
}
_RESULTS = {  # of the first page
    "mnist/6": "MNIST, 6 glimpses",
    "translated/8": "translated 60×60, 8 glimpses",
    "cluttered/8": "cluttered 60×60, 8 glimpses",
    "cluttered-100/8": "cluttered 100×100, 8 glimpses",
}
_COMPARED = ("convolutional", "residual")
_COSTS = {"parameters": "parameters", "multiply_adds": "multiply-adds per image"}


def makers() -> Mapping[str, Callable[[], str]]:
    """The tables, by name."""
    by_task = {name: partial(_errors, column) for name, column in _COLUMNS.items()}
    return {"headline-ram": _headline, "ram-differences": _differences, **by_task}


def _published(cell: Cell) -> str:
    """With as many digits as ours: the paper gives two decimals."""
    return NONE if cell.published is None else the_table("ram").metric.shown(cell.published.value)


def _headline() -> str:
    found = {cell.id: (cell, figure) for cell, figure in cells("ram")}
    form = the_table("ram").metric.format
    body = []
    for id_, name in _RESULTS.items():
        line = [name]
        for each in (id_, *(f"{id_.split('/')[0]}/{network}" for network in ("convolutional", "dense-256"))):
            cell, figure = found[f"ram/{each}/error"]
            line += [interval(figure, form), _published(cell)]
        body.append(line)
    networks = ["convolutional network", "published", "dense network", "published"]
    return markdown(["RAM, test error", "ours", "published", *networks], body)


def _errors(column: str) -> str:
    """Test errors of one task, and what the models cost."""
    body = []
    for cell, figure in cells("ram"):
        if cell.column == column:
            costs = [f"{figure['about'][key]:,}" if figure else NONE for key in _COSTS]
            body.append([cell.row, interval(figure, the_table("ram").metric.format), _published(cell), *costs])
    return markdown(["", "test error", "published", *_COSTS.values()], body)


def _differences() -> str:
    """RAM's error minus that of the networks that see the whole image at once, among clutter, seed by seed."""
    found = {cell.id: (cell, figure) for cell, figure in cells("ram")}
    body = []
    for cell, figure in found.values():
        for id_ in cell.baselines.values() if cell.column.startswith("cluttered") else ():
            network, other = found[id_]
            if network.settings.model in _COMPARED:
                body.append(
                    [
                        cell.column.replace("x", "×"),
                        f"{cell.settings.seen:,}",
                        network.settings.model,
                        _minus(figure, other),
                    ]
                )
    return markdown(["", "images", "RAM, 8 glimpses, minus", "difference, percentage points"], body)


def _minus(first: Figure | None, second: Figure | None) -> str:
    """The difference over the seeds of both, with its interval."""
    if first is None or second is None:
        return MISSING
    found = paired_difference(*(dict(zip(each["seeds"], each["values"], strict=True)) for each in (first, second)))
    return MISSING if found is None else the_table("ram").metric.difference(found).removesuffix(" percentage points")
