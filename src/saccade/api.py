"""Everything that the command `saccade` does, one function each."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from saccade.arguments import (
    ArgumentError,
    absolute,
    check_folder,
    check_folders,
    check_out,
    check_paths,
    check_recipe,
    check_settings,
    check_whole,
)
from saccade.devices import resolved
from saccade.disk import check_output
from saccade.graph import Graph
from saccade.processes import cores
from saccade.ranges import LAST_SEED, MOST
from saccade.runs import RunDirectory, RunError, find_runs, new_folder, save_checkpoint
from saccade.runs.old_names import current_options
from saccade.runs.rundir import INITIAL
from saccade.training.callback import Callback, checked
from saccade.training.data import OnlyHere
from saccade.training.extend import extend
from saccade.training.initial import initial_weights, sources
from saccade.training.launch import RunEvent, Watcher, finish_all, measuring, open_training, trained
from saccade.training.own_graph import refuse_own_graph
from saccade.training.recipe import Recipe
from saccade.training.registry import package_of, recipe_named, recipe_of
from saccade.training.settings import SettingsError, replaced, to_plain
from saccade.training.task import EarlyExit, ExitsEarly
from saccade.watching import watching
from saccade.worlds import DataError

LARGEST = 10**12  # budget: more is a slip of the keyboard
# Options of `saccade train` that are no settings, and what stands for them here.
_IN_PYTHON = {
    "seed": "the first seed is first_seed=…",
    "report": "nothing but saccade.write_report(folder) writes a page",
}


def train(
    recipe: str,
    settings: Any = None,
    *,
    seeds: int = 1,
    first_seed: int = 0,
    out: Path | str | None = None,
    data: Path | str | None = None,
    from_run: Path | str | None = None,
    workers: int | None = None,
    threads: int = 1,
    device: str = "auto",
    command: str | None = None,
    callbacks: Sequence[Callback] = (),
    watch: Watcher | None = None,
    **options: Any,
) -> Path:
    """Train a recipe and return the folder that holds one run directory per seed.

    Args:
        recipe: name, see `saccade list`.
        settings: the recipe's settings (default: its own).
        seeds, first_seed: run this many seeds, from this one on.
        out: folder of the runs; default `runs/<recipe>-<n>`.
        data: folder of the data; default `SACCADE_DATA`, the cache, a download.
        from_run: begin with the weights of this run, as far as they fit; of a folder of runs, each seed with that of the same seed.
        workers: seeds trained in parallel; default: one per core.
        threads: torch threads of a run.
        device: what the networks compute on, "cpu", "cuda" or "mps"; "auto": CUDA if there is any, else MPS if there is any, else the CPU.
        command: what to note as the command that made the run.
        callbacks: called at every row of metrics with a `saccade.training.Row`, in the process that trains; True ends the training. For
            several seeds they must be functions of a module that can be imported.
        watch: called with every `RunEvent` of progress; default: what takes longer than some seconds shows its progress on standard
            error (`saccade.watching.silent`: nothing does).
        options: single settings to replace, such as `seen=100_000`, or `**{"learner.learning_rate": 1e-3}`.

    Raises:
        ArgumentError, UnknownRecipeError, SettingsError, DeviceError, RunError, DataError, DivergedError: see their messages.
    """
    check_recipe(recipe)
    check_paths(out=out, data=data, from_run=from_run)
    if not isinstance(command, str | None):
        raise ArgumentError(f"command is {command!r}: it must be a text")
    chosen = recipe_named(recipe)
    check_settings(settings, type(chosen.settings), recipe)
    base = chosen.settings if settings is None else settings
    known = [field.name for field in dataclasses.fields(base)]
    options = current_options(options, known)
    for name in _IN_PYTHON.keys() & options.keys() - {*known}:
        raise SettingsError(f"{name}={options[name]!r} is no setting of {recipe}: in Python {_IN_PYTHON[name]}")
    settings = replaced(base, options)
    workers = cores() if workers is None else workers
    check_whole(1, MOST, seeds=seeds, threads=threads, workers=workers)
    check_whole(0, LAST_SEED + 1 - seeds, first_seed=first_seed)
    device = resolved(device)
    callbacks = checked(callbacks, seeds)
    if out is not None and data is not None and Path(out).resolve() == Path(data).expanduser().resolve():
        raise ArgumentError(f"out is {str(out)!r}, the folder of the data: name another one for the runs")
    if out is not None:
        RunDirectory.check_free(check_out(out))
    with watching(watch) as note:
        where, opened = _checked_data(
            chosen, settings, data, seeds, Path(out) if out is not None else Path("runs"), note
        )
        numbers = range(first_seed, first_seed + seeds)
        begun_from = [] if from_run is None else sources(Path(from_run), numbers)
        folder = Path(out) if out is not None else new_folder(recipe)
        call = command or _call(recipe, settings, seeds=seeds, first_seed=first_seed)
        folders = [folder / f"seed-{seed}" for seed in numbers]
        for path in folders:
            RunDirectory.check_free(path)  # all, before the first is made
        weights = [
            initial_weights(path, chosen, settings, opened, source)
            for path, source in zip(folders, begun_from, strict=False)
        ]
        for path, initial in zip(folders, weights, strict=False):
            save_checkpoint(path / INITIAL, initial)
        for place, (seed, path) in enumerate(zip(numbers, folders, strict=True)):
            RunDirectory.create(
                path, recipe, to_plain(settings), seed, command=call, data=where, threads=threads, device=device,
                begun_from=begun_from[place].folder.resolve() if begun_from else None, package=package_of(recipe),
            )  # fmt: skip
        finish_all(folders, workers, note, callbacks)
    return folder


def resume(
    folder: Path | str,
    *,
    budget: int | None = None,
    data: Path | str | None = None,
    device: str | None = None,
    workers: int | None = None,
    callbacks: Sequence[Callback] = (),
    watch: Watcher | None = None,
) -> Path:
    """Finish the runs in a folder that have not ended; the numbers are those of an unbroken run.

    Args:
        folder: a run directory, or a folder of them.
        budget: go on to so many images, episodes or decisions, also with runs that have ended: learning rates and what else changes in
            the course of training go on as they are in a run of that length.
        data: folder of the data, if they have moved since; it is noted in the runs.
        device: compute on this one from now on, as in `train`; it is noted in the runs. None: where each run began.
        workers, callbacks, watch: as in `train`.
    """
    check_folder(folder)
    check_paths(data=data)
    workers = cores() if workers is None else workers
    check_whole(1, MOST, workers=workers)
    device = None if device is None else resolved(device)
    callbacks = checked(callbacks, len(find_runs(Path(folder))))
    with watching(watch) as note:
        if budget is not None:
            check_whole(1, LARGEST, budget=budget)
            extend(find_runs(Path(folder)), budget, absolute(data), note)
        runs = [run for run in find_runs(Path(folder)) if run.result is None]
        for run in runs:
            refuse_own_graph(run)
        for run in runs if data is not None else ():
            open_training(run, where := str(absolute(data)), note).close()  # refuses other data than before
            run.move_data(where)
        for run in runs:
            if device is None:
                resolved(run.about["device"])  # said before the first of them goes on
            else:
                with run.locked():
                    run.move_to(device)
        if runs:
            finish_all([run.folder for run in runs], workers, note, callbacks)
    return Path(folder)


def evaluate(
    folder: Path | str, *, data: Path | str | None = None, device: str | None = None, watch: Watcher | None = None
) -> list[tuple[RunDirectory, dict[str, Any]]]:
    """Measure the newest checkpoint of every run in a folder on the test set; each run with its measures.

    A run that has not ended is measured as it is now and can still be resumed. `device`: what to compute on; None: where each run was trained.

    Raises:
        DeviceError: the device is not here.
        RunError: no run, or no checkpoint yet.
    """
    check_folder(folder)
    check_paths(data=data)
    measured = []
    with watching(watch) as note:
        for run, training in trained(Path(folder), absolute(data), note, device):
            tell = measuring(run.folder, note)
            measured.append((run, training.conclude(tell) if training.ended else training.measure(tell)))
    return measured


def evaluate_early_exit(
    folder: Path | str,
    confidence: float,
    *,
    data: Path | str | None = None,
    device: str | None = None,
    watch: Watcher | None = None,
) -> list[tuple[RunDirectory, EarlyExit]]:
    """The same where an episode ends as soon as the system's predicted probability of being right is above `confidence`, in (0, 1].

    Raises:
        RunError: no run, no checkpoint yet, or a system that does not predict whether it is right.
        ArgumentError: `confidence` is not in (0, 1].
    """
    check_folder(folder)
    check_paths(data=data)
    if not isinstance(confidence, int | float) or not 0 < confidence <= 1:
        raise ArgumentError(f"confidence is {confidence!r}: it must be a number above 0 and at most 1")
    measured = []
    with watching(watch) as note:
        for run, training in trained(Path(folder), absolute(data), note, device):
            if not isinstance(training.task, ExitsEarly):
                raise RunError(f"{run.folder}, recipe {run.recipe}: its episodes cannot end early")
            try:
                measured.append((run, training.task.exit_early(confidence)))
            except ValueError as error:
                raise RunError(f"{run.folder}, recipe {run.recipe}: {error}") from error
    return measured


def draw(recipe: str, settings: Any = None) -> str:
    """The recipe's graph as SVG text."""
    return graph_of(recipe, settings).svg()


