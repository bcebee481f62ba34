"""Runs that take a fraction of a second, for tests of training and of recipes."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from saccade.agents import LearnerSettings
from saccade.recipes.grlf.settings import GrlfSettings
from saccade.recipes.ram.settings import RamSettings
from saccade.runs import RunDirectory, load_checkpoint, read_metrics
from saccade.training import Callback, Row, Splits
from saccade.training.loop import Progress, Training
from saccade.training.registry import recipe_named
from saccade.training.settings import to_plain
from saccade.worlds import LabelledImages
from saccade.worlds.digits import split

Tiny = Callable[..., GrlfSettings]
Start = Callable[..., Training]
Digits = Splits[LabelledImages]


def tiny(**changes: Any) -> GrlfSettings:
    """Five updates of a very small system."""
    small = {"seen": 80, "batch": 16, "fixations": 3, "patch": 5, "units": 8, "learner": LearnerSettings()}
    return GrlfSettings(**{**small, **changes})


def tiny_ram(**changes: Any) -> RamSettings:
    """The same of RAM, in clutter."""
    small = {"seen": 80, "batch": 16, "fixations": 3, "patch": 6, "units": 8, "scales": 2, "field": 32, "clutter": 2}
    return RamSettings(**{**small, **changes})


@pytest.fixture(name="tiny")
def tiny_fixture() -> Tiny:
    """Settings of five updates of a very small system."""
    return tiny


@pytest.fixture(scope="session")
def splits(digits: LabelledImages) -> Digits:
    """40 images to train on, 8 for validation, 12 to test with."""
    kept, test = split(digits, 12)
    train, validation = split(kept, 8)
    return Splits(train, validation, test)


@pytest.fixture
def start(splits: Digits) -> Start:
    """A new run, in memory and on disk."""

    def begin(folder: Path, recipe: str = "grlf", seed: int = 3, **changes: Any) -> Training:
        settings = tiny_ram(**changes) if recipe.startswith("ram") else tiny(**changes)
        run = RunDirectory.create(folder, recipe, to_plain(settings), seed, command="test", data=None, threads=1)
        return Training(recipe_named(recipe), settings, run, splits)

    return begin


# -- what tests of stopping and resuming need -----------------------------------------------------------


class Stop(Exception):
    """A run is stopped."""


def silent(_: Progress) -> None:
    """Watch nothing."""


def stop_after(logs: int) -> Callable[[Progress], None]:
    """Stop a run at its row of metrics of that number."""
    counter = itertools.count(1)

    def watch(_: Progress) -> None:
        if next(counter) == logs:
            raise Stop

    return watch


def stop_at(share: float) -> Callable[[Progress], None]:
    """Stop a run when it has come so far."""

    def watch(progress: Progress) -> None:
        if progress.seen >= share * progress.total:
            raise Stop

    return watch


def saved(folder: Path) -> dict[str, Tensor]:
    """The tensors of a run's newest checkpoint."""
    return load_checkpoint(folder / "checkpoint.safetensors")[0].tensors


def rows(folder: Path) -> list[dict[str, float]]:
    """The metrics of a run, but for its speed."""
    return [{k: v for k, v in row.items() if k != "seen_per_second"} for row in read_metrics(folder)]


def measured(result: dict[str, Any]) -> dict[str, Any]:
    """What a run ended with, but for its speed."""
    return {key: value for key, value in result.items() if not key.startswith(("seconds", "seen_per_second"))}


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def assert_same(one: Path, other: Path) -> None:
    """Weights, state of the optimiser and random streams bit for bit, and the metrics."""
    assert rows(one) == rows(other)
    mine, theirs = saved(one), saved(other)
    assert mine.keys() == theirs.keys()
    for name, tensor in mine.items():
        assert torch.equal(tensor, theirs[name]), name


def stop_once(seen: int) -> Callback:
    """Stop a run, as a killed one is, at the first row of metrics after so much."""

    def stop(row: Row) -> None:
        if row.seen >= seen:
            raise Stop

    return stop
