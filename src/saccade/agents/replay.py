"""Replay memory: what was seen, done and paid, kept frame by frame and drawn from in batches.

The memory stands in the graph: whatever is wired to `seen` is what it remembers, be it a screen or what a frozen encoder made of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from saccade.graph import Active, Fresh, In, World
from saccade.runs import RunError
from saccade.runs.columns import Column, DiskColumns

from .replay_kernels import BLOCK, DECIDED, DONE, collect, draw_by_weight, draw_evenly, frame_row, lift_all

_LEAST = 1e-6  # priority of a moment that held no surprise at all


@dataclass(frozen=True)
class Moment:
    """Remembered moments, a batch of `b`, and where they led."""

    seen: Tensor  # (b, …), as it was wired to the memory
    action: Tensor  # (b,) int64
    reward: Tensor  # (b,) float32: the discounted sum of the rewards up to `then`
    then: Tensor  # (b, …): what was seen some steps later
    factor: Tensor  # (b,) float32: what the value of `then` is multiplied by; 0 where nothing counts after it
    beside: Tensor  # (b, extras) float32
    beside_then: Tensor  # the same, some steps later
    weight: Tensor  # (b,) float32, at most 1: makes up for moments that are drawn more often
    leaf: Tensor  # (b,) int64: which moments they are, for `Replay.surprise`


class Replay(World):
    """Remembers the last moments of every game, in arrays on disk or in memory.

    A frame is kept once: observations, its `depth` newest frames, are put together when they are drawn. The first observation of an
    episode brings its own older frames, so none reaches into the episode before.

    Args:
        capacity: slots to draw from, of all games together: a moment takes one, the beginning of an episode `depth` more.
        games: parallel games; the memory serves batches of this size only.
        shape: of an observation, `(depth, height, width)`.
        folder: where the arrays lie; None: in memory.
        about: what is remembered; a folder that remembers something else is refused.
        slack: slots beyond those, of all games together: so many may be added after a state was taken without touching what it draws from.
        extras: size of what is kept `beside`, such as the labels of a supervised loss.
        alpha: exponent of priorities, 0 to 1 (Schaul et al. 2016, equation 1); 0: all moments have equal chances.

    Raises:
        RunError: no space on the disk, or the folder holds another memory, or one that was cut short.
        ValueError: the capacity is too small for the games, or `alpha` is not what it may be.
    """

    seen: In[UInt8[Tensor, "b depth height width"]]
    beside: In[Float[Tensor, "b extras"]] = In(init=0)
    action: In[Int[Tensor, "b"]] = In(init=0)
    reward: In[Float[Tensor, "b"]]
    done: In[Bool[Tensor, "b"]]  # nothing that follows counts
    fresh: In[Fresh]
    active: In[Active]

    _DTYPE = "uint8"

    def __init__(
        self, capacity: int, games: int, shape: tuple[int, ...], folder: Path | None = None, about: str = "",
        slack: int = 0, extras: int = 0, alpha: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        if not 0 <= alpha <= 1:
            raise ValueError(f"alpha is {alpha}: it must be between 0 and 1")
        self.extras, self.alpha = extras, alpha
        self._set_sizes(shape)
        self._window = capacity // games
        slots = _whole_blocks(self._window + self._depth + -(-slack // games))
        if self._window < self._depth + 2:
            raise ValueError(
                f"capacity is {capacity}: for {games} games it must be {games * (self._depth + 2)} or more"
            )
        cells = int(np.prod(self._cell))
        columns = [
            Column("frames", (games, cells), self._DTYPE), Column("action", (games,), "int16"),
            Column("reward", (games,), "float32"), Column("kind", (games,), "uint8"),
            Column("beside", (games, extras), "float32"),
        ]  # fmt: skip
        self.columns = DiskColumns(folder, slots, [column for column in columns if column.row_bytes], about)
        arrays = {name: np.asarray(array) for name, array in self.columns.arrays.items()}
        self._frames = arrays["frames"].reshape(slots * games, cells)  # see `frame_row`
        self._action, self._reward, self._kind = (arrays[c.name] for c in columns[1:4])
        self._beside: npt.NDArray[Any] = arrays.get("beside", np.zeros((slots, games, 0), np.float32))
        self.slots, self.games = slots, games
        self._written = np.zeros(games, np.int64)
        self._dice = np.zeros(1, np.uint64)
        self._tree = np.zeros(2 << (slots * games - 1).bit_length() if alpha else 2, np.float64)
        self._most = 1.0  # the highest priority so far
        self._drawable = 0
        self._saved = self._written.copy()  # when the last state was taken

    def _set_sizes(self, shape: tuple[int, ...]) -> None:
        self.depth, self.height, self.width = shape
        self._depth, self._cell = self.depth, shape[1:]  # frames of an observation, and what one of them is

    def _as_seen(self, frames: Tensor) -> Tensor:
        """Frames `(b, depth, …)` as they were wired to the memory."""
        return frames

    def __len__(self) -> int:
        """How many moments can be drawn."""
        return self._drawable

    @property
    def unsaved(self) -> int:
        """Slots that were added since the last state was taken, in the game that has added the most."""
        return int((self._written - self._saved).max())

    def seed(self, seed: int) -> None:
        """Seed what is drawn; what is remembered stays."""
        super().seed(seed)
        self._dice[0] = np.uint64(seed & (2**64 - 1))

    def forward(
        self, seen: Tensor, beside: Tensor, action: Tensor, reward: Tensor, done: Tensor, fresh: Tensor, active: Tensor
    ) -> tuple[()]:
        """Note what the last action led to, and what is seen now."""
        if len(seen) != self.games:
            raise ValueError(f"{self.name} is for {self.games} games at once, not {len(seen)}")
        pixels = seen.numpy().reshape(self.games, self._depth, -1)
        begins = np.flatnonzero((active & fresh).numpy())
        goes = np.flatnonzero((active & ~fresh).numpy())
        if len(goes):
            slot = (self._written[goes] - 1) % self.slots
            self._action[slot, goes] = action.numpy()[goes]
            self._reward[slot, goes] = reward.numpy()[goes]
            self._kind[slot, goes] = DECIDED + DONE * done.numpy()[goes]
            self._drawable += len(goes)
            self._weigh(slot, goes, self._most)
            self._add(goes, pixels[goes, -1], beside.numpy()[goes])
        if len(begins):
            for frame in range(self._depth):
                self._add(begins, pixels[begins, frame], beside.numpy()[begins])
        return ()

    def _add(self, games: npt.NDArray[np.int64], frame: npt.NDArray[Any], beside: npt.NDArray[Any]) -> None:
        slot = self._written[games] % self.slots
        self.columns.reserve(_whole_blocks(int(slot.max()) + 1))
        self._frames[frame_row(slot, games, self.games)], self._kind[slot, games] = frame, 0
        if self.extras:
            self._beside[slot, games] = beside
        self._weigh(slot, games, 0.0)
        self._written[games] += 1
        old = (self._first()[games] - 1) % self.slots
        self._drawable -= int((self._kind[old, games] & DECIDED).sum())
        self._weigh(old, games, 0.0)

    def _weigh(self, slot: npt.NDArray[np.int64], games: npt.NDArray[np.int64], value: float) -> None:
        if self.alpha:
            lift_all(self._tree, slot * self.games + games, np.full(len(games), value))

    def _first(self) -> npt.NDArray[np.int64]:
        """The oldest slot of each game that may be drawn: all its frames are there."""
        return np.maximum(self._depth - 1, self._written - self._window)

    def sample(self, batch: int, steps: int = 1, discount: float = 0.99, beta: float = 1.0) -> Moment:
        """Draw moments.

        Args:
            batch: how many.
            steps: rewards added up before the value of what is seen then stands for the rest (n-step returns).
            discount: of every step.
            beta: how much of the unequal chances is made up for, 0 to 1 (Schaul et al. 2016, section 3.4).

        Raises:
            ValueError: nothing can be drawn yet.
        """
        if not self._drawable:
            raise ValueError(f"{self.name} is empty: nothing can be drawn before an action's outcome is known")
        game, slot = np.empty(batch, np.int64), np.empty(batch, np.int64)
        if self.alpha:
            leaf = np.empty(batch, np.int64)
            draw_by_weight(self._dice, self._tree, leaf)
            game[:] = leaf % self.games
            slot[:] = self._unrolled(leaf // self.games, game)
        else:
            draw_evenly(self._dice, self._first(), self._written, self._kind, game, slot)
        return self._collected(game, slot, steps, discount, beta)

    def _unrolled(self, place: npt.NDArray[np.int64], game: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Slots counted from the first on, of places in the ring."""
        newest = self._written[game] - 1
        return newest - (newest - place) % self.slots

    def _collected(
        self, game: npt.NDArray[np.int64], slot: npt.NDArray[np.int64], steps: int, discount: float, beta: float
    ) -> Moment:
        batch, depth = len(game), self._depth
        rows = torch.empty(batch, depth + 1 if steps == 1 else 2 * depth, dtype=torch.int64)
        action, end = torch.empty(batch, dtype=torch.int64), torch.empty(batch, dtype=torch.int64)
        reward, factor = torch.empty(batch), torch.empty(batch)
        collect(
            self._action, self._reward, self._kind, game, slot, self._written, depth, steps, discount,
            rows.numpy(), action.numpy(), reward.numpy(), factor.numpy(), end.numpy(),
        )  # fmt: skip
        frames = torch.from_numpy(self._frames).index_select(0, rows.flatten())
        leaf = (slot % self.slots) * self.games + game
        weight = torch.ones(batch)
        if self.alpha:
            chance = self._tree[len(self._tree) // 2 + leaf]
            weight = torch.from_numpy((chance.min() / chance) ** beta).float()
        whole = frames.view(batch, -1, *self._cell)
        seen, then = self._as_seen(whole[:, :depth]), self._as_seen(whole[:, -depth:])
        beside = torch.from_numpy(self._beside).flatten(0, 1)
        extras = (beside[leaf], beside[end]) if self.extras else (torch.empty(batch, 0), torch.empty(batch, 0))
        return Moment(seen, action, reward, then, factor, *extras, weight, torch.from_numpy(leaf))

    def surprise(self, leaf: Tensor, error: Tensor) -> None:
        """Give moments the priority of their error (Schaul et al. 2016, section 3.3); nothing without priorities."""
        if self.alpha:
            value = (error.detach().abs().double().numpy() + _LEAST) ** self.alpha
            self._most = max(self._most, float(value.max()))
            lift_all(self._tree, leaf.numpy(), value)

    def state(self) -> dict[str, Tensor]:
        """What a checkpoint needs beside the arrays on disk, which are flushed to it."""
        self.columns.flush()
        self._saved = self._written.copy()
        found = {
            "written": torch.from_numpy(self._written.copy()),
            "dice": torch.from_numpy(self._dice.view(np.int64).copy()),
            "digest": torch.tensor(self._digest()),
        }
        if self.alpha:
            found |= {
                "tree": torch.from_numpy(self._tree.copy()),
                "most": torch.tensor(self._most, dtype=torch.float64),
            }
        return found

    def _digest(self) -> int:
        """A checksum of all that may be drawn but its frames, of which the newest stand for the others: all would take too long."""
        found = 0
        for game, (first, newest) in enumerate(zip(self._first(), self._written - 1, strict=True)):
            places = np.arange(first, newest) % self.slots
            for column in (self._kind, self._action, self._reward, self._beside):
                found = zlib.crc32(column[places, game], found)
            if newest >= 0:
                found = zlib.crc32(self._frames[frame_row(newest % self.slots, game, self.games)], found)
        return found

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`, whatever was added since.

        Raises:
            RunError: the arrays do not hold what they did.
        """
        self._written[:] = state["written"].numpy()
        self._saved = self._written.copy()
        self._dice[:] = state["dice"].numpy().view(np.uint64)
        begun = np.flatnonzero(self._written)
        self.columns.reserve(min(self.slots, _whole_blocks(int(self._written.max(initial=0)))))
        if int(state["digest"]) != self._digest():
            raise RunError(
                f"{self.columns.folder or self.name} does not remember what it did when the checkpoint was written: copy the whole run again, or train anew"
            )
        self._kind[(self._written[begun] - 1) % self.slots, begun] = 0  # its outcome is not known yet
        reach = ((first, last) for first, last in zip(self._first(), self._written - 1, strict=True))
        self._drawable = sum(
            int((self._kind[np.arange(first, last) % self.slots, game] & DECIDED).sum())
            for game, (first, last) in enumerate(reach)
        )
        if self.alpha:
            self._tree[:] = state["tree"].numpy()
            self._most = float(state["most"])


def _whole_blocks(slots: int) -> int:
    """So many slots, and what is missing to whole blocks of them."""
    return -(-slots // BLOCK) * BLOCK


class EncodedReplay(Replay):
    """The same of numbers that stand for what is seen, such as the output of a frozen encoder: computed once, and kept as they are.

    Args:
        capacity, games, folder, about, slack, extras, alpha: see `Replay`.
        shape: `(features,)`.
    """

    seen: In[Float[Tensor, "b features"]]

    _DTYPE = "float32"

    def _set_sizes(self, shape: tuple[int, ...]) -> None:
        (self.features,) = shape
        self._depth, self._cell = 1, shape

    def _as_seen(self, frames: Tensor) -> Tensor:
        return frames[:, 0]
