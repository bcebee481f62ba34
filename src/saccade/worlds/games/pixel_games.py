"""Parallel copies of a Gymnasium environment, in this process."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import Any, Protocol

import gymnasium as gym
import numpy as np
import numpy.typing as npt

from saccade.worlds.data.files import DataError

from .emulators import GO_ON, Bools, EmulatorStep, Longs

_USUAL, _FASTEST = 15, 100  # decisions a second, where an environment says nothing; at most


class MadeEnv(Protocol):
    """An environment that can be made as often as one likes, and shows uint8 `(depth, height, width)`."""

    @property
    def id_(self) -> str:
        """Gymnasium's name for it."""

    def make(self) -> gym.Env[Any, Any]:
        """A copy.

        Raises:
            DataError: it cannot be made.
        """


class PixelGames:
    """Copies of an environment, such as one of `PixelEnv`: 84x84 grey frames in stacks of four.

    Args:
        env: how one is made.
        count: parallel games.

    Raises:
        DataError: it cannot be made, or not so often.
    """

    def __init__(self, env: MadeEnv, count: int) -> None:
        self.name = env.id_
        with ExitStack() as made:
            self._copies: list[gym.Env[Any, Any]] = []
            while len(self._copies) < count:
                self._copies.append(env.make() if not self._copies else _again(env))
                made.callback(self._copies[-1].close)
            self._made = made.pop_all()
        first = self._copies[0]
        actions = first.action_space
        assert isinstance(actions, gym.spaces.Discrete)
        self.actions = tuple(f"action {number}" for number in range(int(actions.n)))
        self._least = int(actions.start)
        self.shape, self.per_second = _shape(first), _rate(first.metadata.get("render_fps"))
        # But for our own limit.
        self.endless = first.has_wrapper_attr("endless") and bool(first.get_wrapper_attr("endless"))
        self._screen: npt.NDArray[np.uint8] = np.zeros((count, *self.shape), np.uint8)

    def reset(self, which: Bools, seeds: Longs) -> npt.NDArray[np.uint8]:
        """Begin new episodes."""
        self._screen = self._screen.copy()
        for game in np.flatnonzero(which):
            seed = None if seeds[game] == GO_ON else int(seeds[game])
            self._screen[game], _ = self._copies[game].reset(seed=seed)
        return self._screen

    def step(self, actions: Longs, which: Bools) -> EmulatorStep:
        """Act in some games. A vector environment of Gymnasium's would act in all."""
        score, (terminated, truncated) = np.zeros(len(which)), np.zeros((2, len(which)), bool)
        self._screen = self._screen.copy()
        for game in np.flatnonzero(which):
            seen, score[game], terminated[game], truncated[game], _ = self._copies[game].step(
                actions[game] + self._least
            )
            self._screen[game] = seen
        # ViZDoom 1.3.2 ends an episode at its time limit in both ways, and shows black.
        late = terminated & truncated & ~self._screen[:, -1].any((1, 2))
        lives = np.zeros(len(which), np.int64)
        return EmulatorStep(self._screen, score, terminated | truncated, truncated & (~terminated | late), lives, ~late)

    def close(self) -> None:
        """Close the environments."""
        self._made.close()


def _shape(env: gym.Env[Any, Any]) -> tuple[int, int, int]:
    """Of what it shows."""
    shape = env.observation_space.shape
    assert shape is not None and len(shape) == 3
    return shape[0], shape[1], shape[2]


def _rate(declared: Any) -> int:
    """Decisions a second, for films: 1 to 100, which is the fastest that a GIF knows."""
    try:
        rate = float(declared)
    except (TypeError, ValueError):
        rate = 0.0
    return min(max(1, round(rate)), _FASTEST) if math.isfinite(rate) and rate > 0 else _USUAL


def _again(env: MadeEnv) -> gym.Env[Any, Any]:
    """Another copy next to those there are."""
    try:
        return env.make()
    except DataError as error:
        raise DataError(
            f"{env.id_} can be made once in a process, and not once more ({' '.join(str(error.__cause__ or error).split())}): "
            "play each copy in a process of its own, with as many --processes as --games"
        ) from error
