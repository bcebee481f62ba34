"""Trains what is missing of a table, writes its figures, and prints it beside the source's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saccade.runs import Figure, Published, RunDirectory, RunError, read_figures, read_metrics, write_figure
from saccade.runs.disk import write_text

from .launch import Report, Watcher, finish_all
from .looking import LookSettings
from .settings import to_plain


@dataclass(frozen=True)
class Cell:
    """One figure of a table: what is trained, and what the source has there."""

    id: str
    recipe: str
    row: str
    column: str
    settings: LookSettings
    source: Published | None = None
    beside: Mapping[str, str] = field(default_factory=dict)  # baselines: name -> id of their figure
    turn: int = 0  # cells of a lower turn are made first
    copies_of: str = ""  # id of the cell whose runs it measures again, by the mean of their drawn passes


@dataclass(frozen=True)
class Table:
    """A table of figures."""

    name: str
    title: str
    cells: Sequence[Cell]
    errors: bool = False  # test errors, as the source has them, not accuracies


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
    for id_, places in folders.items():
        _prepare(cells[id_], places, f"saccade table {table.name}", data)

    def write_and_watch(report: Report) -> None:
        watch(report)
        for id_, places in folders.items():
            if report.ended and report.folder in places and not _unfinished(places):
                _write(table, cells[id_], places, results, seeds)

    missing = list(dict.fromkeys(folder for places in folders.values() for folder in _unfinished(places)))
    if missing:
        seen = sum(RunDirectory.open(folder).settings["images"] for folder in missing)
        told = f"{len(folders)} of {len(table.cells)} figures are missing: {len(missing)} runs, {seen / 1e6:.3g} million images"
        watch(Report(runs, notice=f"{told}. Each is kept as soon as it is done; stopped, the same command goes on."))
        finish_all(missing, workers, write_and_watch)
    for id_, places in folders.items():
        _write(table, cells[id_], places, results, seeds)
    for cell in table.cells:
        _stand_beside(cell, results)


def _is_known(cell: Cell, results: Path, seeds: int) -> bool:
    known = read_figures(results).get(cell.id)
    return known is not None and _is_of(cell, known) and len(known["values"]) >= seeds


def _is_of(cell: Cell, figure: dict[str, Any] | None) -> bool:
    return figure is not None and figure["about"].get("settings") == to_plain(cell.settings)


def _prepare(cell: Cell, folders: Sequence[Path], command: str, data: str | None) -> None:
    settings = to_plain(cell.settings)
    for seed, folder in enumerate(folders):
        if not (folder / "settings.json").exists():
            RunDirectory.create(folder, cell.recipe, settings, seed, command=command, data=data, threads=1)
        elif RunDirectory.open(folder).settings != settings:
            raise RunError(f"{folder} has other settings than {cell.id}: move it away, or choose another --runs")


def _unfinished(folders: Sequence[Path]) -> list[Path]:
    return [folder for folder in folders if RunDirectory.open(folder).result is None]


def _stand_beside(cell: Cell, results: Path) -> None:
    """Note the baselines' figures beside the figure that cites them."""
    figures = read_figures(results)
    if cell.id not in figures:
        return
    beside = {name: figures[id_]["value"] for name, id_ in cell.beside.items() if id_ in figures}
    if beside and figures[cell.id]["baselines"] != beside:
        text = json.dumps({**figures[cell.id], "baselines": beside}, indent=1)
        write_text(results / f"{cell.id}.json", text + "\n")


def rows(table: Table, results: Path) -> list[tuple[Cell, dict[str, Any] | None]]:
    """Every cell with its figure, None where it has not been measured with the cell's settings."""
    figures = read_figures(results)
    return [(cell, figures[cell.id] if _is_of(cell, figures.get(cell.id)) else None) for cell in table.cells]


def _folder(runs: Path, cell: Cell, seed: int) -> Path:
    return runs / (cell.copies_of or cell.id).replace("/", "-") / f"seed-{seed}"


def _write(table: Table, cell: Cell, folders: Sequence[Path], results: Path, seeds: int) -> None:
    found = [RunDirectory.open(folder) for folder in folders]
    ended = [run.result or {} for run in found]
    about = {
        "train accuracy": _mean([result["train_accuracy"] for result in ended]),
        "validation accuracy": _mean([result["validation_accuracy"] for result in ended]),
        **({} if cell.copies_of else _looking([result["test"] for result in ended])),
        "seconds of each run": [round(result["seconds"], 1) for result in ended],
        **{name: ended[0]["test"][name] for name in ("parameters", "multiply_adds") if name in ended[0]["test"]},
        "validation accuracy by images": _curve(found),
        "settings": to_plain(cell.settings),
    }
    accuracies = [result["test"]["accuracy_of_copies" if cell.copies_of else "accuracy"] for result in ended]
    passes = ""
    if cell.copies_of:
        n = ended[0]["test"]["passes"]
        passes, about["multiply_adds"] = f"mean of {n} passes with drawn places, ", n * about["multiply_adds"]
    figure = Figure(
        id=cell.id,
        values=[1 - accuracy for accuracy in accuracies] if table.errors else accuracies,
        unit=f"{'error, ' if table.errors else ''}fraction of {ended[0]['test']['images']} test images",
        better="lower" if table.errors else "higher",
        setup=f"{passes}{cell.settings.describe()}, one thread a run, {ended[0]['data']}",
        command=f"saccade table {table.name} --seeds {seeds}",
        seconds=sum(result["seconds"] for result in ended),
        seeds=[run.seed for run in found],
        source=cell.source,
        about=about,
        commit=", ".join(dict.fromkeys(run.about["commit"] for run in found)),
    )
    write_figure(results, figure)


def _looking(tests: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How the eye moved; nothing of a network that sees everything at once."""
    if len(tests[0]["accuracy_by_fixation"]) == 1:
        return {}
    eye = [test["fixations"] for test in tests]
    found: dict[str, Any] = {
        "same reader, random fixations": _mean([test["random_fixations_accuracy"] for test in tests]),
        "fixation map entropy, bits": _mean([each["entropy"] for each in eye]),
        "entropy within a step, bits": _mean([each["entropy_within"] for each in eye]),
        "jump, pixels": _mean([each["jump"] for each in eye]),
        "accuracy by fixation": _by_step([test["accuracy_by_fixation"] for test in tests]),
    }
    if all("stopping" in test for test in tests):
        found["early stopping"] = _stopping([test["stopping"] for test in tests])
    if all("hit_rate" in test for test in tests):
        found["hit rate by fixation"] = _by_step([test["hit_rate"] for test in tests])
    return found


def _curve(runs: Sequence[RunDirectory]) -> list[tuple[int, float]]:
    """Validation accuracy by images seen, the mean of the runs."""
    curves = [
        {
            round(row["images"]): row["validation_accuracy"]
            for row in read_metrics(run.folder)
            if "validation_accuracy" in row
        }
        for run in runs
    ]
    return [
        (images, _mean([curve[images] for curve in curves])) for images in curves[0] if all(images in c for c in curves)
    ]


def _stopping(runs: Sequence[Sequence[Mapping[str, float]]]) -> list[dict[str, float]]:
    """By threshold of being sure: mean number of looks and accuracy, the means of the runs."""
    return [{name: _mean([row[name] for row in rows]) for name in rows[0]} for rows in zip(*runs, strict=True)]


def _by_step(runs: Sequence[Sequence[float]]) -> list[float]:
    """The means of the runs, step by step."""
    return [_mean(step) for step in zip(*runs, strict=True)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
