"""Rooms with a door and a key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import saccade
from saccade.recipes.hdqn.doorkey import doorkey
from saccade.recipes.hdqn.episode import load_episode
from saccade.recipes.hdqn.settings import Agent
from saccade.runs import RunDirectory
from saccade.watching import silent
from saccade.worlds import DataError

NONE = torch.zeros(1, 0, dtype=torch.uint8)
LEFT, RIGHT, AHEAD, PICK, _, TOGGLE = range(6)
SMALL: dict[str, Any] = {
    "env": "MiniGrid-DoorKey-5x5-v0", "steps": 256, "games": 4, "buffer": 400, "options": 400, "learning_starts": 32, "every": 16, "meta_every": 16,
    "test_episodes": 4,
}  # fmt: skip


def test_what_is_carried_or_stood_upon_is_where_the_agent_is() -> None:
    """By MiniGrid's own rules: go to the key, take it, open the door, stand in it, go to the goal."""
    import gymnasium as gym

    game = doorkey("MiniGrid-DoorKey-5x5-v0")
    games: Any = game.open(1)
    screen = games.reset(np.ones(1, bool), np.array([4]))
    inner: Any = games._copies[0].unwrapped
    assert isinstance(inner, gym.Env)

    def held() -> list[bool]:
        shown = torch.from_numpy(screen)
        found: list[bool] = game.goals.holds(game.goals.objects(shown, NONE))[0].tolist()
        return found

    assert held() == [False, False, False]
    key = next(cell for cell in inner.grid.grid if cell is not None and cell.type == "key")
    inner.grid.set(*key.cur_pos, None)
    inner.carrying = key
    screen = games.step(np.array([LEFT]), np.ones(1, bool)).screen
    assert held() == [True, False, False]
    door = next(cell for cell in inner.grid.grid if cell is not None and cell.type == "door")
    door.is_open, door.is_locked, inner.agent_pos = True, False, np.array(door.cur_pos)
    screen = games.step(np.array([LEFT]), np.ones(1, bool)).screen
    assert held() == [True, True, False]
    games.close()


@pytest.mark.parametrize("agent", Agent)
def test_a_run_to_its_page(agent: Agent, tmp_path: Path) -> None:
    run = saccade.train("hdqn-doorkey", out=tmp_path / "run", agent=agent, watch=silent, **SMALL) / "seed-0"
    result = RunDirectory.open(run).result
    assert result is not None and 0 <= result["test"]["success"] <= 1
    episode, _ = load_episode(run)
    assert episode is not None and episode.goals == ("key", "door", "goal")
    assert "DoorKey-5x5" in saccade.write_report(run).read_text(encoding="utf-8")
    screens = torch.zeros(2, 3, 5, 5, dtype=torch.uint8)
    assert len(saccade.load(run).predict(screens)) == 2


def test_what_only_the_chain_has(tmp_path: Path) -> None:
    for changes, why in (({"learners": 2}, "--learners 2"), ({"visited": True}, "--visited")):
        with pytest.raises(DataError, match=rf"{why}: MiniGrid-DoorKey-5x5-v0 has no such thing"):
            saccade.train("hdqn-doorkey", out=tmp_path / "run", **{**SMALL, **changes})
