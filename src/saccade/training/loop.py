"""The training loop of every recipe: metrics, checkpoints, resume."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from saccade.runs import Checkpoint, MetricsLog, RunDirectory, RunError, load_checkpoint, previous, save_checkpoint
from saccade.runs.entries import COUNT, NOT_NEGATIVE, TEXT, check_entries

from .callback import Callback, Row, asks_to_stop
from .early_stopping import EarlyStopping
from .own_graph import is_own_graph
from .recipe import Recipe
from .task import Task

_SAVE_SECONDS = 20.0
_NUMBERS = {"seen": COUNT, "seconds": NOT_NEGATIVE, "data": TEXT, "fingerprint": TEXT}


@dataclass(frozen=True)
class Progress:
    """Where a run stands in its stage of training."""

    stage: str  # "": there is one stage
    seen: int
    total: int
    per_second: float  # since the stage began, or the run was resumed
    left: float  # seconds to the end of the stage, with the validations to come
    unit: str  # what is counted, such as images or decisions
    words: str  # its latest metrics, in a few words
    values: Mapping[str, float] = field(default_factory=dict)  # all of them, by name


class Training:
    """One run in memory: its task, and how far it is."""

    def __init__(self, recipe: Recipe, settings: Any, run: RunDirectory, data: Any) -> None:
        self.recipe, self.settings, self.run, self.data = recipe, settings, run, data
        torch.manual_seed(run.seed)
        self.task: Task = recipe.task(recipe, settings, data, run.seed, run.folder)
        self.seen, self.seconds = 0, 0.0
        self.stopping = EarlyStopping(recipe.metric, getattr(settings, "patience", 0))

    # -- checkpoints ----------------------------------------------------------------------------

    def save(self) -> None:
        """Write a checkpoint of everything that the next update depends on."""
        self._save(self.run.checkpoint)

    def _save(self, path: Path) -> None:
        numbers = {
            "seen": self.seen,
            "seconds": self.seconds,
            "data": self.task.data_id.name,
            "fingerprint": self.task.data_id.fingerprint,
            "shape": dict(self.task.data_id.shape),
            "stopping": self.stopping.state(),
            "total": self.task.total,
        }
        save_checkpoint(path, Checkpoint(self.task.state(), numbers))

    def restore(self) -> str | None:
        """Go on from the last whole checkpoint, if there is one; returns a notice for the user.

        Raises:
            CheckpointError: no checkpoint can be read.
            RunError: the checkpoint is of other settings or data.
        """
        path = self._newest()
        if path is None:
            return self._begin()
        saved, notice = load_checkpoint(path)
        now = self.task.data_id
        numbers = {"data": now.name, "fingerprint": "", **saved.numbers}
        check_entries(
            path, numbers, _NUMBERS, "delete it (and result.json, if the run has ended) and resume, to train it anew"
        )
        data, found = numbers["data"], numbers["fingerprint"]
        if found != now.fingerprint or (not found and data != now.name):
            raise RunError(
                f"{self.run.folder} was trained on {data}, but {now.name} is what is found "
                "now: give it the same data as before, with --data (or SACCADE_DATA)"
            )
        try:
            self.task.load(saved.tensors)
            self.seen, self.seconds = numbers["seen"], float(numbers["seconds"])
            if self.task.total <= numbers.get("total", self.task.total):  # with a larger budget it goes on
                self.stopping.load(numbers.get("stopping", {}))
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise RunError(
                f"{path} does not fit {self.run.folder / 'settings.json'} and {now.name}: "
                f"is the data still the same? Or was it written by another version of saccade? ({reason})"
            ) from error
        return notice

    def _begin(self) -> str | None:
        """Begin with the weights of another run, or of the script's graph, if there are any."""
        if self.run.about["from"] is None and not is_own_graph(self.run):
            return None
        initial, _ = load_checkpoint(self.run.initial)
        try:
            self.task.start_from(initial.tensors)
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise RunError(
                f"{self.run.initial} does not fit {self.run.folder / 'settings.json'}: train anew ({' '.join(str(error).split())})"
            ) from error
        return str(initial.numbers.get("notice", "")) or None

    def _newest(self) -> Path | None:
        """The checkpoint to go on from: this run's, or else that of another run with the same first stage."""
        if self.run.checkpoint.exists() or previous(self.run.checkpoint).exists():
            return self.run.checkpoint
        like = None if self.run.result else self.run.about.get("like")
        stage = Path(like) / self.run.stage.name if like else None
        return stage if stage is not None and stage.exists() else None

    # -- the loop -------------------------------------------------------------------------------

    @property
    def stopped_by(self) -> str:
        """What has ended training before its budget, in a few words; "": nothing has."""
        early = self.stopping.stopped and self.seen < self.task.total
        return self.stopping.why(self.recipe.unit) if early else ""

    @property
    def ended(self) -> bool:
        """Whether nothing is left to be trained."""
        return self.seen >= self.task.total or self.stopping.stopped

    def train(self, report: Callable[[Progress], None], callbacks: Sequence[Callback] = ()) -> None:
        """Train to the end of the budget, writing metrics and checkpoints.

        Args:
            report: called at every row of metrics.
            callbacks: the same; the first that returns True ends the training.

        Raises:
            DivergedError: a loss is not finite; the last checkpoint is from before.
            RunError: the disk is full; the last checkpoint stays.
        """
        total = self.task.total
        checked = self.task.validations.due(self.seen)  # a checkpoint comes after the validation that is due
        window, clock = _Window(), _Clock(self.seen, self.seconds)
        started, saved_at, saved = time.monotonic() - self.seconds, time.monotonic(), self.seen
        with MetricsLog(self.run.folder, since=self.seen) as log:
            if not self.seen and (first := self.task.at_first()):
                log.write(0, first)
            while not self.ended:
                n = self.task.batch(self.seen)
                window.add(self.task.update(n, self.seen), n)
                before, self.seen = self.seen, self.seen + n
                staged = self.seen == self.task.stage
                # A smaller batch at the end has no row of its own, which would say little.
                in_row = self._row(before, before) == self._row(before, self.seen) or 0 < total - self.seen < n
                if in_row and self.seen < total and not staged:
                    continue
                self.seconds = time.monotonic() - started
                values = window.close()
                if self.task.validations.due(self.seen) > checked or self.seen >= total:
                    values |= self.task.validate()
                    if self.seen > self.task.stage:
                        self.stopping.validated(values, self.seen - self.task.stage)
                    clock.validations.append(time.monotonic() - started - self.seconds)
                    self.seconds += clock.validations[-1]
                    checked = self.task.validations.due(self.seen)
                log.write(self.seen, {**values, "seen_per_second": self.seen / self.seconds})
                report(self._progress(before, values, clock))
                row = Row(self.run.folder, self.run.seed, self.seen, total, values)
                asked = [asks_to_stop(callback, row) for callback in callbacks]
                self.stopping.stopped = self.stopping.stopped or any(asked)
                if staged:
                    self._save(self.run.stage)
                    clock = _Clock(self.seen, self.seconds)
                if time.monotonic() - saved_at > _SAVE_SECONDS or self.task.must_save():
                    self.save()
                    saved_at, saved = time.monotonic(), self.seen
        if self.seen != saved:
            self.save()

    def _progress(self, before: int, values: Mapping[str, float], clock: _Clock) -> Progress:
        """Where the stage of training stands that an update after `before` belongs to."""
        stage, (begin, end) = self.task.stage_at(before), self._stage(before)
        due = self.task.validations.due(end) - self.task.validations.due(self.seen)
        return Progress(
            stage.name,
            self.seen - begin,
            end - begin,
            (self.seen - clock.seen) / max(self.seconds - clock.seconds, 1e-9),
            clock.left(self.seen, self.seconds, end, due),
            stage.unit or self.recipe.unit,
            self.recipe.in_progress(values, stage.metrics),
            values,
        )

    def _stage(self, now: int) -> tuple[int, int]:
        """Where the stage of training that `now` lies in begins and ends."""
        return (0, self.task.stage) if now < self.task.stage else (self.task.stage, self.task.total)

    def _row(self, now: int, seen: int) -> int:
        """How many rows of metrics are due after so many, in the stage of training that `now` lies in."""
        begin, end = self._stage(now)
        return (seen - begin) // max(1, (end - begin) // self.task.logs)

    def conclude(self, watch: Callable[[float], None] = lambda _: None) -> dict[str, Any]:
        """Measure the trained system on the test set and write `result.json`; `watch` is called with the share that is measured."""
        result = self.measure(watch)
        self.run.write_result(result)
        self.task.conclude()
        return result

    def close(self) -> None:
        """Release what outlives the run in memory."""
        self.task.close()

    def measure(self, watch: Callable[[float], None] = lambda _: None) -> dict[str, Any]:
        """Measure the system as it is on the test set and keep what a report needs; `watch` is called with the share that is measured."""
        return {
            **self.task.measure(self.run.folder, watch),
            "seen": self.seen,
            "seconds": self.seconds,
            "seen_per_second": self.seen / max(self.seconds, 1e-9),
            **({"stopped_early": True, "stopped_by": self.stopped_by} if self.stopped_by else {}),
        }


