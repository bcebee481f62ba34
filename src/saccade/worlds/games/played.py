"""Emulators as they are played: which are seeded when, and how a resumed run comes to where they were."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from saccade.worlds.data.files import DataError

from .emulators import GO_ON, Bools, Emulators, EmulatorStep, Longs, WithMemory

_SEEDED_FOR = 1_000  # decisions; seeding is slow: an Atari game is loaded anew


class PlayedGames:
    """Emulators side by side; the modules of a graph that play them share it.

    A game is seeded at the first episode that begins long enough after it was seeded last; episodes between go on with the emulator's own
    stream. So the episodes that have begun since, with their actions, are the whole state of a game, small enough for any checkpoint: a
    resumed run replays it.

    Args:
        emulators: the games.
        count: how many there are.

    Attributes:
        screen: what all games show, `(count, depth, height, width)` uint8.
        lives: `(count,)` int64; 0 where a game has none, or has not been played since it began.
        repeats: as far as a replay has shown: given its seeds and actions it goes the same way.
    """

    def __init__(self, emulators: Emulators, count: int) -> None:
        self.emulators, self.count = emulators, count
        self.screen: npt.NDArray[np.uint8] = np.zeros((count, *emulators.shape), np.uint8)
        self.lives = np.zeros(count, np.int64)
        self.repeats = True
        self._seeds = np.zeros(count, np.int64)
        self._seeded = np.zeros(count, np.int64)  # how many steps had been made when the game was seeded
        self._stale = np.ones(count, bool)  # which games are to be seeded when they begin, however soon
        self._pressed: list[Longs] = []  # the actions in all games, since the step `_since`
        self._acted: list[Bools] = []  # which of the games took them
        self._begins = [
            np.zeros(count, bool)
        ]  # which games began an episode before each of these steps, and before the next
        self._since = 0

    @property
    def cells(self) -> int:
        """Bytes of a game's memory that can be read."""
        return self.emulators.cells if isinstance(self.emulators, WithMemory) else 0

    def memory(self) -> npt.NDArray[np.uint8]:
        """The memories of all games, `(count, cells)`."""
        return (
            self.emulators.memory() if isinstance(self.emulators, WithMemory) else np.zeros((self.count, 0), np.uint8)
        )

    def seed_anew(self) -> None:
        """Seed every game when it begins next."""
        self._stale[:] = True

    def step(self, action: Longs, which: Bools) -> EmulatorStep:
        """Act in some games.

        Raises:
            DataError: a reward is not finite.
        """
        self._pressed.append(action.astype(np.int16))
        self._acted.append(which)
        self._begins.append(np.zeros(self.count, bool))
        played = self.emulators.step(action, which)
        if not np.isfinite(played.score).all():
            raise DataError(
                f"{self.emulators.name} gave the reward {played.score[~np.isfinite(played.score)][0]}, which nothing can be learned from: fix its reward"
            )
        self.screen = played.screen
        self.lives = np.where(which, played.lives, self.lives)
        return played

    def begin(self, which: Bools, rng: torch.Generator) -> None:
        """Begin new episodes in some games; seeds are drawn for all."""
        drawn = torch.randint(0, 2**31 - 1, (self.count,), generator=rng, device="cpu").numpy()
        now = self._since + len(self._pressed)
        again = self._begins[-1]  # no action in between: replayed, both are one
        anew = which & (self._stale | again | (now - self._seeded >= _SEEDED_FOR))
        self._seeds, self._seeded = np.where(anew, drawn, self._seeds), np.where(anew, now, self._seeded)
        self._begins[-1], self._stale = again | which, self._stale & ~which
        self.screen = self.emulators.reset(which, np.where(anew, self._seeds, GO_ON))
        self.lives = np.where(which, 0, self.lives)  # how many there are shows after the first step
        old = int(self._seeded.min()) - self._since
        if old > _SEEDED_FOR:  # no replay needs them; not dropped at every step, as lists are copied
            self._pressed, self._acted, self._begins = self._pressed[old:], self._acted[old:], self._begins[old:]
            self._since += old

    def state(self) -> dict[str, Tensor]:
        """The seeds of all games, and the actions since they were set."""
        first = int(self._seeded.min())
        kept = self._pressed[first - self._since :]
        pressed = np.stack(kept) if kept else np.zeros((0, self.count), np.int16)
        acted = np.stack(self._acted[first - self._since :]) if kept else np.zeros((0, self.count), bool)
        begins = np.stack(self._begins[first - self._since :])
        found = {
            "seeds": self._seeds, "seeded": self._seeded - first, "stale": self._stale, "pressed": pressed, "acted": acted, "begins": begins,
            "lives": self.lives, "screen": np.array(zlib.crc32(self.screen.tobytes()), np.int64),
        }  # fmt: skip
        return {name: torch.from_numpy(value.copy()) for name, value in found.items()}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Replay the actions that led to the state."""
        self._seeds, self._seeded, self._stale, pressed, begins, self.lives = (
            state[name].numpy().copy() for name in ("seeds", "seeded", "stale", "pressed", "begins", "lives")
        )
        # Checkpoints of before have no such entry: all games acted.
        acted = state["acted"].numpy().copy() if "acted" in state else np.ones(pressed.shape, bool)
        self._pressed, self._acted, self._begins, self._since = list(pressed), list(acted), list(begins), 0
        self.screen = self.emulators.reset(np.ones(self.count, bool), self._seeds)
        for step, which in enumerate(begins):
            counts = which & (step >= self._seeded)
            if step and counts.any():
                self.screen = self.emulators.reset(counts, np.where(step == self._seeded, self._seeds, GO_ON))
            if step < len(pressed):
                self.screen = self.emulators.step(pressed[step].astype(np.int64), acted[step]).screen
        self.repeats = "screen" not in state or int(state["screen"]) == zlib.crc32(self.screen.tobytes())
