"""The chain of six states (Kulkarni et al. 2016, section 4.1), many of them side by side."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .emulators import GO_ON, Bools, EmulatorStep, Longs

STATES = 6
_START = 1
_GREAT, _SMALL = 1.0, 0.01  # for coming to the left end with and without having been at the right one
_LIT = 255


class Chain:
    """Parallel chains: left leads to the left, right leads to the right half of the time and else to the left; the left end is terminal.

    A screen is one row of pixels, of which one shows where the agent is, and the others, where there are any, in binary numbers which chain
    it is: so a table of values by what is seen has cells of its own for every group.

    Args:
        count: chains.
        groups: groups of chains side by side, which count up: 0, 1, …, 0, 1, …
        visited: one more pixel shows whether the right end has been visited: the state is a Markov state with it, and none without.

    Raises:
        ValueError: there are not as many chains in every group.
    """

    name = "chain"
    actions: tuple[str, ...] = ("left", "right")
    per_second = 2

    def __init__(self, count: int, groups: int = 1, visited: bool = False) -> None:
        if count % groups:
            raise ValueError(f"{count} chains cannot be divided among {groups} groups: take a multiple of {groups}")
        self._has_flag = visited
        bits = max(0, groups - 1).bit_length()
        self.shape = (1, 1, STATES + visited + bits)
        self._number = np.zeros((count, bits), np.uint8)
        for bit in range(bits):
            self._number[:, bit] = (np.arange(count) % groups >> bit & 1) * _LIT
        self._at = np.full(count, _START)
        self._visited = np.zeros(count, bool)
        self._stream = np.zeros(count, np.uint64)

    def reset(self, which: Bools, seeds: Longs) -> npt.NDArray[np.uint8]:
        """Begin new episodes at the second state."""
        anew = which & (seeds != GO_ON)
        self._stream = np.where(anew, seeds.astype(np.uint64), self._stream)
        self._at = np.where(which, _START, self._at)
        self._visited &= ~which
        return self._screen()

    def step(self, actions: Longs, which: Bools) -> EmulatorStep:
        """Move in some chains."""
        right = (actions == 1) & (self._drawn(which) < 0.5)
        moved = np.minimum(np.where(right, self._at + 1, self._at - 1), STATES - 1)
        self._at = np.where(which & (self._at > 0), moved, self._at)
        self._visited |= self._at == STATES - 1
        done = which & (self._at == 0)
        score = np.where(done, np.where(self._visited, _GREAT, _SMALL), 0.0)
        nothing = np.zeros(len(done), bool)
        return EmulatorStep(self._screen(), score, done, nothing, nothing.astype(np.int64), ~nothing)

    def close(self) -> None:
        """There is nothing to release."""

    def _screen(self) -> npt.NDArray[np.uint8]:
        where = (np.arange(STATES) == self._at[:, None]) * np.uint8(_LIT)
        flag = self._visited[:, None] * np.uint8(_LIT) if self._has_flag else np.zeros((len(where), 0), np.uint8)
        return np.concatenate([where, flag, self._number], 1)[:, None, None]

    def _drawn(self, which: Bools) -> npt.NDArray[np.float64]:
        """A number in [0, 1) of each chain's own stream (splitmix64); the others' streams stand still."""
        with np.errstate(over="ignore"):
            self._stream = np.where(which, self._stream + np.uint64(0x9E3779B97F4A7C15), self._stream)
            mixed = self._stream
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        found: npt.NDArray[np.float64] = (mixed ^ (mixed >> np.uint64(31)) >> np.uint64(11)) / 2.0**64
        return found
