"""Goals in any environment of Gymnasium, in a few lines: what a user calls."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import torch
from torch import Tensor

from saccade.agents.goal_networks import GoalQNetwork
from saccade.agents.grid_network import GridQNetwork
from saccade.agents.q_networks import QNetwork
from saccade.agents.q_settings import Architecture
from saccade.graph import Module
from saccade.worlds.goals.goals import GoalSet

from .goal_game import GoalGame


class GridObjects:
    """Finds things of MiniGrid by their names: the objects of a `GoalSet`.

    What is not to be seen is where the agent is, who carries it or stands on it; so there must be one thing of a name, and none that can be
    destroyed or appears later, as what is in MiniGrid's boxes.

    Args:
        names: of the things, such as `("agent", "key", "door", "goal")`; the first is the agent.

    Raises:
        MissingExtraError: MiniGrid is not installed.
        ValueError: MiniGrid has no thing of that name; when it is called: there are several.
    """

    def __init__(self, names: Sequence[str]) -> None:
        from saccade.worlds.games.grid_env import KINDS

        if absent := [name for name in names if name not in KINDS]:
            raise ValueError(f"MiniGrid has no {absent[0]!r} (there are {', '.join(KINDS)})")
        if not names or names[0] != "agent":
            raise ValueError(f"the objects begin with {names[0] if names else 'nothing'!r}: the first must be 'agent'")
        self._names, self._kinds = tuple(names), [KINDS[name] for name in names]

    def __call__(self, screen: Tensor, _: Tensor) -> Tensor:
        """Boxes of one cell, `(b, names, 4)`, on screens `(b, 3, height, width)`."""
        width = screen.shape[3]
        cells = torch.stack([(screen[:, 0] == kind).flatten(1) for kind in self._kinds], 1)
        if bool((several := (cells.sum(2) > 1).any(0)).any()):
            name = self._names[int(several.int().argmax())]
            raise ValueError(f"there are several things called {name!r}: goals of MiniGrid need one of a name")
        place = cells.float().argmax(2)
        place = torch.where(cells.any(2), place, place[:, :1])
        x, y = place % width, place // width
        return torch.stack([x, y, torch.ones_like(x), torch.ones_like(x)], 2).float()


def grid_game(id_: str, goals: GoalSet, arguments: Mapping[str, Any] | None = None) -> GoalGame:
    """An environment of MiniGrid with goals, all cells of which are seen.

    Args:
        id_: Gymnasium's name for it.
        goals: see there; `GridObjects` finds the objects.
        arguments: of `gymnasium.make`.

    Raises:
        DataError: there is no such environment.
        MissingExtraError: MiniGrid is not installed.
    """
    from saccade.worlds.games.grid_env import GridEnv, GridGames

    env = GridEnv(id_, arguments or {})
    with closing(env.make()) as made:
        _, height, width = made.observation_space.shape or (3, 0, 0)

    def network(frames: int, actions: int, name: str) -> Module:
        return GridQNetwork(frames, height, width, actions).named(name)

    return GoalGame(id_, lambda count: GridGames(env, count), goals, None, network, stacked=False)


def pixel_game(
    id_: str,
    goals: GoalSet,
    masks: Tensor | None = None,
    arguments: Mapping[str, Any] | None = None,
    wrapper: str = "",
    clip: bool = True,
) -> GoalGame:
    """Any environment of Gymnasium with goals, seen as four grey frames of 84x84 pixels.

    Args:
        id_: Gymnasium's name for it.
        goals: see there; their objects are found on screens `(b, 4, 84, 84)` uint8, and their boxes are in those pixels.
        masks: of all goals, bool `(goals, 84, 84)`: what the controller is shown; None: the boxes of what the goals are about, as they move.
        arguments, wrapper: see `PixelEnv`.
        clip: the meta-controller's reward is the sign of the environment's.

    Raises (when it is opened):
        DataError: there is no such environment, or it cannot be learned from pixels.
    """
    from saccade.worlds.games.emulators import DEPTH, SIDE
    from saccade.worlds.games.pixel_env import PixelEnv
    from saccade.worlds.games.pixel_games import PixelGames

    env = PixelEnv(id_, arguments or {}, wrapper)
    directed = None if masks is None else functools.partial(directed_network, DEPTH, SIDE, False, masks)
    network = functools.partial(pixel_network, SIDE, False)
    return GoalGame(id_, lambda count: PixelGames(env, count), goals, masks, network, directed, clip)


def pixel_network(side: int, half: bool, frames: int, actions: int, name: str) -> QNetwork:
    """The network of Mnih et al. 2013.

    Args:
        side: pixels of a screen, each way.
        half: see `QNetwork`.
        frames, actions, name: see `GoalGame.network`.
    """
    return QNetwork(frames, side, side, actions, Architecture.SMALL, half=half).named(name)


def directed_network(depth: int, side: int, half: bool, masks: Tensor, actions: int, name: str) -> GoalQNetwork:
    """The same with a goal, see `GoalQNetwork`."""
    return GoalQNetwork(pixel_network(side, half, depth, actions, "base"), masks).named(name)