def graph_of(recipe: str, settings: Any = None) -> Graph:
    """The recipe's graph, wired around a blank image."""
    check_recipe(recipe)
    chosen = recipe_named(recipe)
    check_settings(settings, type(chosen.settings), recipe)
    return chosen.graph(settings)


def write_report(
    folders: Sequence[Path | str] | Path | str,
    out: Path | str | None = None,
    picture: Path | str | None = None,
    force: bool = False,
) -> Path:
    """Write one HTML page about the runs in a folder or several (see `saccade report`) and return its path.

    Of several runs those whose recipe is gone are left out, with a line on standard error about each.

    `picture`: also write a PNG here, of the first run's fixations on one digit of each class. `force`: replace files that `out` and
    `picture` name.

    Raises:
        RunError: there is no run.
    """
    from saccade.report.page import is_page, write_page
    from saccade.training.page import page_of, with_recipe  # loads matplotlib

    folders = [folders] if isinstance(folders, Path | str) else folders
    check_folders(folders)
    if not folders:
        raise RunError("a report needs a run directory, or several: none was given")
    check_paths(out=out, picture=picture)
    runs = with_recipe([run for folder in folders for run in find_runs(Path(folder))])
    recipe = recipe_of(runs[0])
    if picture is not None:
        if recipe.picture is None:
            raise RunError(
                f"{runs[0].folder}, recipe {recipe.name}: there is no such picture of it; its page has pictures"
            )
        check_output(Path(picture), force)
        if out is not None and Path(out).resolve() == Path(picture).resolve():
            raise ArgumentError(f"out and picture are both {str(out)!r}: name two files")
    own = Path(folders[0]) / ("report.html" if len(folders) == 1 else "comparison.html")
    target = Path(out) if out is not None else own
    if target.absolute() != own.absolute() or not is_page(target):
        check_output(target, force)
    if recipe.picture is not None and picture is not None:
        recipe.picture(runs[0], Path(picture))
    return write_page(target, recipe.name, page_of(runs))


def _checked_data(
    chosen: Recipe, settings: Any, data: Path | str | None, seeds: int, folder: Path, note: Watcher
) -> tuple[str | None, Any]:
    """The whole path of data that fit the settings, and the data. Every run opens its own, but bad ones are reported at once."""
    where = absolute(data)
    opened = chosen.open_data(where, settings, lambda share: note(RunEvent(folder, read=share)))
    if seeds > 1 and isinstance(opened, OnlyHere) and (reason := opened.only_here()):
        raise DataError(reason)
    chosen.wire(settings, opened.train)
    return where, opened


def _call(recipe: str, settings: Any, **seeds: int) -> str:
    """A call of `train` that makes the same runs, for `settings.json`: what differs from the recipe's own settings is written out."""
    own = to_plain(recipe_named(recipe).settings)
    given = {name: value for name, value in to_plain(settings).items() if name not in own or value != own[name]}
    seeds = {name: value for name, value in seeds.items() if value != {"seeds": 1, "first_seed": 0}[name]}
    return (
        f"saccade.train({', '.join([repr(recipe), *(f'{name}={value!r}' for name, value in (given | seeds).items())])})"
    )
