"""Parallel copies of a Gymnasium environment, in this process."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import Any

import gymnasium as gym
import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from saccade.worlds.data.files import DataError

from .emulators import DEPTH, GO_ON, SIDE, Bools, EmulatorStep, Longs
from .pixel_env import PixelEnv

_USUAL, _FASTEST = 15, 100  # decisions a second, where an environment says nothing; at most


class PixelGames:
    """Copies of an environment: 84x84 grey frames in stacks of four.

    Args:
        env: how one is made.
        count: parallel games.

    Raises:
        DataError: it cannot be made, or not so often.
    """

    def __init__(self, env: PixelEnv, count: int) -> None:
        self.name = env.id_
        with ExitStack() as made:
            copies: list[gym.Env[Any, Any]] = []
            while len(copies) < count:
                copies.append(env.make() if not copies else _again(env))
                made.callback(copies[-1].close)
            self._games = SyncVectorEnv(
                [lambda copy=copy: copy for copy in copies],  # type: ignore[misc]
                autoreset_mode=AutoresetMode.DISABLED,
            )
            made.pop_all()
        first, actions = copies[0], copies[0].action_space
        assert isinstance(actions, gym.spaces.Discrete)
        self.actions = tuple(f"action {number}" for number in range(int(actions.n)))
        self._least = int(actions.start)
        self.shape, self.per_second = (DEPTH, SIDE, SIDE), _rate(first.metadata.get("render_fps"))
        self.endless: bool = first.get_wrapper_attr("endless")  # but for our own limit
        self._done = np.zeros(count, bool)

    def reset(self, which: Bools, seeds: Longs) -> npt.NDArray[np.uint8]:
        """Begin new episodes."""
        # A dictionary of its own: Gymnasium 1.4.0 takes the mask out of it.
        options = None if which.all() else {"reset_mask": which}
        given = [None if seed == GO_ON else int(seed) for seed in seeds]
        screens: npt.NDArray[np.uint8] = self._games.reset(seed=given, options=options)[0]
        self._done &= ~which
        return screens

    def step(self, actions: Longs) -> EmulatorStep:
        """Act in all games; those whose episode has ended are begun anew, as Gymnasium lets nobody act in them."""
        if self._done.any():
            self.reset(self._done.copy(), np.full(len(self._done), GO_ON))
        screen, score, terminated, truncated, _ = self._games.step(actions + self._least)
        self._done = terminated | truncated
        # ViZDoom 1.3.2 ends an episode at its time limit in both ways, and shows black.
        late = terminated & truncated & ~screen[:, -1].any((1, 2))
        lives = np.zeros(len(terminated), np.int64)
        return EmulatorStep(
            screen, score.astype(np.float64), self._done.copy(), truncated & (~terminated | late), lives, ~late
        )

    def close(self) -> None:
        """Close the environments."""
        self._games.close()


def _rate(declared: Any) -> int:
    """Decisions a second, for films: 1 to 100, which is the fastest that a GIF knows."""
    try:
        rate = float(declared)
    except (TypeError, ValueError):
        rate = 0.0
    return min(max(1, round(rate)), _FASTEST) if math.isfinite(rate) and rate > 0 else _USUAL


def _again(env: PixelEnv) -> gym.Env[Any, Any]:
    """Another copy next to those there are."""
    try:
        return env.make()
    except DataError as error:
        raise DataError(
            f"{env.id_} can be made once in a process, and not once more ({' '.join(str(error.__cause__ or error).split())}): "
            "play each copy in a process of its own, with as many --processes as --games"
        ) from error
