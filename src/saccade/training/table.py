"""Trains what is missing of a table, writes its figures, and prints it beside the source's."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from saccade.runs import Figure, Published, RunDirectory, RunError, read_figures, write_figure
from saccade.runs.disk import write_text
from saccade.worlds import DataError

from saccade.recipes import recipe_named
from .launch import Report, Watcher, finish_all
from .readings import Reader, accuracies
from .settings import to_plain


class Settings(Protocol):
    """What a table has to know of a run's settings."""

    def describe(self) -> str:
        """What a run of them does."""

    @property
    def budget(self) -> int:
        """How many images, episodes or decisions a run learns from."""


class Kind(StrEnum):
    """What the figures of a table are."""

    ACCURACY = "accuracy"
    ERROR = "error"
    OVERLAP = "overlap"
    POINTS = "points"


@dataclass(frozen=True)
class Cell:
    """One figure of a table: what is trained, and what the source has there."""

    id: str
    recipe: str
    row: str
    column: str
    settings: Settings
    source: Published | None = None
    beside: Mapping[str, str] = field(default_factory=dict)  # baselines: name -> id of their figure
    turn: int = 0  # cells of a lower turn are made first
    runs_of: str = ""  # id of another cell, whose runs it reads
    like: str = ""  # id of another cell of an earlier turn, whose first stage of training is the same
    images: str = (
        ""  # folder in the data that holds its images and masks; of digits, and of images that are drawn, none
    )
    read: Reader = accuracies
    threads: int = 1  # of torch, in each of its runs
    elsewhere: str = ""  # another folder in the data, that its runs are measured on when all is trained


@dataclass(frozen=True)
class Table:
    """A table of figures."""

    name: str
    title: str
    cells: Sequence[Cell]
    kind: Kind = Kind.ACCURACY


