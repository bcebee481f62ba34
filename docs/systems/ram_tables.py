"""Tables of recurrent attention (RAM)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from docs.markdown import NONE, cells, difference, interval, markdown, the_table
from saccade.recipes.active_vision.settings import Gaze
from saccade.recipes.ram.settings import Model, RamSettings
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
_COSTS = {"parameters": "parameters", "multiply_adds": "multiply-adds per image"}


def makers() -> Mapping[str, Callable[[], str]]:
    """The tables, by name."""
    by_task = {name: partial(_errors, column) for name, column in _COLUMNS.items()}
    return {"headline-ram": _headline, **by_task}


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
        ours, network = (found[f"ram/{each}/error"][1] for each in (id_, f"{id_.split('/')[0]}/convolutional"))
        line.insert(5, difference(ours, network, the_table("ram").metric))
        body.append(line)
    networks = ["convolutional network", "published", "RAM minus it, points", "dense network", "published"]
    return markdown(["RAM, test error", "ours", "published", *networks], body)


def _errors(column: str) -> str:
    """Test errors of one task, how far each is from RAM after as many images, and what the models cost."""
    body, metric = [], the_table("ram").metric
    found = [(cell, figure) for cell, figure in cells("ram") if cell.column == column]
    rams = [(_settings(cell), figure) for cell, figure in found if _is_ram(cell)]
    glimpses = max(rams, key=lambda each: each[0].seen)[0].fixations  # of the training that is as long as the networks'
    by_length = {settings.seen: figure for settings, figure in rams if settings.fixations == glimpses}
    for cell, figure in found:
        costs = [f"{figure['about'][key]:,}" if figure else NONE for key in _COSTS]
        apart = difference(figure, by_length[_settings(cell).seen], metric)
        body.append([cell.row, interval(figure, metric.format), _published(cell), apart, *costs])
    head = ["", "test error", "published", f"minus RAM with {glimpses} glimpses, points", *_COSTS.values()]
    return markdown(head, body)


def _settings(cell: Cell) -> RamSettings:
    assert isinstance(cell.settings, RamSettings)
    return cell.settings


def _is_ram(cell: Cell) -> bool:
    """Whether a cell is RAM itself, each image seen once, and no other gaze or network."""
    own = _settings(cell)
    return own.model is Model.RAM and own.gaze is Gaze.LEARNED and not cell.runs_of
