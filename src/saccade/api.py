"""Everything that the command does, one call each."""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from saccade.graph import Graph
from saccade.graph.errors import nearest
from saccade.recipes import recipe_named
from saccade.recipes.active_vision.data import open_digits
from saccade.training.launch import Report, Watcher, computing_as, finish_all, open_training
from saccade.recipes.active_vision.task import LookingTask
from saccade.recipes.grlf.robustness import STEPS, measure, robustness_rows
from saccade.training.settings import SettingsError, replaced, to_plain
from saccade.recipes.active_vision.stopping import Stopping, stop_when_sure
from saccade.training.table import Table, make
from saccade.training.loop import Training
from saccade.runs import RunDirectory, RunError, find_runs

if TYPE_CHECKING:
    from saccade.recipes.dqn.task import DQNTask  # it wants libraries that not everybody has


def silent(_: Report) -> None:
    """Watch nothing."""


def train(
    recipe: str,
    settings: Any = None,
    *,
    seeds: int = 1,
    first_seed: int = 0,
    out: Path | str | None = None,
    data: Path | str | None = None,
    workers: int | None = None,
    threads: int = 1,
    command: str | None = None,
    watch: Watcher = silent,
    **options: Any,
) -> Path:
    """Train a recipe and return the folder that holds one run directory a seed.

    Args:
        recipe: name, see `saccade list`.
        settings: the recipe's settings (default: its own).
        seeds, first_seed: run this many seeds, from this one on.
        out: folder of the runs; default `runs/<recipe>-<n>`.
        data: folder of the data; default `SACCADE_DATA`, the cache, a download.
        workers: seeds trained side by side; default: one a core.
        threads: torch threads of a run.
        command: what to note as the command that made the run.
        watch: called with every `Report` of progress.
        options: single settings to replace, such as `images=100_000`.

    Raises:
        UnknownRecipeError, RunError, DataError, DivergedError: see their messages.
    """
    chosen = recipe_named(recipe)
    base = chosen.settings if settings is None else settings
    for name in options.keys() - {field.name for field in dataclasses.fields(base)}:
        known = [field.name for field in dataclasses.fields(base)]
        raise SettingsError(f"{recipe} has no setting {name!r}{nearest(name, known)} (settings: {', '.join(known)})")
    settings = replaced(base, options)
    _at_least(1, seeds=seeds, threads=threads, workers=workers)
    _at_least(0, first_seed=first_seed)
    folder = Path(out) if out is not None else _new_folder(recipe)
    where = _whole(data)
    # Say at once what is wrong with the data, and let go of them: every run reads its own.
    chosen.wire(settings, chosen.open(where, settings, lambda share: watch(Report(folder, read=share))).train)
    call = command or f"saccade.train({recipe!r}, …)"
    folders = [folder / f"seed-{seed}" for seed in range(first_seed, first_seed + seeds)]
    for path in folders:
        RunDirectory.check_free(path)  # all, before the first is made
    for seed, path in enumerate(folders, first_seed):
        RunDirectory.create(path, recipe, to_plain(settings), seed, command=call, data=where, threads=threads)
    finish_all(folders, workers or _cores(), watch)
    return folder


def resume(
    folder: Path | str, *, data: Path | str | None = None, workers: int | None = None, watch: Watcher = silent
) -> Path:
    """Finish the runs in a folder that have not ended; the numbers are those of an unbroken run.

    Args:
        folder: a run directory, or a folder of them.
        data: folder of the data, if they have moved since; it is noted in the runs.
        workers, watch: as in `train`.
    """
    _at_least(1, workers=workers)
    runs = [run for run in find_runs(Path(folder)) if run.result is None]
    for run in runs if data is not None else ():
        open_training(run, where := str(_whole(data)), watch)  # refuses other data than before
        run.move_data(where)
    if runs:
        finish_all([run.folder for run in runs], workers or _cores(), watch)
    return Path(folder)


def evaluate(
    folder: Path | str, *, data: Path | str | None = None, watch: Watcher = silent
) -> list[tuple[RunDirectory, dict[str, Any]]]:
    """Measure the newest checkpoint of every run in a folder on the test set; each run with its measures.

    A run that has not ended is measured as it is now and can still be resumed.

    Raises:
        RunError: no run, or no checkpoint yet.
    """
    measured = []
    for run, training in _trained(folder, data, watch):
        watch(Report(run.folder, measuring=True))
        ended = training.seen >= training.task.total
        measured.append((run, training.conclude() if ended else training.measure()))
    return measured


def evaluate_stopping(
    folder: Path | str, sure: float, *, data: Path | str | None = None, watch: Watcher = silent
) -> list[tuple[RunDirectory, Stopping]]:
    """The same where looking ends as soon as the system is surer than `sure`, in (0, 1], to be right.

    Raises:
        RunError: no run, no checkpoint yet, or a system that does not tell how sure it is.
        ValueError: `sure` is not in (0, 1].
    """
    if not 0 < sure <= 1:
        raise ValueError(f"sure is {sure}: it must be above 0 and at most 1")
    measured = []
    for run, training in _trained(folder, data, watch):
        task = training.task
        if not isinstance(task, LookingTask):
            raise RunError(f"{run.folder}, recipe {run.recipe}: it has no looks to stop")
        try:
            brain = task.system.graph.brain_state()
            found = stop_when_sure(task.recipe, task.settings, brain, task.data.test, sure)
        except ValueError as error:
            raise RunError(f"{run.folder}, recipe {run.recipe}: {error}") from error
        measured.append((run, found))
    return measured


