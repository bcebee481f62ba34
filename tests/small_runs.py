"""Runs that take a fraction of a second."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saccade.agents import LearnerSettings
from saccade.recipes import recipe_named
from saccade.recipes.active_vision.data import DataSplits
from saccade.recipes.grlf.wiring import GrlfSettings
from saccade.recipes.ram.wiring import RamSettings
from saccade.runs import RunDirectory
from saccade.training.loop import Training
from saccade.training.settings import to_plain
from saccade.worlds import LabelledImages
from saccade.worlds.digits import split

Start = Callable[..., Training]


def tiny(**changes: Any) -> GrlfSettings:
    """Five updates of a very small system."""
    small = {"images": 80, "batch": 16, "fixations": 3, "patch": 5, "units": 8, "learner": LearnerSettings()}
    return GrlfSettings(**{**small, **changes})


def tiny_ram(**changes: Any) -> RamSettings:
    """The same of RAM, in clutter."""
    small = {"images": 80, "batch": 16, "fixations": 3, "patch": 6, "units": 8, "scales": 2, "field": 32, "clutter": 2}
    return RamSettings(**{**small, **changes})


@pytest.fixture(name="tiny")
def _tiny() -> Callable[..., GrlfSettings]:
    return tiny


@pytest.fixture(scope="session")
def splits(digits: LabelledImages) -> DataSplits:
    """40 images to learn from, 8 for validation, 12 to test with."""
    kept, test = split(digits, 12)
    train, validation = split(kept, 8)
    return DataSplits(train, validation, test)


@pytest.fixture
def start(splits: DataSplits) -> Start:
    """A new run, in memory and on disk."""

    def begin(folder: Path, recipe: str = "grlf", seed: int = 3, **changes: Any) -> Training:
        settings = tiny_ram(**changes) if recipe.startswith("ram") else tiny(**changes)
        run = RunDirectory.create(folder, recipe, to_plain(settings), seed, command="test", data=None, threads=1)
        return Training(recipe_named(recipe), settings, run, splits)

    return begin
