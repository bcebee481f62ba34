"""Goals in environments of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import saccade
from saccade.recipes.hdqn import Goal, GoalGame, GoalSet, GridObjects, grid_game, overlaps, pixel_game
from saccade.report.clip import VIDEO
from saccade.runs import RunDirectory
from saccade.watching import silent
from saccade.worlds import DataError

from ...catching import register

register()

SMALL: dict[str, Any] = {
    "steps": 256, "games": 4, "buffer": 400, "options": 400, "learning_starts": 32, "every": 16, "meta_every": 16, "test_episodes": 2,
}  # fmt: skip
ROOM = """
from saccade.recipes.hdqn import Goal, GoalSet, GridObjects, grid_game, overlaps

THINGS = ("agent", "key", "door")

def unlock():
    goals = GoalSet(GridObjects(THINGS), THINGS, [Goal(name, overlaps, "agent", name) for name in THINGS[1:]])
    return grid_game("MiniGrid-Unlock-v0", goals)

def nothing():
    return 3

def fails():
    return {}["x"]
"""


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rooms_of_mine.py").write_text(ROOM, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_of_an_environment_of_ones_own(rooms: Path) -> None:
    run = saccade.train("hdqn-doorkey", out=rooms / "run", env="rooms_of_mine:unlock", watch=silent, **SMALL) / "seed-0"
    result = RunDirectory.open(run).result
    assert result is not None and result["data"] == "MiniGrid-Unlock-v0"
    decisions = saccade.load(run).predict(np.zeros((2, 3, 6, 11), np.uint8))
    assert set(decisions.goal_names) <= {"key", "door"}


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("nothing", "--env rooms_of_mine:nothing returns int: it must return a GoalGame"),
        ("fails", "--env rooms_of_mine:fails fails .KeyError: 'x'"),
        ("unlok", "the module rooms_of_mine has no unlok — did you mean 'unlock'"),
    ],
)
def test_functions_that_make_none(rooms: Path, function: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        saccade.train("hdqn-doorkey", out=rooms / "run", env=f"rooms_of_mine:{function}", watch=silent, **SMALL)
    assert not (rooms / "run").exists()


def corners(screen: Tensor, _: Tensor) -> Tensor:
    """The catcher of `examples/catch_env.py` is the brightest of the lowest row; and two halves of the floor."""
    width = screen.shape[3]
    x = screen[:, -1, -3].float().argmax(1).float()
    ones = torch.ones_like(x)
    halves = [
        torch.stack([left * ones, (width - 4) * ones, width / 2 * ones, 4 * ones], 1) for left in (0.0, width / 2)
    ]
    return torch.stack([torch.stack([x, (width - 3) * ones, ones, ones], 1), *halves], 1)


def test_pixels_with_goals_that_move_or_do_not() -> None:
    goals = GoalSet(
        corners, ("paddle", "left", "right"), [Goal(name, overlaps, "paddle", name) for name in ("left", "right")]
    )
    for masks in (None, torch.eye(84, dtype=torch.bool).repeat(2, 1, 1) & torch.tensor([True, False])[:, None, None]):
        game = pixel_game("Catch-v0", goals, masks)
        shown, goal = torch.randint(0, 255, (2, 4, 84, 84), dtype=torch.uint8), torch.tensor([0, 1])
        assert (game.directed is None) == (masks is None)
        if game.directed is not None:
            network = game.directed(3, "values")
            assert network(shown, goal).shape == (2, 3) and not torch.equal(
                network(shown, goal), network(shown, 1 - goal)
            )
        else:
            assert game.network(5, 3, "values")(shown[:, [0, 0, 1, 2, 3]]).shape == (2, 3)
        games = game.open(1)
        assert games.shape == (4, 84, 84)
        games.close()


LATE = """
import torch
from saccade.recipes.hdqn import Goal, GoalSet, overlaps, pixel_game

CALLS = []

def ends(screen, memory):
    CALLS.append(len(screen))
    if len(CALLS) > 330:
        raise KeyError("late")
    x = screen[:, -1, -3].float().argmax(1).float()
    one = torch.ones_like(x)
    return torch.stack([torch.stack([x, 81 * one, one, one], 1), torch.stack([0 * one, 80 * one, 42 * one, 4 * one], 1)], 1)

def late():
    return pixel_game("Catch-v0", GoalSet(ends, ("paddle", "left"), [Goal("left", overlaps, "paddle", "left")]), clip=False)
"""


def test_code_that_fails_late_ends_in_a_sentence(rooms: Path) -> None:
    (rooms / "late_objects.py").write_text(LATE, encoding="utf-8")
    with pytest.raises(
        DataError,
        match=r"`objects` fails on screens .*KeyError: 'late' in .*late_objects.py, line 10.*`saccade resume`",
    ):
        saccade.train("hdqn-doorkey", out=rooms / "run", env="late_objects:late", watch=silent, **SMALL)


def test_a_game_of_pixels_is_filmed_in_grey(rooms: Path) -> None:
    (rooms / "grey_objects.py").write_text(LATE.replace("> 330", "> 10**9"), encoding="utf-8")
    run = saccade.train("hdqn-doorkey", out=rooms / "run", env="grey_objects:late", watch=silent, **SMALL) / "seed-0"
    assert (run / VIDEO).exists()


def test_several_things_of_a_name_are_refused(rooms: Path) -> None:
    text = ROOM.replace("MiniGrid-Unlock-v0", "MiniGrid-MultiRoom-N6-v0").replace(
        '("agent", "key", "door")', '("agent", "door", "goal")'
    )
    (rooms / "many_doors.py").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="there are several things called 'door': goals of MiniGrid need one of a name"):
        saccade.train("hdqn-doorkey", out=rooms / "run", env="many_doors:unlock", watch=silent, **SMALL)


def test_what_cannot_be() -> None:
    with pytest.raises(ValueError, match=r"MiniGrid has no 'dragon' .there are unseen, empty, wall"):
        GridObjects(("agent", "dragon"))
    with pytest.raises(ValueError, match="the first must be 'agent'"):
        GridObjects(("key", "agent"))
    goals = GoalSet(GridObjects(("agent", "key")), ("agent", "key"), [Goal("key", overlaps, "agent", "key")])
    with pytest.raises(
        ValueError,
        match=r"the masks of goals are of shape \(2, 5, 5\): they must be \(goals, height, width\), one for each of key",
    ):
        GoalGame("x", lambda _: None, goals, torch.zeros(2, 5, 5, dtype=torch.bool), lambda *_: None)  # type: ignore[arg-type, return-value]
    with pytest.raises(DataError, match="no environment of MiniGrid"):
        grid_game("CartPole-v1", goals)
