"""Runs of deep Q-learning on the game of Catch, for a second or two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from saccade.agents.q_settings import Architecture, QSettings
from saccade.recipes.dqn import settings as settings_
from saccade.recipes.dqn import task
from saccade.recipes.dqn.settings import DQNSettings
from saccade.runs import RunDirectory
from saccade.training.loop import Training
from saccade.training.registry import recipe_named
from saccade.training.settings import to_plain
from saccade.worlds.games.game_spec import GameData, GameSpec

from ...catching import register

register()


def small(**changes: Any) -> DQNSettings:
    """Catch, for a second or two."""
    base: dict[str, Any] = {
        "env": "Catch-v0", "steps": 240, "games": 4, "network": Architecture.SMALL, "buffer": 100, "learning_starts": 40, "every": 8,
        "epsilon_steps": 120, "test_episodes": 4, "learner": QSettings(batch=4, target_every=10),
    }  # fmt: skip
    return DQNSettings(**{**base, **changes})


def open_game(settings: DQNSettings) -> GameData:
    """The game of the settings, as the recipe opens it."""
    found: GameData = recipe_named("dqn").open_data(None, settings, lambda _: None)
    return found


def game_of(settings: DQNSettings) -> GameSpec:
    """What opens it."""
    return open_game(settings).train


def begin(folder: Path, settings: DQNSettings, seed: int = 3) -> Training:
    """A new run, in memory and on disk."""
    run = RunDirectory.create(folder, "dqn", to_plain(settings), seed, command="test", data=None, threads=1)
    return again(run, settings)


def again(run: RunDirectory, settings: DQNSettings) -> Training:
    """A run in memory that is on disk already."""
    return Training(recipe_named("dqn"), settings, run, open_game(settings))


def shorten(patch: pytest.MonkeyPatch) -> None:
    """Three validations in a run, and fifteen rows of metrics, each with a checkpoint, however short it is."""
    patch.setattr(settings_, "_VALIDATIONS", 3)
    patch.setattr(settings_, "_APART", 1)
    patch.setattr(task, "LOGS", 15)
    patch.setattr(task, "_ROW", 16)
