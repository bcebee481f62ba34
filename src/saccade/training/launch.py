"""Starts and resumes runs: one in this process, several seeds side by side in their own."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from typing import Any

import torch

from saccade.denormals import flushed
from saccade.runs import RunDirectory, RunError, sweep

from saccade.recipes import recipe_named
from .settings import from_plain
from .loop import Progress, Training


@dataclass(frozen=True)
class Report:
    """A message of a run to whoever watches it."""

    folder: Path
    progress: Progress | None = None
    read: float | None = None  # share of the data that is read, where that takes a while
    notice: str | None = None
    measuring: bool = False
    failure: str | None = None
    ended: bool = False


Watcher = Callable[[Report], None]


def finish(folder: Path, watch: Watcher) -> dict[str, Any]:
    """Train a run from wherever it stands to its end, and measure it.

    Returns:
        The content of `result.json`.
    """
    run = RunDirectory.open(folder)
    if run.result is not None:
        return run.result
    with run.locked(), computing_as(run):
        sweep(run.checkpoint)
        sweep(run.stage)
        training = open_training(run, run.about["data"], watch)
        training.train(lambda progress: watch(Report(folder, progress)))
        watch(Report(folder, measuring=True))
        result = training.conclude()
    watch(Report(folder, ended=True))
    return result


def open_training(run: RunDirectory, data: str | None, watch: Watcher) -> Training:
    """A run in memory as its newest checkpoint has it."""
    recipe = recipe_named(run.recipe)
    settings = from_plain(type(recipe.settings), run.settings)
    splits = recipe.open(data, settings, lambda share: watch(Report(run.folder, read=share)))
    training = Training(recipe, settings, run, splits)
    for notice in filter(None, (splits.notice, training.restore())):
        watch(Report(run.folder, notice=notice))
    return training


@contextmanager
def computing_as(run: RunDirectory) -> Iterator[None]:
    """On as many torch threads as the run was started with, as another number may round differently, and with tiny numbers taken for zero."""
    before = torch.get_num_threads()
    torch.set_num_threads(run.about["threads"])
    try:
        with flushed():
            yield
    finally:
        torch.set_num_threads(before)


def finish_all(folders: Sequence[Path], workers: int, watch: Watcher) -> None:
    """Finish several runs, `workers` at a time.

    Raises:
        RunError: a run failed; the message names the folder. The others are finished first.
        ValueError: fewer than one worker.
    """
    if workers < 1:
        raise ValueError(f"workers is {workers}: it must be 1 or more")
    if len(folders) == 1:
        finish(folders[0], watch)
        return
    context = multiprocessing.get_context("spawn")
    queue: Queue[Report | None] = context.Queue()
    waiting, failures = list(folders), list[str]()
    running: dict[Path, BaseProcess] = {}

    def tell(folder: Path, failure: str) -> None:  # at once: those that go on may take hours
        failures.append(f"{folder}: {failure}")
        watch(Report(folder, notice=failures[-1] + (" (the others go on)" if waiting or running else "")))

    while waiting or running:
        while waiting and len(running) < workers:
            folder = waiting.pop(0)
            running[folder] = context.Process(target=_work, args=(folder, queue), daemon=True)
            with _without_main():
                running[folder].start()
        ended = {folder: process for folder, process in running.items() if not process.is_alive()}
        for folder in ended:
            del running[folder]
        _listen(queue, watch, tell)  # after the look at who has ended: what they had to say is there
        for folder, process in ended.items():
            if process.exitcode:
                tell(folder, f"its process was ended from outside (exit code {process.exitcode})")
    lost = [folder for folder in folders if RunDirectory.open(folder).result is None]
    if failures or lost:
        first = failures[0] if failures else f"{lost[0]} was stopped before its end"
        raise RunError(f"{first}; go on with `saccade resume {folders[0].parent}`")


@contextmanager
def _without_main() -> Iterator[None]:
    """A started process would run the user's script again to have its functions; a run needs saccade alone."""
    main = sys.modules["__main__"]
    names = ("__file__", "__spec__")
    kept = {name: getattr(main, name) for name in names if hasattr(main, name)}
    for name in kept:
        delattr(main, name)
    main.__spec__ = None
    try:
        yield
    finally:
        vars(main).update(kept)


def _listen(queue: Queue[Report | None], watch: Watcher, tell: Callable[[Path, str], None]) -> None:
    try:
        while report := queue.get(timeout=0.2):
            if report.failure:
                tell(report.folder, report.failure)
            else:
                watch(report)
    except Empty:
        pass


def _work(folder: Path, queue: Queue[Report | None]) -> None:
    parent = multiprocessing.parent_process()

    def tell(report: Report) -> None:
        if parent is not None and not parent.is_alive():  # killed; whoever resumes must find nobody at work
            queue.cancel_join_thread()
            sys.exit(1)
        queue.put(report)

    try:
        finish(folder, tell)
    except KeyboardInterrupt:
        pass
    except Exception as error:  # the parent process tells the user
        queue.put(Report(folder, failure=f"{error}" or type(error).__name__))
