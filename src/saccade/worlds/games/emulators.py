"""The interface of parallel games."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

SIDE, DEPTH = 84, 4  # pixels of a frame, frames of a screen (Mnih et al. 2013, section 4.1)
GO_ON = -1  # in place of a seed: the game's random stream goes on

Bools = npt.NDArray[np.bool_]
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class EmulatorStep:
    """What a step of `n` games led to."""

    screen: npt.NDArray[np.uint8]  # (n, depth, height, width), the newest frame last
    score: npt.NDArray[np.float64]  # (n,): the unclipped reward of this step
    done: Bools  # (n,): the episode is over, terminated or truncated
    truncated: Bools  # (n,): it is over by its time limit only
    lives: Longs  # (n,): 0 where a game has none
    shown: Bools  # (n,): the screen is one that the game has shown; at a time limit some libraries make one up


@runtime_checkable
class WithMemory(Protocol):
    """Games whose memory can be read."""

    @property
    def cells(self) -> int:
        """Bytes of the memory."""

    def memory(self) -> npt.NDArray[np.uint8]:
        """The memories of all games as they are now, `(n, cells)`."""


@runtime_checkable
class WithColours(Protocol):
    """Games that show more than is observed: their screens as people see them."""

    def colours(self, game: int) -> npt.NDArray[np.uint8]:
        """The screen of a game, `(height, width, 3)`."""


class Emulators(Protocol):
    """Parallel games. The same seeds and actions lead to the same screens."""

    name: str
    actions: tuple[str, ...]  # their names, by number
    shape: tuple[int, int, int]  # of a screen: depth, height, width
    per_second: int  # decisions, as fast as people play it

    def reset(self, which: Bools, seeds: Longs) -> npt.NDArray[np.uint8]:
        """Begin new episodes in some games, each with a seed or `GO_ON`; screens of all. The first call must be for all, with seeds."""

    def step(self, actions: Longs, which: Bools) -> EmulatorStep:
        """Act in some games; the others stay as they are. In one whose episode has ended, anything may happen until it is reset.

        Raises:
            ValueError: games of this kind can only be stepped all together, and one whose episode goes on is to wait.
        """

    def close(self) -> None:
        """Release their resources."""
