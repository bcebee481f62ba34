"""MiniGrid's rooms with a door and a key, as a game with goals: the user's example."""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from saccade.agents.grid_network import GridQNetwork
from saccade.worlds.goals.goals import Goal, GoalSet, overlaps

from .goal_game import GoalGame

_KINDS = {"agent": 10, "key": 5, "door": 4, "goal": 8}  # MiniGrid's numbers


def objects(screen: Tensor, _: Tensor) -> Tensor:
    """Agent, key, door and goal as boxes of one cell, `(b, 4, 4)`: what is not to be seen is where the agent is, who carries it or stands on it."""
    width = screen.shape[3]
    cells = torch.stack([(screen[:, 0] == kind).flatten(1) for kind in _KINDS.values()], 1)
    place = cells.float().argmax(2)
    place = torch.where(cells.any(2), place, place[:, :1])
    x, y = place % width, place // width
    return torch.stack([x, y, torch.ones_like(x), torch.ones_like(x)], 2).float()


GOALS = GoalSet(
    objects, tuple(_KINDS), [Goal(name, overlaps, "agent", name) for name in ("key", "door", "goal")]
)  # fmt: skip


def doorkey(id_: str) -> GoalGame:
    """A room with a door and a key."""
    from saccade.worlds.games.grid_env import GridEnv
    from saccade.worlds.games.pixel_games import PixelGames

    env = GridEnv(id_)
    _, height, width = env.make().observation_space.shape or (3, 0, 0)
    return GoalGame(
        id_, lambda count: PixelGames(env, count), GOALS, None, functools.partial(_network, height, width), stacked=False
    )  # fmt: skip


def _network(height: int, width: int, frames: int, actions: int, name: str) -> GridQNetwork:
    return GridQNetwork(frames, height, width, actions).named(name)
