"""A game as a world: it shows its screen, and pays for what is pressed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from saccade.graph import Active, Fresh, In, Out, World

from .emulators import Bools, Emulators, Longs, Played


class Game(World):
    """Runs emulators side by side; a batch is always all of them.

    Every episode is begun with a seed of its own, drawn from the module's stream. So what has been pressed since then is the whole
    state of a game, small enough for any checkpoint: whoever goes on from there plays it again.

    Args:
        emulators: the games.
        clip: pay the sign of the points, and not the points (Mnih et al. 2013, section 5).
        life_counts: a lost life ends what is paid for, not the episode (Mnih et al. 2015, methods).

    Raises (in a pass):
        ValueError: the batch is not that of the emulators.
    """

    action: In[Int[Tensor, "b"]] = In(init=0)
    fresh: In[Fresh]
    active: In[Active]
    screen: Out[UInt8[Tensor, "b depth height width"]]
    reward: Out[Float[Tensor, "b"]]  # for the last action
    score: Out[Float[Tensor, "b"]]  # the same in points
    done: Out[Bool[Tensor, "b"]]  # nothing that follows counts: the episode is over, or a life lost
    over: Out[Bool[Tensor, "b"]]  # the episode has ended

    def __init__(self, emulators: Emulators, count: int, clip: bool = True, life_counts: bool = True) -> None:
        super().__init__()
        self.emulators, self.count, self.clip, self.life_counts = emulators, count, clip, life_counts
        self.depth, self.height, self.width = emulators.shape
        self._seeds = np.zeros(count, np.int64)
        self._begun = np.zeros(count, np.int64)  # how many steps had been made when the episode began
        self._pressed: list[Longs] = []  # in all games, since the step `_since`
        self._since = 0
        self._lives = np.zeros(count, np.int64)
        self._screen = np.zeros((count, *emulators.shape), np.uint8)

    def forward(self, action: Tensor, fresh: Tensor, active: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Begin episodes, or press what was chosen."""
        if len(action) != self.count:
            raise ValueError(f"{self.name} runs {self.count} games at once, not {len(action)}")
        begins, goes = (active & fresh).cpu().numpy(), (active & ~fresh).cpu().numpy()
        score = np.zeros(self.count)
        done, over = np.zeros(self.count, bool), np.zeros(self.count, bool)
        if goes.any():
            played = self._press(action.cpu().numpy())
            score, over = np.where(goes, played.score, 0.0), goes & played.over
            lost = goes & (played.lives < self._lives) if self.life_counts else over
            done = (over & ~played.late) | (lost & ~played.late)
            self._lives = np.where(goes, played.lives, self._lives)
        if begins.any():
            self._begin(begins)
        return (
            torch.from_numpy(self._screen.copy()),
            torch.from_numpy(np.sign(score) if self.clip else score).float(),
            torch.from_numpy(score).float(), torch.from_numpy(done), torch.from_numpy(over),
        )  # fmt: skip

    def _press(self, action: Longs) -> Played:
        self._pressed.append(action.astype(np.int16))
        played = self.emulators.step(action)
        self._screen = played.screen
        return played

    def _begin(self, which: Bools) -> None:
        drawn = torch.randint(0, 2**31 - 1, (self.count,), generator=self.rng).numpy()
        self._seeds = np.where(which, drawn, self._seeds)
        self._begun = np.where(which, self._since + len(self._pressed), self._begun)
        self._screen = self.emulators.reset(which, self._seeds)
        self._lives = np.where(which, 0, self._lives)  # how many there are shows after the first step
        old = int(self._begun.min()) - self._since
        if old > 1000:  # steps that belong to no running episode
            self._pressed, self._since = self._pressed[old:], self._since + old

    def state(self) -> dict[str, Tensor]:
        """The seeds of the running episodes, and what has been pressed in them."""
        kept = self._pressed[int(self._begun.min()) - self._since :]
        pressed = np.stack(kept) if kept else np.zeros((0, self.count), np.int16)
        begun = self._begun - int(self._begun.min())
        found = {"seeds": self._seeds, "begun": begun, "pressed": pressed, "lives": self._lives}
        return {name: torch.from_numpy(value.copy()) for name, value in found.items()}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Play the running episodes again, up to where they were."""
        self._seeds, self._begun, pressed, self._lives = (
            state[name].numpy().copy() for name in ("seeds", "begun", "pressed", "lives")
        )
        self._pressed, self._since = list(pressed), 0
        self._screen = self.emulators.reset(np.ones(self.count, bool), self._seeds)
        for step, action in enumerate(pressed):
            begins = self._begun == step
            if step and begins.any():
                self.emulators.reset(begins, self._seeds)
            self._screen = self.emulators.step(action.astype(np.int64)).screen
        late = self._begun == len(pressed)
        if len(pressed) and late.any():
            self._screen = self.emulators.reset(late, self._seeds)
