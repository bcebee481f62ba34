"""Environments of MiniGrid."""

from __future__ import annotations

import numpy as np
import pytest

from saccade.worlds import DataError
from saccade.worlds.games.emulators import WithColours
from saccade.worlds.games.grid_env import GridEnv, GridGames


def test_all_cells_are_shown_as_what_they_are() -> None:
    games = GridGames(GridEnv("MiniGrid-DoorKey-5x5-v0"), 3)
    screens = games.reset(np.ones(3, bool), np.arange(3))
    assert games.shape == (3, 5, 5) and len(games.actions) == 7 and screens.dtype == np.uint8
    kinds = screens[:, 0]
    assert (kinds[:, [0, -1]] == 2).all() and (kinds[:, :, [0, -1]] == 2).all()  # walls
    for kind in (4, 5, 8, 10):  # door, key, goal, agent
        assert ((kinds == kind).sum((1, 2)) == 1).all()
    turned = games.step(np.zeros(3, np.int64), np.ones(3, bool)).screen
    assert (turned[:, 0] == kinds).all() and not (turned[:, 2] == screens[:, 2]).all()
    assert games.actions[:4] == ("left", "right", "forward", "pickup") and games.per_second == 3
    assert isinstance(games, WithColours) and games.colours(1).shape == (5 * 32, 5 * 32, 3)
    games.close()


@pytest.mark.parametrize(
    ("id_", "why"),
    [("MiniGrid-DoorKey-7x5-v9", "no environment of MiniGrid"), ("CartPole-v1", "no environment of MiniGrid")],
)
def test_what_is_no_grid(id_: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        GridEnv(id_).make()
