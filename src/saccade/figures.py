"""What trains the figures of tables: `table` all that is missing of one, `reproduce` exactly one figure anew."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from saccade.arguments import ArgumentError, absolute, check_paths, check_whole
from saccade.processes import cores
from saccade.ranges import MOST
from saccade.training.launch import Watcher
from saccade.training.make_table import make
from saccade.training.registry import cell_named
from saccade.training.table import Reproduced, Table, rows
from saccade.watching import watching


def table(
    chosen: Table,
    runs: Path,
    results: Path,
    *,
    seeds: int = 3,
    data: Path | str | None = None,
    workers: int | None = None,
    watch: Watcher | None = None,
) -> None:
    """Train what is missing of a table and write its figures (see `saccade table`)."""
    if not isinstance(chosen, Table):
        raise ArgumentError(f"chosen is {chosen!r}: it must be a table, see saccade.training.registry.table_named")
    check_paths(runs=runs, results=results, data=data)
    workers = cores() if workers is None else workers
    check_whole(1, MOST, seeds=seeds, workers=workers)
    with watching(watch) as note:
        make(chosen, Path(runs), Path(results), seeds, absolute(data), workers, note)


def reproduce(
    id_: str,
    *,
    seeds: int = 3,
    runs: Path | str = "runs/reproduced",
    results: Path | str = "results",
    data: Path | str | None = None,
    workers: int | None = None,
    watch: Watcher | None = None,
) -> Reproduced:
    """Train exactly one figure of a table anew (see `saccade reproduce`).

    Args:
        id_: of the figure, such as `grlf/recurrent/accuracy-100k`.
        seeds: how many to train.
        runs: folder of the runs and of the new figure.
        results: folder of the stored figures; nothing is written there.
        data, workers, watch: as in `train`.

    Raises:
        UnknownFigureError: no table has it.
    """
    if not isinstance(id_, str):
        raise ArgumentError(f"id_ is {id_!r}: it must be the id of a figure, a text")
    check_paths(runs=runs, results=results, data=data)
    workers = cores() if workers is None else workers
    check_whole(1, MOST, seeds=seeds, workers=workers)
    whole, cell = cell_named(id_)
    alone = dataclasses.replace(whole, cells=[dataclasses.replace(cell, baselines={}, stage_of="")])
    stored = rows(dataclasses.replace(whole, cells=[cell]), Path(results))[0][1]
    with watching(watch) as note:
        make(alone, Path(runs), Path(runs) / "results", seeds, absolute(data), workers, note)
    ((_, new),) = rows(alone, Path(runs) / "results")
    assert new is not None
    return Reproduced(whole, cell, new, stored)