@dataclass(frozen=True)
class _Clock:
    """How far a run was, and after how many seconds, when its stage began or it was resumed."""

    seen: int
    seconds: float
    validations: list[float] = field(default_factory=list)  # seconds of each since then

    def left(self, seen: int, seconds: float, end: int, validations: int) -> float:
        """Seconds that it takes to see as many as `end`, with so many more validations; how long one takes shows after the first."""
        training = (seconds - self.seconds - sum(self.validations)) / max(1, seen - self.seen)
        each = sum(self.validations) / len(self.validations) if self.validations else 0.0
        return (end - seen) * training + validations * each


class _Window:
    """Means since the last row of metrics; each update counts by what it has seen."""

    def __init__(self) -> None:
        self._rows: list[tuple[Mapping[str, float], int]] = []

    def add(self, row: Mapping[str, float], n: int) -> None:
        self._rows.append((row, n))

    def close(self) -> dict[str, float]:
        """The means; what was measured now and then only, of those times (NaN: never)."""
        found = {}
        for name in self._rows[0][0]:
            measured = [(row[name], n) for row, n in self._rows if not math.isnan(row[name])]
            found[name] = (
                sum(value * n for value, n in measured) / sum(n for _, n in measured) if measured else math.nan
            )
        self._rows.clear()
        return found
