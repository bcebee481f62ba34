"""MiniGrid: small worlds of cells, seen whole and as what they are (Chevalier-Boisvert et al. 2023)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np
import numpy.typing as npt
from gymnasium.wrappers import TransformObservation

from saccade.extras import missing
from saccade.worlds.data.files import DataError

from .pixel_games import PixelGames

try:
    from minigrid.core.constants import OBJECT_TO_IDX
    from minigrid.wrappers import FullyObsWrapper
except ImportError as error:  # pragma: no cover
    raise missing("playing in grids", "minigrid", "minigrid") from error

_PER_SECOND = 3  # decisions, as one can follow them
_TILE = 32  # pixels of a cell, as it is drawn for people
KINDS: dict[str, int] = dict(OBJECT_TO_IDX)
"""The numbers of the things that a cell can hold, by their names."""


@dataclass(frozen=True)
class GridEnv:
    """An environment of MiniGrid that can be made as often as one likes.

    Args:
        id_: Gymnasium's name for it, such as MiniGrid-DoorKey-6x6-v0.
        arguments: of `gymnasium.make`.
    """

    id_: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def make(self) -> gym.Env[Any, Any]:
        """A copy that shows all cells, uint8 `(3, height, width)`: kind, colour and state of what is in each, by MiniGrid's numbers.

        Raises:
            DataError: there is none of that name, or it is no grid.
        """
        try:
            wrap: Any = FullyObsWrapper
            env: Any = wrap(gym.make(self.id_, disable_env_checker=True, **self.arguments))
        except (gym.error.Error, AttributeError, TypeError) as error:
            reason = " ".join(str(error).split())
            raise DataError(f"{self.id_} is no environment of MiniGrid ({reason})") from error
        wide, high, planes = env.observation_space["image"].shape
        space = gym.spaces.Box(0, 255, (planes, high, wide), np.uint8)
        return TransformObservation(env, lambda seen: np.ascontiguousarray(seen["image"].transpose(2, 1, 0)), space)


class GridGames(PixelGames):
    """Copies of an environment of MiniGrid, in this process.

    Args: see `PixelGames`.
    """

    def __init__(self, env: GridEnv, count: int) -> None:
        super().__init__(env, count)
        inner: Any = self._copies[0].unwrapped
        self.actions = tuple(action.name for action in inner.actions)
        self.per_second = _PER_SECOND

    def colours(self, game: int) -> npt.NDArray[np.uint8]:
        """The grid of a game as people see it, `(height, width, 3)`."""
        inner: Any = self._copies[game].unwrapped
        drawn: npt.NDArray[np.uint8] = inner.get_frame(highlight=False, tile_size=_TILE)
        return drawn
