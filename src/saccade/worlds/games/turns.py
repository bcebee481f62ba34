"""Many episodes on few copies of a game."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from .emulators import Bools, Emulators, EmulatorStep, Longs


class Turns:
    """`count` games, of which as many are played at a time as there are copies.

    The others show black meanwhile. Whoever iterates gets, turn by turn, which games are played: `(count,)` bool.

    Args:
        copies: that play.
        at_once: how many there are, at most `count`.
        count: games.
    """

    def __init__(self, copies: Emulators, at_once: int, count: int) -> None:
        self._copies, self._at_once, self._count = copies, at_once, count
        self.name, self.actions, self.shape = copies.name, copies.actions, copies.shape
        self.per_second = copies.per_second
        self._rows = slice(0, at_once)

    def __iter__(self) -> Iterator[Bools]:
        """One turn after the other."""
        for begin in range(0, self._count, self._at_once):
            self._rows = slice(begin, min(begin + self._at_once, self._count))
            yield self._whole(np.ones(self._at_once, bool))

    def reset(self, which: Bools, seeds: Longs) -> npt.NDArray[np.uint8]:
        """Begin new episodes in games whose turn it is."""
        return self._whole(self._copies.reset(self._part(which), self._part(seeds)))

    def step(self, actions: Longs, which: Bools) -> EmulatorStep:
        """Act in games whose turn it is."""
        step = self._copies.step(self._part(actions), self._part(which))
        return EmulatorStep(
            self._whole(step.screen), self._whole(step.score), self._whole(step.done), self._whole(step.truncated),
            self._whole(step.lives), self._whole(step.shown),
        )  # fmt: skip

    def close(self) -> None:
        """Close the copies."""
        self._copies.close()

    def _part(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The values for the copies; in the last turn some may have nothing to do."""
        part = np.zeros(self._at_once, values.dtype)
        part[: self._rows.stop - self._rows.start] = values[self._rows]
        return part

    def _whole(self, part: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The values for all games, from those of the copies."""
        whole = np.zeros((self._count, *part.shape[1:]), part.dtype)
        whole[self._rows] = part[: self._rows.stop - self._rows.start]
        return whole
