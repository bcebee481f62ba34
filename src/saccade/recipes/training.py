"""The training loop of every recipe that classifies by looking: metrics, checkpoints, resume."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from saccade.agents import Learner
from saccade.runs import Checkpoint, MetricsLog, RunDirectory, RunError, load_checkpoint, previous, save_checkpoint

from .base import LookingSystem, Recipe
from .data import DataSplits
from .evaluation import LOOKS_FILE, evaluate, save_looks
from .looks import look, rewire

_LOGS = 100  # rows of metrics in a run
_VALIDATION_EVERY = 50_000  # images, at least: a validation costs as much as training on some thousand
_VALIDATIONS = 30
_SAVE_SECONDS = 20.0


@dataclass(frozen=True)
class Progress:
    """Where a run stands."""

    images: int
    total: int
    seconds: float
    reward: float
    accuracy: float


class Training:
    """One run in memory: system, learner, and how far it is."""

    def __init__(self, recipe: Recipe, settings: Any, run: RunDirectory, data: DataSplits) -> None:
        self.recipe, self.settings, self.run, self.data = recipe, settings, run, data
        torch.manual_seed(run.seed)
        self.system: LookingSystem = recipe.wire(settings, data.train)
        self.system.graph.seed(run.seed)
        self.learner = Learner(self.system.graph, settings.learner)
        self.images, self.seconds = 0, 0.0

    # -- checkpoints ----------------------------------------------------------------------------

    def save(self) -> None:
        """Write a checkpoint of everything that the next update depends on."""
        graph = self.system.graph
        tensors = {f"graph/{name}": value for name, value in graph.state_dict().items()}
        tensors |= {f"random/{name}": value for name, value in graph.random_state().items()}
        tensors |= {f"optimizer/{name}": value for name, value in self.learner.state().items()}
        numbers = {"images": self.images, "seconds": self.seconds, "data": self.data.train.name}
        numbers["fingerprint"] = self.data.train.fingerprint
        save_checkpoint(self.run.checkpoint, Checkpoint(tensors, numbers))

    def restore(self) -> str | None:
        """Go on from the last whole checkpoint, if there is one; returns a notice for the user.

        Raises:
            CheckpointError: no checkpoint can be read.
            RunError: the checkpoint is of other settings or data.
        """
        if not self.run.checkpoint.exists() and not previous(self.run.checkpoint).exists():
            return None
        saved, notice = load_checkpoint(self.run.checkpoint)
        data, found = saved.numbers.get("data", self.data.train.name), saved.numbers.get("fingerprint", "")
        if found != self.data.train.fingerprint or (not found and data != self.data.train.name):
            raise RunError(
                f"{self.run.folder} was trained on {data}, but {self.data.train.name} is what is found "
                "now: give it the data as they were, with --data (or SACCADE_DATA)"
            )
        parts: dict[str, dict[str, torch.Tensor]] = {"graph": {}, "random": {}, "optimizer": {}}
        try:
            for name, value in saved.tensors.items():
                kind, _, rest = name.partition("/")
                parts[kind][rest] = value
            self.system.graph.load_state_dict(parts["graph"])
            self.system.graph.set_random_state(parts["random"])
            self.learner.load_state(parts["optimizer"])
            self.images, self.seconds = int(saved.numbers["images"]), float(saved.numbers["seconds"])
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise RunError(
                f"{self.run.checkpoint} does not fit {self.run.folder / 'settings.json'} and {self.data.train.name}: "
                f"is the data still the same? Or was it written by another version of saccade? ({reason})"
            ) from error
        return notice

    # -- the loop -------------------------------------------------------------------------------

    def train(self, report: Callable[[Progress], None]) -> None:
        """Train to the end of the budget, writing metrics and checkpoints.

        Raises:
            DivergedError: a loss is not finite; the last checkpoint is from before.
            RunError: the disk is full; the last checkpoint stays.
        """
        total = self.settings.images
        log_every, check_every = max(1, total // _LOGS), max(_VALIDATION_EVERY, total // _VALIDATIONS)
        window, correct = _Window(), self.system.verdict.correct
        started, saved_at = time.monotonic() - self.seconds, time.monotonic()
        with MetricsLog(self.run.folder, since=self.images) as log:
            while self.images < total:
                n = min(self.settings.batch, total - self.images)
                update, trace = self.learner.update(n, self.images / total, watch=(correct,))
                window.add(update.loss, update.reward, float(trace[correct].float().mean()))
                before, self.images = self.images, self.images + n
                if before // log_every == self.images // log_every and self.images < total:
                    continue
                self.seconds = time.monotonic() - started
                values = window.close()
                if before // check_every != self.images // check_every or self.images >= total:
                    values["validation_accuracy"] = self.validate()
                log.write(self.images, {**values, "images_per_second": self.images / self.seconds})
                report(Progress(self.images, total, self.seconds, values["reward"], values["train_accuracy"]))
                if time.monotonic() - saved_at > _SAVE_SECONDS:
                    self.save()
                    saved_at = time.monotonic()
        self.save()

    def validate(self) -> float:
        """Accuracy on the validation images, after the last look."""
        system = rewire(self.recipe, self.settings, self.system.graph.brain_state(), self.data.validation)
        return look(system).accuracy()[-1]

    def conclude(self) -> dict[str, Any]:
        """Measure the trained system on the test set and write `result.json`."""
        result = self.measure()
        self.run.write_result(result)
        return result

    def measure(self) -> dict[str, Any]:
        """Measure the system as it is on the test set and keep every look."""
        brain = self.system.graph.brain_state()
        train = self.data.train.part(slice(0, 10_000))
        test, looks, seen = evaluate(self.recipe, self.settings, brain, self.data.test)
        save_looks(self.run.folder / LOOKS_FILE, looks, seen, self.data.test.classes)
        return {
            "test": test,
            "validation_accuracy": self.validate(),
            "train_accuracy": look(rewire(self.recipe, self.settings, brain, train)).accuracy()[-1],
            "data": self.data.test.name,
            "images": self.images,
            "seconds": self.seconds,
            "images_per_second": self.images / max(self.seconds, 1e-9),
        }


class _Window:
    """Means since the last row of metrics."""

    def __init__(self) -> None:
        self._rows: list[tuple[float, float, float]] = []

    def add(self, loss: float, reward: float, accuracy: float) -> None:
        self._rows.append((loss, reward, accuracy))

    def close(self) -> dict[str, float]:
        loss, reward, accuracy = (sum(column) / len(self._rows) for column in zip(*self._rows, strict=True))
        self._rows.clear()
        return {"loss": loss, "reward": reward, "train_accuracy": accuracy}
