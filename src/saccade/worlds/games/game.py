"""Games as worlds: the screen is the observation, the score the reward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from saccade.graph import Active, Fresh, In, Out, World

from .emulators import Bools
from .played import PlayedGames


@dataclass(frozen=True)
class Rewarding:
    """What of a game counts for the learner.

    Attributes:
        clip: the reward is the sign of the score (Mnih et al. 2013, section 5).
        life_counts: a lost life is a terminal state, though the episode goes on (Mnih et al. 2015, methods).
    """

    clip: bool = True
    life_counts: bool = True


class _Played(World):
    """Runs emulators side by side; a batch is always all of them."""

    on_host = True

    def __init__(self, games: PlayedGames) -> None:
        super().__init__()
        self.games, self.count = games, games.count
        self.depth, self.height, self.width = games.emulators.shape
        self.cells = games.cells

    def _rows(self, active: Tensor) -> Bools:
        """Which games a call is for.

        Raises:
            ValueError: the batch is not that of the emulators.
        """
        if len(active) != self.count:
            raise ValueError(f"{self.name} runs {self.count} games at once, not {len(active)}")
        rows: Bools = active.cpu().numpy()
        return rows

    def _screen(self) -> Tensor:
        return torch.from_numpy(self.games.screen.copy())

    def _memory(self) -> Tensor:
        return torch.from_numpy(self.games.memory().copy())


class _Acting(_Played):
    """Takes actions."""

    def __init__(self, games: PlayedGames, rewarding: Rewarding) -> None:
        super().__init__(games)
        self._rewarding = rewarding

    def _act(self, action: Tensor, goes: Bools) -> tuple[Tensor, ...]:
        """Act in some games: reward, score, terminal, done and shown, `(count,)` each."""
        score = np.zeros(self.count)
        terminal, done, shown = np.zeros(self.count, bool), np.zeros(self.count, bool), np.ones(self.count, bool)
        if goes.any():
            lives = self.games.lives
            played = self.games.step(action.cpu().numpy(), goes)
            score, done = np.where(goes, played.score, 0.0), goes & played.done
            shown = ~goes | played.shown
            lost = goes & (played.lives < lives) if self._rewarding.life_counts else done
            terminal = (done & ~played.truncated) | (lost & ~played.truncated)
        return (
            torch.from_numpy(np.sign(score) if self._rewarding.clip else score).float(),
            torch.from_numpy(score).float(), torch.from_numpy(terminal), torch.from_numpy(done), torch.from_numpy(shown),
        )  # fmt: skip


class Game(_Acting):
    """Takes the last actions and shows what they led to: for a policy at the end of the loop.

    Args:
        games: that are played.
        rewarding: what of them counts.

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

    def __init__(self, games: PlayedGames, rewarding: Rewarding = Rewarding()) -> None:
        super().__init__(games, rewarding)

    def seed(self, seed: int) -> None:
        """Seed the stream, and every game when it begins next."""
        super().seed(seed)
        self.games.seed_anew()

    def forward(self, action: Tensor, fresh: Tensor, active: Tensor) -> tuple[Tensor, ...]:
        """Begin episodes, or take the chosen actions."""
        rows = self._rows(active)
        begins = rows & fresh.cpu().numpy()
        outcome = self._act(action, rows & ~begins)
        if begins.any():
            self.games.begin(begins, self.rng)
        return (self._screen(), *outcome)


class Look(_Played):
    """Shows the screen before a decision, and begins episodes.

    With `Press` it is a `Game` in two parts, for policies between them, as in loops inside each other: at the first call in an episode
    it begins one.

    Args:
        games: that are played.
    """

    fresh: In[Fresh]
    active: In[Active]
    screen: Out[UInt8[Tensor, "b depth height width"]]

    def seed(self, seed: int) -> None:
        """Seed the stream, and every game when it begins next."""
        super().seed(seed)
        self.games.seed_anew()

    def forward(self, fresh: Tensor, active: Tensor) -> Tensor:
        """Begin episodes, where they are new."""
        begins = self._rows(active) & fresh.cpu().numpy()
        if begins.any():
            self.games.begin(begins, self.rng)
        return self._screen()


class See(_Played):
    """Shows the screen of an episode that `Look` has begun: at the head of an inner loop.

    Args:
        games: that are played.
    """

    active: In[Active]
    screen: Out[UInt8[Tensor, "b depth height width"]]
    memory: Out[UInt8[Tensor, "b cells"]]

    def forward(self, active: Tensor) -> tuple[Tensor, Tensor]:
        """The screens and memories of all games."""
        self._rows(active)
        return self._screen(), self._memory()


class Press(_Acting):
    """Takes an action in the games that a call is for, and shows what it has led to; the other games stay as they are.

    Args:
        games: that are played.
        rewarding: what of them counts.

    Raises (in a pass):
        DataError: a reward is not finite.
        ValueError: the batch is not that of the emulators; or they can only step all together, and this call is for some.
    """

    action: In[Int[Tensor, "b"]]
    active: In[Active]
    screen: Out[UInt8[Tensor, "b depth height width"]]
    memory: Out[UInt8[Tensor, "b cells"]]
    reward: Out[Float[Tensor, "b"]]
    score: Out[Float[Tensor, "b"]]  # the same, unclipped
    terminal: Out[Bool[Tensor, "b"]]  # a terminal state for the learner: the episode has terminated, or a life is lost
    done: Out[Bool[Tensor, "b"]]  # the episode is over, terminated or truncated
    shown: Out[Bool[Tensor, "b"]]  # the screen is one that the game has shown, to be learned from

    def forward(self, action: Tensor, active: Tensor) -> tuple[Tensor, ...]:
        """Act."""
        outcome = self._act(action, self._rows(active))
        return (self._screen(), self._memory(), *outcome)