def watch(folder: Path | str, out: Path | str | None = None, seed: int = 0) -> tuple[Path, float]:
    """Let a trained player play an episode and write it as a film (see `saccade watch`).

    Args:
        folder: a run directory, or a folder of them, of which the first is taken.
        out: `.mp4` or `.gif`; default: episode-SEED.mp4 in the run directory.
        seed: of the episode.

    Returns:
        Where the film is, and the points of its episode.

    Raises:
        RunError: no run, no checkpoint yet, or a system that does not play.
    """
    from saccade.report.clip import check_name, write_clip

    run = find_runs(Path(folder))[0]
    target = Path(out) if out is not None else run.folder / f"episode-{seed}.mp4"
    check_name(target)
    if not run.recipe.startswith("dqn"):
        raise RunError(f"{run.folder}, recipe {run.recipe}: it plays no game; `saccade report {run.folder}` shows it")
    ((_, training),) = _trained(run.folder, None, silent)
    clip = cast("DQNTask", training.task).record(seed)
    write_clip(clip, target)
    return target, clip.points


def _trained(folder: Path | str, data: Path | str | None, watch: Watcher) -> Iterator[tuple[RunDirectory, Training]]:
    """The runs in a folder, each as its newest checkpoint has it."""
    for run in find_runs(Path(folder)):
        with computing_as(run):
            training = open_training(run, _whole(data) or run.about["data"], watch)
            if training.seen <= training.task.stage:
                raise RunError(_no_checkpoint(run))
            yield run, training


def _no_checkpoint(run: RunDirectory) -> str:
    if run.result is None:
        return f"{run.folder} has no checkpoint yet: `saccade resume {run.folder}`"
    return (
        f"{run.folder} has ended, and its checkpoint is gone (its figures stand in result.json): "
        f"to train it anew, delete result.json there and `saccade resume {run.folder}`"
    )


def draw(recipe: str, settings: Any = None) -> str:
    """The recipe's graph as SVG text."""
    return graph_of(recipe, settings).svg()


def graph_of(recipe: str, settings: Any = None) -> Graph:
    """The recipe's graph, wired around a blank image."""
    chosen = recipe_named(recipe)
    settings = chosen.settings if settings is None else settings
    graph: Graph = chosen.wire(settings, chosen.blank(settings)).graph
    return graph


def write_report(
    folders: Sequence[Path | str] | Path | str, out: Path | str | None = None, picture: Path | None = None
) -> Path:
    """Write one HTML page about the runs in a folder or several (see `saccade report`) and return its path.

    `picture`: also write a PNG here, of the first run's looks at one digit of each class.

    Raises:
        RunError: there is no run.
    """
    from saccade.report import write_picture
    from saccade.report import write_report as write

    folders = [folders] if isinstance(folders, Path | str) else folders
    if not folders:
        raise RunError("a report needs a run directory, or several: none was given")
    runs = [run for folder in folders for run in find_runs(Path(folder))]
    if picture is not None:
        write_picture(runs[0], picture)
    name = "report.html" if len(folders) == 1 else "comparison.html"
    target = Path(out) if out is not None else Path(folders[0]) / name
    return write(runs, target)


def table(
    chosen: Table,
    runs: Path,
    results: Path,
    *,
    seeds: int = 3,
    data: Path | str | None = None,
    workers: int | None = None,
    watch: Watcher = silent,
) -> None:
    """Train what is missing of a table and write its figures (see `saccade table`)."""
    _at_least(1, seeds=seeds, workers=workers)
    where = _whole(data)
    if any(recipe_named(cell.recipe).open is open_digits for cell in chosen.cells):
        open_digits(where)
    make(chosen, runs, results, seeds, where, workers or _cores(), watch)


def robustness(
    folders: Sequence[Path | str],
    results: Path,
    images: int = 1000,
    data: Path | str | None = None,
    command: str | None = None,
    watch: Callable[[float], None] = lambda _: None,
) -> list[tuple[str, float, float]]:
    """Attack finished runs; rows of condition, their accuracy, a plain network's (see `saccade robustness`).

    `watch` is called with the share that is done.
    """
    runs = [run for folder in folders for run in find_runs(Path(folder))]
    where = _whole(data)
    done = itertools.count(1)
    return robustness_rows(
        measure(
            runs, results, images, where, command or "saccade.robustness(…)",
            lambda: watch(next(done) / (STEPS * len(runs))),
        )
    )  # fmt: skip


def _whole(data: Path | str | None) -> str | None:
    """A path that means the same wherever it is read."""
    return None if data is None else str(Path(data).expanduser().resolve())


def _at_least(low: int, **values: int | None) -> None:
    for name, value in values.items():
        if value is not None and value < low:
            raise ValueError(f"{name} is {value}: it must be {low} or more")


def _new_folder(recipe: str) -> Path:
    number = 1
    while (folder := Path("runs") / f"{recipe}-{number}").exists():
        number += 1
    return folder


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
