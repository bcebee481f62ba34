"""Trains what is missing of a table, writes its figures, and prints it beside the source's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saccade.runs import Figure, Published, RunDirectory, read_figures, write_figure

from .grlf import GrlfSettings
from .launch import Watcher, finish_all
from .settings import to_plain


@dataclass(frozen=True)
class Cell:
    """One figure of a table: what is trained, and what the source has there (in per cent)."""

    id: str
    row: str
    column: str
    settings: GrlfSettings
    source: float | None = None
    beside: Mapping[str, str] = field(default_factory=dict)  # baselines: name -> id of their figure


@dataclass(frozen=True)
class Table:
    """A table of figures."""

    name: str
    title: str
    source: str | None
    cells: Sequence[Cell]


def make(table: Table, runs: Path, results: Path, seeds: int, data: str | None, workers: int, watch: Watcher) -> None:
    """Train what is missing under `runs`, finish what was cut off, and write every figure under `results`.

    Raises:
        RunError: a run failed; what is finished stays, and the same command goes on.
    """
    folders = {cell.id: [_folder(runs, cell, seed) for seed in range(seeds)] for cell in table.cells}
    for cell in table.cells:
        for seed, folder in enumerate(folders[cell.id]):
            if not (folder / "settings.json").exists():
                command = f"saccade table {table.name}"
                RunDirectory.create(
                    folder, "grlf-field" if cell.settings.field else "grlf", to_plain(cell.settings), seed,
                    command=command, data=data, threads=1,
                )  # fmt: skip
    # Seed by seed, the figures that count (last in the list) first: a table cut off is still a table.
    order = [folders[cell.id][seed] for seed in range(seeds) for cell in reversed(table.cells)]
    missing = [folder for folder in order if RunDirectory.open(folder).result is None]
    if missing:
        finish_all(missing, workers, watch)
    for cell in table.cells:
        _write(table, cell, folders[cell.id], results, seeds)


def rows(table: Table, results: Path) -> list[tuple[Cell, dict[str, Any] | None]]:
    """Every cell with its figure, None where it has not been measured."""
    figures = read_figures(results)
    return [(cell, figures.get(cell.id)) for cell in table.cells]


def _folder(runs: Path, cell: Cell, seed: int) -> Path:
    return runs / cell.id.replace("/", "-") / f"seed-{seed}"


def _write(table: Table, cell: Cell, folders: Sequence[Path], results: Path, seeds: int) -> None:
    found = [RunDirectory.open(folder) for folder in folders]
    ended = [run.result or {} for run in found]
    measured = read_figures(results)
    eye = [result["test"]["fixations"] for result in ended]
    about = {
        "train accuracy": _mean([result["train_accuracy"] for result in ended]),
        "validation accuracy": _mean([result["validation_accuracy"] for result in ended]),
        "same reader, random fixations": _mean([result["test"]["random_fixations_accuracy"] for result in ended]),
        "fixation map entropy, bits": _mean([each["entropy"] for each in eye]),
        "entropy within a step, bits": _mean([each["entropy_within"] for each in eye]),
        "jump, pixels": _mean([each["jump"] for each in eye]),
        "accuracy by fixation": [
            _mean(step) for step in zip(*(r["test"]["accuracy_by_fixation"] for r in ended), strict=True)
        ],
        "seconds of each run": [round(result["seconds"], 1) for result in ended],
    }
    s = cell.settings
    figure = Figure(
        id=cell.id,
        values=[result["test"]["accuracy"] for result in ended],
        unit=f"fraction of {ended[0]['test']['images']} test images",
        better="higher",
        setup=f"{s.fixations} {s.patch}x{s.patch} crops, {s.images} images seen, reader {s.reader}, gaze {s.gaze}, "
        f"reward {s.reward}, field {s.field or 'none'}, one thread a run, {ended[0]['data']}",
        command=f"saccade table {table.name} --seeds {seeds}",
        seconds=sum(result["seconds"] for result in ended),
        seeds=[run.seed for run in found],
        source=None if cell.source is None or table.source is None else Published(table.source, cell.source / 100),
        baselines={name: measured[id_]["value"] for name, id_ in cell.beside.items()},
        about=about,
        commit=found[0].about["commit"],
    )
    write_figure(results, figure)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
