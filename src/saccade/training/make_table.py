"""Trains what is missing of a table and writes its figures."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from saccade.disk import write_text
from saccade.report.markup import many
from saccade.runs import Figure, RunDirectory, RunError, read_figures, write_figure
from saccade.worlds import DataError
from saccade.worlds.data.mnist import NOTICE as INSTEAD

from .launch import RunEvent, Watcher, finish_all
from .registry import package_of, recipe_named
from .settings import to_plain
from .table import Cell, Table, is_of


def make(table: Table, runs: Path, results: Path, seeds: int, data: str | None, workers: int, watch: Watcher) -> None:
    """Train what is missing of a table, cell by cell, and write each figure as soon as its seeds are done.

    A cell is missing if `results` has no figure of as many seeds and the same settings. Runs that are
    under `runs` already are finished, not trained again.

    Raises:
        DataError: the data of a cell cannot be read.
        RunError: a run failed; what is finished stays, and the same command goes on.
    """
    folders = {
        cell.id: [_folder(runs, cell, seed) for seed in range(seeds)]
        for cell in sorted(table.cells, key=lambda cell: cell.order)
        if not _is_known(cell, results, seeds)
    }
    cells = {cell.id: cell for cell in table.cells}
    _check_data([cells[id_] for id_ in folders], data)
    # A first stage that was trained for a figure that is there, and is gone: the first cell that needs it trains it for the others.
    anew = dict[str, str]()
    for id_, places in folders.items():
        cell = cells[id_]
        lender = cell.stage_of
        if lender and lender not in folders and not all(_stages(runs, cells[lender], seeds)):
            lender = anew.setdefault(lender, id_)
        like = [_folder(runs, cells[lender], seed) if lender not in ("", id_) else None for seed in range(seeds)]
        _prepare(cell, places, like, f"saccade table {table.name}", _data_of(cell, data))

    def write_ended(among: Path | None) -> None:
        ended = [
            id_
            for id_, each in folders.items()
            if (among is None or (among in each and not cells[id_].test_data)) and not _unfinished(each)
        ]
        for id_ in ended:
            _write(table, cells[id_], folders.pop(id_), results, seeds)

    def write_and_watch(event: RunEvent) -> None:
        watch(event)
        if event.ended:
            write_ended(event.folder)

    missing = list(dict.fromkeys(folder for places in folders.values() for folder in _unfinished(places)))
    if missing:
        budgets = {folder: cells[id_].settings.budget for id_, places in folders.items() for folder in places}
        seen = sum(budgets[folder] for folder in missing)
        unit = recipe_named(table.cells[0].recipe).unit
        words = f"{len(folders)} of {len(table.cells)} figures are missing: {many(len(missing), 'run')}, {seen / 1e6:.3g} million {unit}"
        watch(RunEvent(runs, notice=f"{words}. Each is kept as soon as it is done; stopped, the same command goes on."))
        threads_of = {folder: RunDirectory.open(folder).about["threads"] for folder in missing}
        for threads in sorted({*threads_of.values()}, reverse=True):
            alike = [folder for folder in missing if threads_of[folder] == threads]
            finish_all(alike, max(1, workers // threads), write_and_watch)
    write_ended(None)
    for cell in table.cells:
        _cite_baselines(cell, results)


def _check_data(cells: Sequence[Cell], data: str | None) -> None:
    """Report at once what is wrong with the data, before the first run is made."""
    for cell in cells:
        if cell.test_data:
            folder_in(data, cell.test_data)
    for (name, where), cell in {(cell.recipe, _data_of(cell, data)): cell for cell in cells}.items():
        opened = recipe_named(name).open_data(where, cell.settings, lambda _: None)
        if opened.notice == INSTEAD:
            raise DataError(
                "the figures of this table are of MNIST, which is not here and cannot be downloaded: `saccade data get mnist`, or set SACCADE_DATA"
            )


def _stages(runs: Path, cell: Cell, seeds: int) -> Iterator[bool]:
    """Whether the first stage of a cell's runs is still there, seed by seed."""
    folders = (_folder(runs, cell, seed) for seed in range(seeds))
    return ((folder / "settings.json").exists() and RunDirectory.open(folder).stage.exists() for folder in folders)


def _data_of(cell: Cell, data: str | None) -> str | None:
    if cell.data is None:
        return None
    return str(folder_in(data, cell.data)) if cell.data else data


def folder_in(data: str | None, name: str) -> Path:
    """The folder `name` among the data: in `data`, or else in SACCADE_DATA.

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
    return known is not None and is_of(cell, known) and len(known["values"]) >= seeds


def _prepare(cell: Cell, folders: Sequence[Path], like: Sequence[Path | None], command: str, data: str | None) -> None:
    settings = to_plain(cell.settings)
    for seed, (folder, other) in enumerate(zip(folders, like, strict=True)):
        if not (folder / "settings.json").exists():
            RunDirectory.create(
                folder, cell.recipe, settings, seed, command=command, data=data, threads=cell.threads, like=other,
                package=package_of(cell.recipe),
            )  # fmt: skip
        elif RunDirectory.open(folder).settings != settings:
            raise RunError(f"{folder} has other settings than {cell.id}: move it away, or choose another --runs")


def _unfinished(folders: Sequence[Path]) -> list[Path]:
    return [folder for folder in folders if RunDirectory.open(folder).result is None]


def _cite_baselines(cell: Cell, results: Path) -> None:
    """Note the values of a cell's baselines in its figure."""
    figures = read_figures(results)
    if cell.id not in figures:
        return
    found = {name: figures[id_]["value"] for name, id_ in cell.baselines.items() if id_ in figures}
    baselines = {**figures[cell.id]["baselines"], **found}
    if figures[cell.id]["baselines"] != baselines:
        text = json.dumps({**figures[cell.id], "baselines": baselines}, indent=1)
        write_text(results / f"{cell.id}.json", text + "\n")


def _folder(runs: Path, cell: Cell, seed: int) -> Path:
    return runs / (cell.runs_of or cell.id).replace("/", "-") / f"seed-{seed}"


def _write(table: Table, cell: Cell, folders: Sequence[Path], results: Path, seeds: int) -> None:
    found = [RunDirectory.open(folder) for folder in folders]
    measured = table.measure(cell)(found)
    threads = "one thread" if cell.threads == 1 else f"{cell.threads} threads"
    figure = Figure(
        id=cell.id,
        values=measured.values,
        unit=measured.unit,
        better=measured.metric.better,
        range=(measured.metric.low, measured.metric.high),
        test_images=measured.test_images if measured.metric.proportion else 0,
        setup=f"{measured.words}{cell.settings.describe()}, {threads} per run, {measured.data}",
        command=f"saccade table {table.name} --seeds {seeds}",
        seconds=sum((run.result or {})["seconds"] for run in found),
        seeds=measured.seeds or [run.seed for run in found],
        source=cell.published,
        baselines=measured.baselines,
        about={**measured.about, "settings": to_plain(cell.settings), "package": _of_all(found, "package")},
        commit=_of_all(found, "commit"),
    )
    write_figure(results, figure)


def _of_all(runs: Sequence[RunDirectory], name: str) -> str:
    """What runs note about themselves, such as the commit."""
    return ", ".join(dict.fromkeys(run.about[name] for run in runs))
