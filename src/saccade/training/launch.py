"""Starts and resumes runs: one in this process, several seeds side by side in their own."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from typing import Any

import torch

from saccade.denormals import flushed
from saccade.devices import computing_on
from saccade.processes import clean_context, without_main
from saccade.runs import RunDirectory, RunError, find_runs, sweep

from .callback import Callback
from .load import no_checkpoint
from .loop import Progress, Training
from .recipe import Recipe
from .registry import recipe_of
from .settings import settings_of

_READABLE = 0.5  # seconds between two events of a test


@dataclass(frozen=True)
class RunEvent:
    """A message of a run to whoever watches it."""

    folder: Path
    progress: Progress | None = None
    read: float | None = None  # share of the data that is read, where that takes a while
    notice: str | None = None
    measured: float | None = None  # share of the test that is done, once the run has been trained
    failure: str | None = None
    ended: bool = False


Watcher = Callable[[RunEvent], None]


def finish(
    folder: Path, watch: Watcher, callbacks: Sequence[Callback] = (), recipe: Recipe | None = None
) -> dict[str, Any]:
    """Train a run from wherever it stands to its end, and measure it.

    Args:
        folder: of the run.
        watch: called with every `RunEvent`.
        callbacks: called at every row of metrics; see `Callback`.
        recipe: of the run, where it is in memory only; default: the registered one.

    Returns:
        The content of `result.json`.
    """
    run = RunDirectory.open(folder)
    if run.result is not None:
        return run.result
    with run.locked(), computing_as(run):
        sweep(run.checkpoint)
        sweep(run.stage)
        with closing(open_training(run, run.about["data"], watch, recipe)) as training:
            training.train(lambda progress: watch(RunEvent(folder, progress)), callbacks)
            if training.stopped_by:
                watch(RunEvent(folder, notice=f"{folder} stopped: {training.stopped_by}"))
            result = training.conclude(measuring(folder, watch))
    watch(RunEvent(folder, ended=True))
    return result


def measuring(folder: Path, watch: Watcher) -> Callable[[float], None]:
    """Tells the share of a test that is done: at once that none is, then not more often than it can be read."""
    watch(RunEvent(folder, measured=0.0))
    last = time.monotonic()

    def tell(share: float) -> None:
        nonlocal last
        if time.monotonic() - last >= _READABLE:
            last = time.monotonic()
            watch(RunEvent(folder, measured=share))

    return tell


def open_training(run: RunDirectory, data: str | None, watch: Watcher, recipe: Recipe | None = None) -> Training:
    """A run in memory as its newest checkpoint has it; `recipe`: see `finish`.

    Raises:
        SettingsError: its settings cannot be those of its recipe; the message names the run.
    """
    recipe = recipe or recipe_of(run)
    settings = settings_of(run, type(recipe.settings))
    splits = recipe.open_data(data, settings, lambda share: watch(RunEvent(run.folder, read=share)))
    training = Training(recipe, settings, run, splits)
    for notice in filter(None, (splits.notice, training.restore())):
        watch(RunEvent(run.folder, notice=notice))
    return training


def trained(
    folder: Path, data: str | None, watch: Watcher, device: str | None = None
) -> Iterator[tuple[RunDirectory, Training]]:
    """The runs in a folder, each as its newest checkpoint has it.

    Args:
        folder: a run directory, or a folder of them.
        data: folder of the data; None: where each run found them.
        watch: called with every `RunEvent`.
        device: to compute on; None: where each run was trained.

    Raises:
        DeviceError: the device is not here.
        RunError: no run, or no checkpoint yet.
    """
    for run in find_runs(folder):
        with computing_as(run, device), closing(open_training(run, data or run.about["data"], watch)) as training:
            if training.seen <= training.task.stage:
                raise RunError(no_checkpoint(run))
            yield run, training


@contextmanager
def computing_as(run: RunDirectory, device: str | None = None) -> Iterator[None]:
    """On the device that the run was started on, or on another one, on as many torch threads, as another number may round differently, and with denormal numbers flushed to zero.

    Raises:
        DeviceError: the device is not here.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(run.about["threads"])
    try:
        with computing_on(device or run.about["device"]), flushed():
            yield
    finally:
        torch.set_num_threads(before)


def finish_all(folders: Sequence[Path], workers: int, watch: Watcher, callbacks: Sequence[Callback] = ()) -> None:
    """Finish several runs, `workers` at a time; of several each is trained in a process of its own, where `callbacks` are called, too.

    Raises:
        RunError: a run failed; the message names the folder. The others are finished first.
        ValueError: fewer than one worker.
    """
    if workers < 1:
        raise ValueError(f"workers is {workers}: it must be 1 or more")
    if len(folders) == 1:
        finish(folders[0], watch, callbacks)
        return
    # Loading torch takes two seconds; an optimizer loads the second.
    context = clean_context(["torch", "torch._dynamo"])
    queue: Queue[RunEvent | None] = context.Queue()
    waiting, failures = list(folders), list[str]()
    running: dict[Path, BaseProcess] = {}

    def note(folder: Path, failure: str) -> None:  # at once: the runs that go on may take hours
        failures.append(f"{folder}: {failure}")
        watch(RunEvent(folder, notice=failures[-1] + (" (the others go on)" if waiting or running else "")))

    try:
        while waiting or running:
            while waiting and len(running) < workers:
                folder = waiting.pop(0)
                # Not a daemon: those may have no processes of their own, in which a system may run its world.
                running[folder] = context.Process(target=_work, args=(folder, queue, callbacks))
                with without_main():
                    running[folder].start()
            ended = {folder: process for folder, process in running.items() if not process.is_alive()}
            for folder in ended:
                del running[folder]
            _listen(queue, watch, note)  # after `ended` was taken: all events of those processes are in the queue
            for folder, process in ended.items():
                if process.exitcode:
                    note(folder, f"its process was ended from outside (exit code {process.exitcode})")
    finally:
        for process in running.values():
            process.terminate()
    lost = [folder for folder in folders if RunDirectory.open(folder).result is None]
    if failures or lost:
        first = failures[0] if failures else f"{lost[0]} was stopped before its end"
        raise RunError(f"{first}; go on with `saccade resume {folders[0].parent}`")


def _listen(queue: Queue[RunEvent | None], watch: Watcher, note: Callable[[Path, str], None]) -> None:
    try:
        while event := queue.get(timeout=0.2):
            if event.failure:
                note(event.folder, event.failure)
            else:
                watch(event)
    except Empty:
        pass


def _work(folder: Path, queue: Queue[RunEvent | None], callbacks: Sequence[Callback] = ()) -> None:
    parent = multiprocessing.parent_process()

    def note(event: RunEvent) -> None:
        if (
            parent is not None and not parent.is_alive()
        ):  # killed; whoever resumes the run must not find this process at work
            queue.cancel_join_thread()
            sys.exit(1)
        queue.put(event)

    try:
        finish(folder, note, callbacks)
    except KeyboardInterrupt:
        pass
    except Exception as error:  # the parent process shows it to the user
        queue.put(
            RunEvent(folder, failure="; ".join([f"{error}" or type(error).__name__, *getattr(error, "__notes__", [])]))
        )
