"""A game as a world: its screen is the observation, its score the reward."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from saccade.graph import Active, Fresh, In, Out, World
from saccade.worlds.data.files import DataError

from .emulators import GO_ON, Bools, Emulators, EmulatorStep, Longs

_SEEDED_FOR = 1_000  # decisions; seeding is slow: an Atari game is loaded anew


class Game(World):
    """Runs emulators side by side; a batch is always all of them.

    A game is seeded from the module's stream, at the first episode that begins long enough after it was seeded last; episodes between go
    on with the emulator's own stream. So the episodes that have begun since, with their actions, are the whole state of a game,
    small enough for any checkpoint: a resumed run replays it.

    Args:
        emulators: the games.
        clip: the reward is the sign of the score (Mnih et al. 2013, section 5).
        life_counts: a lost life is a terminal state for the learner, the episode goes on (Mnih et al. 2015, methods).

    Raises (in a pass):
        DataError: a reward is not finite.
        ValueError: the batch is not that of the emulators.
    """

    action: In[Int[Tensor, "b"]] = In(init=0)
    fresh: In[Fresh]
    active: In[Active]
    screen: Out[UInt8[Tensor, "b depth height width"]]
    reward: Out[Float[Tensor, "b"]]  # for the last action
    score: Out[Float[Tensor, "b"]]  # the same, unclipped
    terminal: Out[Bool[Tensor, "b"]]  # a terminal state for the learner: the episode has terminated, or a life is lost
    done: Out[Bool[Tensor, "b"]]  # the episode is over, terminated or truncated
    shown: Out[Bool[Tensor, "b"]]  # the screen is one that the game has shown, to be learned from

    on_host = True

    def __init__(self, emulators: Emulators, count: int, clip: bool = True, life_counts: bool = True) -> None:
        super().__init__()
        self.emulators, self.count, self.clip, self.life_counts = emulators, count, clip, life_counts
        self.depth, self.height, self.width = emulators.shape
        self._seeds = np.zeros(count, np.int64)
        self._seeded = np.zeros(count, np.int64)  # how many steps had been made when the game was seeded
        self._stale = np.ones(count, bool)  # which games are to be seeded when they begin, however soon
        self._pressed: list[Longs] = []  # the actions in all games, since the step `_since`
        self._begins = [
            np.zeros(count, bool)
        ]  # which games began an episode before each of these steps, and before the next
        self._since = 0
        self._lives = np.zeros(count, np.int64)
        self._screen = np.zeros((count, *emulators.shape), np.uint8)
        self.repeats = True  # as far as a replay has shown: given its seeds and actions it goes the same way

    def seed(self, seed: int) -> None:
        """Seed the stream, and every game when it begins next."""
        super().seed(seed)
        self._stale[:] = True

    def forward(self, action: Tensor, fresh: Tensor, active: Tensor) -> tuple[Tensor, ...]:
        """Begin episodes, or take the chosen actions."""
        if len(action) != self.count:
            raise ValueError(f"{self.name} runs {self.count} games at once, not {len(action)}")
        begins, goes = (active & fresh).cpu().numpy(), (active & ~fresh).cpu().numpy()
        score = np.zeros(self.count)
        terminal, done, shown = np.zeros(self.count, bool), np.zeros(self.count, bool), np.ones(self.count, bool)
        if goes.any():
            played = self._press(action.cpu().numpy())
            score, done = np.where(goes, played.score, 0.0), goes & played.done
            shown = ~goes | played.shown
            lost = goes & (played.lives < self._lives) if self.life_counts else done
            terminal = (done & ~played.truncated) | (lost & ~played.truncated)
            self._lives = np.where(goes, played.lives, self._lives)
        if begins.any():
            self._begin(begins)
        return (
            torch.from_numpy(self._screen.copy()),
            torch.from_numpy(np.sign(score) if self.clip else score).float(),
            torch.from_numpy(score).float(), torch.from_numpy(terminal), torch.from_numpy(done),
            torch.from_numpy(shown),
        )  # fmt: skip

    def _press(self, action: Longs) -> EmulatorStep:
        self._pressed.append(action.astype(np.int16))
        self._begins.append(np.zeros(self.count, bool))
        played = self.emulators.step(action)
        if not np.isfinite(played.score).all():
            raise DataError(
                f"{self.emulators.name} gave the reward {played.score[~np.isfinite(played.score)][0]}, which nothing can be learned from: fix its reward"
            )
        self._screen = played.screen
        return played

    def _begin(self, which: Bools) -> None:
        drawn = torch.randint(0, 2**31 - 1, (self.count,), generator=self.rng, device="cpu").numpy()
        now = self._since + len(self._pressed)
        again = self._begins[-1]  # no action in between: replayed, both are one
        anew = which & (self._stale | again | (now - self._seeded >= _SEEDED_FOR))
        self._seeds, self._seeded = np.where(anew, drawn, self._seeds), np.where(anew, now, self._seeded)
        self._begins[-1], self._stale = again | which, self._stale & ~which
        self._screen = self.emulators.reset(which, np.where(anew, self._seeds, GO_ON))
        self._lives = np.where(which, 0, self._lives)  # how many there are shows after the first step
        old = int(self._seeded.min()) - self._since
        if old > _SEEDED_FOR:  # no replay needs them; not dropped at every step, as lists are copied
            self._pressed, self._begins, self._since = self._pressed[old:], self._begins[old:], self._since + old

    def state(self) -> dict[str, Tensor]:
        """The seeds of all games, and the actions since they were set."""
        first = int(self._seeded.min())
        kept = self._pressed[first - self._since :]
        pressed = np.stack(kept) if kept else np.zeros((0, self.count), np.int16)
        begins = np.stack(self._begins[first - self._since :])
        found = {
            "seeds": self._seeds, "seeded": self._seeded - first, "stale": self._stale, "pressed": pressed, "begins": begins, "lives": self._lives,
            "screen": np.array(zlib.crc32(self._screen.tobytes()), np.int64),
        }  # fmt: skip
        return {name: torch.from_numpy(value.copy()) for name, value in found.items()}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Replay the actions that led to the state."""
        self._seeds, self._seeded, self._stale, pressed, begins, self._lives = (
            state[name].numpy().copy() for name in ("seeds", "seeded", "stale", "pressed", "begins", "lives")
        )
        self._pressed, self._begins, self._since = list(pressed), list(begins), 0
        self._screen = self.emulators.reset(np.ones(self.count, bool), self._seeds)
        for step, which in enumerate(begins):
            counts = which & (step >= self._seeded)
            if step and counts.any():
                self._screen = self.emulators.reset(counts, np.where(step == self._seeded, self._seeds, GO_ON))
            if step < len(pressed):
                self._screen = self.emulators.step(pressed[step].astype(np.int64)).screen
        # Checkpoints of before have no such entry.
        self.repeats = "screen" not in state or int(state["screen"]) == zlib.crc32(self._screen.tobytes())
