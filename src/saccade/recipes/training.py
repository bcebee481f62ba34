"""The training loop of every recipe: metrics, checkpoints, resume."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from saccade.runs import Checkpoint, MetricsLog, RunDirectory, RunError, load_checkpoint, previous, save_checkpoint

from .base import Recipe
from .task import Task

_LOGS = 100  # rows of metrics in a stage of training
_SAVE_SECONDS = 20.0


@dataclass(frozen=True)
class Progress:
    """Where a run stands."""

    images: int
    total: int
    seconds: float
    reward: float
    score: float
    scored: str = "accuracy"  # what the score is


class Training:
    """One run in memory: its task, and how far it is."""

    def __init__(self, recipe: Recipe, settings: Any, run: RunDirectory, data: Any) -> None:
        self.recipe, self.settings, self.run, self.data = recipe, settings, run, data
        torch.manual_seed(run.seed)
        self.task: Task = recipe.begin(recipe, settings, data, run.seed)
        self.images, self.seconds = 0, 0.0

    # -- checkpoints ----------------------------------------------------------------------------

    def save(self) -> None:
        """Write a checkpoint of everything that the next update depends on."""
        self._save(self.run.checkpoint)

    def _save(self, path: Path) -> None:
        source = self.task.source
        numbers = {
            "images": self.images,
            "seconds": self.seconds,
            "data": source.name,
            "fingerprint": source.fingerprint,
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
            return None
        saved, notice = load_checkpoint(path)
        now = self.task.source
        data, found = saved.numbers.get("data", now.name), saved.numbers.get("fingerprint", "")
        if found != now.fingerprint or (not found and data != now.name):
            raise RunError(
                f"{self.run.folder} was trained on {data}, but {now.name} is what is found "
                "now: give it the data as they were, with --data (or SACCADE_DATA)"
            )
        try:
            self.task.load(saved.tensors)
            self.images, self.seconds = int(saved.numbers["images"]), float(saved.numbers["seconds"])
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise RunError(
                f"{path} does not fit {self.run.folder / 'settings.json'} and {now.name}: "
                f"is the data still the same? Or was it written by another version of saccade? ({reason})"
            ) from error
        return notice

    def _newest(self) -> Path | None:
        """The checkpoint to go on from: this run's, or else what another has learned that is the same."""
        if self.run.checkpoint.exists() or previous(self.run.checkpoint).exists():
            return self.run.checkpoint
        like = None if self.run.result else self.run.about.get("like")
        stage = Path(like) / self.run.stage.name if like else None
        return stage if stage is not None and stage.exists() else None

    # -- the loop -------------------------------------------------------------------------------

    def train(self, report: Callable[[Progress], None]) -> None:
        """Train to the end of the budget, writing metrics and checkpoints.

        Raises:
            DivergedError: a loss is not finite; the last checkpoint is from before.
            RunError: the disk is full; the last checkpoint stays.
        """
        total = self.task.total
        checked = self.task.checks(self.images)  # a checkpoint comes after the validation that is due
        window, score = _Window(), self.task.score
        scored = score.removeprefix("train_").replace("iou", "IoU")
        started, saved_at = time.monotonic() - self.seconds, time.monotonic()
        with MetricsLog(self.run.folder, since=self.images) as log:
            while self.images < total:
                n = self.task.batch(self.images)
                window.add(self.task.update(n, self.images))
                before, self.images = self.images, self.images + n
                staged = self.images == self.task.stage
                if self._row(before, before) == self._row(before, self.images) and self.images < total and not staged:
                    continue
                self.seconds = time.monotonic() - started
                values = window.close()
                if self.task.checks(self.images) > checked or self.images >= total:
                    values |= self.task.validate()
                    checked = self.task.checks(self.images)
                log.write(self.images, {**values, "images_per_second": self.images / self.seconds})
                report(Progress(self.images, total, self.seconds, values["reward"], values[score], scored))
                if staged:
                    self._save(self.run.stage)
                if time.monotonic() - saved_at > _SAVE_SECONDS:
                    self.save()
                    saved_at = time.monotonic()
        self.save()

    def _row(self, now: int, images: int) -> int:
        """How many rows of metrics are due up to so many images, in the stage of training that `now` lies in."""
        stage, total = self.task.stage, self.task.total
        begin, end = (0, stage) if now < stage else (stage, total)
        return (images - begin) // max(1, (end - begin) // _LOGS)

    def conclude(self) -> dict[str, Any]:
        """Measure the trained system on the test set and write `result.json`."""
        result = self.measure()
        self.run.write_result(result)
        return result

    def measure(self) -> dict[str, Any]:
        """Measure the system as it is on the test set and keep what a report needs."""
        return {
            **self.task.measure(self.run.folder),
            "images": self.images,
            "seconds": self.seconds,
            "images_per_second": self.images / max(self.seconds, 1e-9),
        }


class _Window:
    """Means since the last row of metrics."""

    def __init__(self) -> None:
        self._rows: list[Mapping[str, float]] = []

    def add(self, row: Mapping[str, float]) -> None:
        self._rows.append(row)

    def close(self) -> dict[str, float]:
        found = {name: sum(row[name] for row in self._rows) / len(self._rows) for name in self._rows[0]}
        self._rows.clear()
        return found