def make(table: Table, runs: Path, results: Path, seeds: int, data: str | None, workers: int, watch: Watcher) -> None:
    """Train what is missing of a table, cell by cell, and write each figure as soon as its seeds are done.

    A cell is missing if `results` has no figure of as many seeds and the same settings. Runs that are
    under `runs` already are finished, not trained again.

    Raises:
        RunError: a run failed; what is finished stays, and the same command goes on.
    """
    folders = {
        cell.id: [_folder(runs, cell, seed) for seed in range(seeds)]
        for cell in sorted(table.cells, key=lambda cell: cell.turn)
        if not _is_known(cell, results, seeds)
    }
    cells = {cell.id: cell for cell in table.cells}
    # A first stage that was learned for a figure that is there, and is gone: the first cell that wants it learns it for the others.
    anew = dict[str, str]()
    for id_, places in folders.items():
        cell = cells[id_]
        if cell.elsewhere:
            images_in(data, cell.elsewhere)
        lender = cell.like
        if lender and lender not in folders and not all(_stages(runs, cells[lender], seeds)):
            lender = anew.setdefault(lender, id_)
        like = [_folder(runs, cells[lender], seed) if lender not in ("", id_) else None for seed in range(seeds)]
        _prepare(cell, places, like, f"saccade table {table.name}", _data_of(cell, data))

    def write_ended(among: Path | None) -> None:
        ended = [
            id_
            for id_, each in folders.items()
            if (among is None or (among in each and not cells[id_].elsewhere)) and not _unfinished(each)
        ]
        for id_ in ended:
            _write(table, cells[id_], folders.pop(id_), results, seeds)

    def write_and_watch(report: Report) -> None:
        watch(report)
        if report.ended:
            write_ended(report.folder)

    missing = list(dict.fromkeys(folder for places in folders.values() for folder in _unfinished(places)))
    if missing:
        seen = sum(cells[id_].settings.budget * len(_unfinished(places)) for id_, places in folders.items())
        told = f"{len(folders)} of {len(table.cells)} figures are missing: {len(missing)} runs, {seen / 1e6:.3g} million {'decisions' if table.kind is Kind.POINTS else 'images'}"
        watch(Report(runs, notice=f"{told}. Each is kept as soon as it is done; stopped, the same command goes on."))
        threads_of = {folder: RunDirectory.open(folder).about["threads"] for folder in missing}
        for threads in sorted({*threads_of.values()}, reverse=True):
            alike = [folder for folder in missing if threads_of[folder] == threads]
            finish_all(alike, max(1, workers // threads), write_and_watch)
    write_ended(None)
    for cell in table.cells:
        _stand_beside(cell, results)


def _stages(runs: Path, cell: Cell, seeds: int) -> Iterator[bool]:
    """Whether what a cell's runs had learned in their first stage is there, seed by seed."""
    folders = (_folder(runs, cell, seed) for seed in range(seeds))
    return ((folder / "settings.json").exists() and RunDirectory.open(folder).stage.exists() for folder in folders)


def _threads(number: int) -> str:
    return "one thread" if number == 1 else f"{number} threads"


def _data_of(cell: Cell, data: str | None) -> str | None:
    if cell.images:
        return str(images_in(data, cell.images))
    return None if recipe_named(cell.recipe).folder else data  # what is drawn has no folder


def images_in(data: str | None, name: str) -> Path:
    """The folder `name` among the data: in `data`, or else where SACCADE_DATA says.

    Raises:
        DataError: it is not there.
    """
    home = data or os.environ.get("SACCADE_DATA", "")
    folder = Path(home).expanduser() / name
    if not home or not folder.is_dir():
        where = f"not in {home}" if home else "nowhere: neither --data nor SACCADE_DATA is given"
        raise DataError(f"the images and masks of {name} are {where}; name a folder that holds {name}/")
    return folder.resolve()


def _is_known(cell: Cell, results: Path, seeds: int) -> bool:
    known = read_figures(results).get(cell.id)
    return known is not None and _is_of(cell, known) and len(known["values"]) >= seeds


def _is_of(cell: Cell, figure: dict[str, Any] | None) -> bool:
    return figure is not None and figure["about"].get("settings") == to_plain(cell.settings)


def _prepare(cell: Cell, folders: Sequence[Path], like: Sequence[Path | None], command: str, data: str | None) -> None:
    settings = to_plain(cell.settings)
    for seed, (folder, other) in enumerate(zip(folders, like, strict=True)):
        if not (folder / "settings.json").exists():
            RunDirectory.create(
                folder, cell.recipe, settings, seed, command=command, data=data, threads=cell.threads, like=other
            )
        elif RunDirectory.open(folder).settings != settings:
            raise RunError(f"{folder} has other settings than {cell.id}: move it away, or choose another --runs")


def _unfinished(folders: Sequence[Path]) -> list[Path]:
    return [folder for folder in folders if RunDirectory.open(folder).result is None]


def _stand_beside(cell: Cell, results: Path) -> None:
    """Note the baselines' figures beside the figure that cites them."""
    figures = read_figures(results)
    if cell.id not in figures:
        return
    found = {name: figures[id_]["value"] for name, id_ in cell.beside.items() if id_ in figures}
    beside = {**figures[cell.id]["baselines"], **found}
    if figures[cell.id]["baselines"] != beside:
        text = json.dumps({**figures[cell.id], "baselines": beside}, indent=1)
        write_text(results / f"{cell.id}.json", text + "\n")


def rows(table: Table, results: Path) -> list[tuple[Cell, dict[str, Any] | None]]:
    """Every cell with its figure, None where it has not been measured with the cell's settings."""
    figures = read_figures(results)
    return [(cell, figures[cell.id] if _is_of(cell, figures.get(cell.id)) else None) for cell in table.cells]


def _folder(runs: Path, cell: Cell, seed: int) -> Path:
    return runs / (cell.runs_of or cell.id).replace("/", "-") / f"seed-{seed}"


def _write(table: Table, cell: Cell, folders: Sequence[Path], results: Path, seeds: int) -> None:
    found = [RunDirectory.open(folder) for folder in folders]
    reading = cell.read(found)
    figure = Figure(
        id=cell.id,
        values=reading.values,
        unit=reading.unit,
        better=reading.better,
        setup=f"{reading.words}{cell.settings.describe()}, {_threads(cell.threads)} a run, {reading.data}",
        command=f"saccade table {table.name} --seeds {seeds}",
        seconds=sum((run.result or {})["seconds"] for run in found),
        seeds=[run.seed for run in found],
        source=cell.source,
        baselines=reading.baselines,
        about={**reading.about, "settings": to_plain(cell.settings)},
        commit=", ".join(dict.fromkeys(run.about["commit"] for run in found)),
    )
    write_figure(results, figure)
