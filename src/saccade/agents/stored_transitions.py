"""Transitions stored frame by frame, and sampled in minibatches."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from saccade.graph import World
from saccade.runs import RunError
from saccade.runs.columns import Column, DiskColumns

from .replay_kernels import BLOCK, DECIDED, TERMINAL, collect, draw_by_weight, draw_evenly, frame_row, lift_all

_HOST: Any = {"device": "cpu"}
Longs = npt.NDArray[np.int64]

_NOTHING, _NONE = np.zeros((0, 0, 0), np.uint8), np.zeros(0, np.int64)  # no goals
_LEAST = 1e-6  # priority of a transition whose error was 0


class Seen(NamedTuple):
    """What `b` action values are computed from."""

    observation: Tensor  # (b, …), as it was wired to the replay buffer
    extras: Tensor  # (b, extras) float32
    goal: Tensor | None = None  # (b,) int64; None: there are no goals


@dataclass(frozen=True)
class Transitions:
    """A minibatch of `b` transitions, of one step or of several."""

    observation: Tensor  # (b, …), as it was wired to the replay buffer
    action: Tensor  # (b,) int64
    reward: Tensor  # (b,) float32: the discounted sum of the rewards up to `next_observation`
    next_observation: Tensor  # (b, …): the observation some steps later
    discount: Tensor  # (b,) float32: factor of the value of `next_observation`; 0 after a terminal state
    extras: Tensor  # (b, extras) float32
    next_extras: Tensor  # the same, some steps later
    weight: Tensor  # (b,) float32, at most 1: importance-sampling weights
    index: Tensor  # (b,) int64, on the CPU: which transitions they are, for `Replay.update_priorities`
    goal: Tensor | None = None  # (b,) int64: the goal that reward and discount are for; None: there are no goals

    @property
    def before(self) -> Seen:
        """What the action was chosen from."""
        return Seen(self.observation, self.extras, self.goal)

    @property
    def after(self) -> Seen:
        """What the next action is chosen from, if the goal stays."""
        return Seen(self.next_observation, self.next_extras, self.goal)

    def to(self, device: torch.device) -> Transitions:
        """The same on a device, but for `index`; to CUDA they are copied while the program goes on, from pinned memory."""
        if device.type == "cpu":
            return self
        cuda = device.type == "cuda"
        there = {
            part.name: (value.contiguous().pin_memory() if cuda else value).to(device, non_blocking=cuda)
            for part in fields(self)
            if part.name != "index" and isinstance(value := getattr(self, part.name), Tensor)
        }
        return replace(self, **there)


class StoredTransitions(World, ABC):
    """The latest transitions of every environment, in arrays on disk or in memory; the base of replay buffers, which declare ports.

    A frame is stored once: observations, its `depth` newest frames, are put together when they are sampled. The first observation of an
    episode brings its own older frames, so none reaches into the episode before.

    Args:
        capacity: slots to sample from, of all environments together: a transition takes one, the beginning of an episode `depth` more.
        games: parallel environments; the replay buffer serves batches of this size only.
        shape: of an observation, `(depth, height, width)`.
        folder: where the arrays are stored; None: in memory.
        about: what is stored; a folder that stores something else is refused.
        slack: slots beyond the capacity, of all environments together: so many may be added after a state was taken without overwriting what it samples from.
        extras: size of what is stored with each observation, such as the labels of a supervised loss.
        alpha: exponent of priorities, 0 to 1 (Schaul et al. 2016, equation 1); 0: uniform sampling.
        stacked: an observation is a stack of frames, of which the next one has all but the oldest; else it is stored whole.
        own: columns that a subclass stores with each transition.

    Raises:
        RunError: no space on the disk, or the folder holds another replay buffer, or one that was cut short.
        ValueError: the capacity is too small for the environments, or `alpha` is out of range.
    """

    on_host = True  # its arrays are on the disk or in memory, and read by compiled loops
    _DTYPE = "uint8"

    def __init__(
        self, capacity: int, games: int, shape: tuple[int, ...], folder: Path | None = None, about: str = "",
        slack: int = 0, extras: int = 0, alpha: float = 0.0, stacked: bool = True, own: tuple[Column, ...] = (),
    ) -> None:  # fmt: skip
        super().__init__()
        if not 0 <= alpha <= 1:
            raise ValueError(f"alpha is {alpha}: it must be between 0 and 1")
        self.extra_features, self.alpha = extras, alpha
        self._name_axes(shape)
        self._stacked = stacked
        # Frames of an observation that are stored apart, and the shape of one.
        self._depth, self._cell = (shape[0], shape[1:]) if stacked else (1, shape)
        self._window = capacity // games
        slots = _whole_blocks(self._window + self._depth + -(-slack // games))
        if self._window < self._depth + 2:
            raise ValueError(
                f"capacity is {capacity}: for {games} environments it must be {games * (self._depth + 2)} or more"
            )
        cells = int(np.prod(self._cell))
        columns = [
            Column("frames", (games, cells), self._DTYPE), Column("action", (games,), "int16"),
            Column("reward", (games,), "float32"), Column("kind", (games,), "uint8"),
            Column("extras", (games, extras), "float32"), *own,
        ]  # fmt: skip
        self.columns = DiskColumns(folder, slots, [column for column in columns if column.row_bytes], about)
        arrays = {name: np.asarray(array) for name, array in self.columns.arrays.items()}
        self._frames = arrays["frames"].reshape(slots * games, cells)  # see `frame_row`
        self._action, self._reward, self._kind = (arrays[c.name] for c in columns[1:4])
        self._extras: npt.NDArray[Any] = arrays.get("extras", np.zeros((slots, games, 0), np.float32))
        self._own = [arrays[column.name] for column in own]
        self.slots, self.games = slots, games
        self._written = np.zeros(games, np.int64)
        self._stream = np.zeros(1, np.uint64)
        self._tree = np.zeros(2 << (slots * games - 1).bit_length() if alpha else 2, np.float64)
        self._most = 1.0  # the highest priority so far
        self._sampleable = 0
        self._saved = self._written.copy()  # when the last state was taken

    def _name_axes(self, shape: tuple[int, ...]) -> None:
        self.depth, self.height, self.width = shape

    def _as_wired(self, frames: Tensor) -> Tensor:
        """Frames `(b, depth, …)` as they were wired to the replay buffer."""
        return frames if self._stacked else frames[:, 0]

    def __len__(self) -> int:
        """How many transitions can be sampled."""
        return self._sampleable

    @property
    def unsaved(self) -> int:
        """Slots that were added since the last state was taken, in the game that has added the most."""
        return int((self._written - self._saved).max())

    def seed(self, seed: int) -> None:
        """Seed the sampling; the transitions stay."""
        super().seed(seed)
        self._stream[0] = np.uint64(seed & (2**64 - 1))

    @abstractmethod
    def stored(self) -> dict[str, str]:
        """The outputs that are stored and action values may be computed from: their variables, and what they are called in `Seen`."""

    def _rows(self, observation: Tensor) -> npt.NDArray[Any]:
        """The frames of a batch of observations, `(games, depth, cells)`."""
        if len(observation) != self.games:
            raise ValueError(f"{self.name} is for {self.games} environments at once, not {len(observation)}")
        return observation.numpy().reshape(self.games, self._depth, -1)

    def _begin(self, fresh: npt.NDArray[np.bool_], frames: npt.NDArray[Any], extras: npt.NDArray[Any]) -> None:
        """Store the first observations of new episodes, whole."""
        games = np.flatnonzero(fresh)
        for frame in range(self._depth) if len(games) else ():
            self._add(games, frames[games, frame], extras[games])

    def _opened(
        self, observation: Tensor, fresh: Tensor, active: Tensor
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Behind the game: store the first observations of new episodes; the games that a call is for, and the slots of their transitions."""
        self._begin((active & fresh).numpy(), self._rows(observation), self._none())
        games = np.flatnonzero(active.numpy())
        return games, (self._written[games] - 1) % self.slots

    def _none(self) -> npt.NDArray[Any]:
        """No extras."""
        return np.zeros((self.games, 0), np.float32)

    def _decided(
        self, acted: npt.NDArray[np.bool_], action: Tensor, reward: Tensor, terminal: Tensor, shown: Tensor, frames: npt.NDArray[Any],
        extras: npt.NDArray[Any],
    ) -> None:  # fmt: skip
        """Store the outcome of actions in some games, and the next observation."""
        games = np.flatnonzero(acted)
        if not len(games):
            return
        slot = (self._written[games] - 1) % self.slots
        self._action[slot, games] = action.numpy()[games]
        self._reward[slot, games] = reward.numpy()[games]
        known = shown.numpy()[games]
        self._kind[slot, games] = known * (DECIDED + TERMINAL * terminal.numpy()[games])
        self._sampleable += int(known.sum())
        self._weigh(slot[known], games[known], self._most)
        self._add(games, frames[games, -1], extras[games])

    def _add(self, games: npt.NDArray[np.int64], frame: npt.NDArray[Any], extras: npt.NDArray[Any]) -> None:
        slot = self._written[games] % self.slots
        self.columns.reserve(_whole_blocks(int(slot.max()) + 1))
        self._frames[frame_row(slot, games, self.games)], self._kind[slot, games] = frame, 0
        if self.extra_features:
            self._extras[slot, games] = extras
        self._weigh(slot, games, 0.0)
        self._written[games] += 1
        old = (self._first()[games] - 1) % self.slots
        self._sampleable -= int((self._kind[old, games] & DECIDED).sum())
        self._weigh(old, games, 0.0)

    def _weigh(self, slot: npt.NDArray[np.int64], games: npt.NDArray[np.int64], value: float) -> None:
        if self.alpha:
            lift_all(self._tree, slot * self.games + games, np.full(len(games), value))

    def _first(self) -> npt.NDArray[np.int64]:
        """The oldest slot of each environment that may be sampled: all its frames are there."""
        return np.maximum(self._depth - 1, self._written - self._window)

    def sample(self, batch: int, n_step: int = 1, discount: float = 0.99, beta: float = 1.0) -> Transitions:
        """Sample transitions.

        Args:
            batch: how many.
            n_step: rewards summed before the value of the next observation stands for the rest (n-step returns).
            discount: discount factor of every step.
            beta: exponent of the importance-sampling weights, 0 to 1 (Schaul et al. 2016, section 3.4).

        Raises:
            ValueError: nothing can be sampled yet.
        """
        game, slot = self._drawn(batch)
        return self._collected(game, slot, n_step, discount, beta)

    def _drawn(self, batch: int) -> tuple[Longs, Longs]:
        """The environments and slots of a minibatch.

        Raises:
            ValueError: nothing can be sampled yet.
        """
        if not self._sampleable:
            raise ValueError(f"{self.name} is empty: nothing can be sampled before the outcome of an action is known")
        game, slot = np.empty(batch, np.int64), np.empty(batch, np.int64)
        if self.alpha:
            index = np.empty(batch, np.int64)
            draw_by_weight(self._stream, self._tree, index)
            game[:] = index % self.games
            slot[:] = self._unrolled(index // self.games, game)
        else:
            draw_evenly(self._stream, self._first(), self._written, self._kind, game, slot)
        return game, slot

    def _unrolled(self, place: npt.NDArray[np.int64], game: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Slots counted from the first on, of places in the ring."""
        newest = self._written[game] - 1
        return newest - (newest - place) % self.slots

    def _collected(
        self, game: Longs, slot: Longs, n_step: int, discount: float, beta: float, reached: npt.NDArray[Any] = _NOTHING, goal: Longs = _NONE,
    ) -> Transitions:  # fmt: skip
        """The transitions of a minibatch; with goals, their rewards are for reaching these."""
        batch, depth = len(game), self._depth
        rows = torch.empty(batch, depth + 1 if n_step == 1 else 2 * depth, dtype=torch.int64, **_HOST)
        action, end = (torch.empty(batch, dtype=torch.int64, **_HOST) for _ in range(2))
        reward, factor = torch.empty(batch, **_HOST), torch.empty(batch, **_HOST)
        collect(
            self._action, self._reward, self._kind, reached, goal, game, slot, self._written, depth, n_step, discount,
            rows.numpy(), action.numpy(), reward.numpy(), factor.numpy(), end.numpy(),
        )  # fmt: skip
        frames = torch.from_numpy(self._frames).index_select(0, rows.flatten())
        index = (slot % self.slots) * self.games + game
        weight = torch.ones(batch, **_HOST)
        if self.alpha:
            priority = self._tree[len(self._tree) // 2 + index]
            weight = torch.from_numpy((priority.min() / priority) ** beta).float()
        whole = frames.view(batch, -1, *self._cell)
        before, after = self._as_wired(whole[:, :depth]), self._as_wired(whole[:, -depth:])
        stored = torch.from_numpy(self._extras).flatten(0, 1)
        extras = (stored[index], stored[end]) if self.extra_features else (torch.empty(batch, 0, **_HOST),) * 2
        return Transitions(before, action, reward, after, factor, *extras, weight, torch.from_numpy(index))

    def update_priorities(self, index: Tensor, error: Tensor) -> None:
        """Set the priorities of transitions by their temporal-difference errors (Schaul et al. 2016, section 3.3); nothing under uniform sampling.

        Args:
            index: which transitions, int64 `(b,)`, as `sample` gave them.
            error: their errors, float `(b,)`.
        """
        if self.alpha:
            value = (error.detach().cpu().abs().double().numpy() + _LEAST) ** self.alpha
            self._most = max(self._most, float(value.max()))
            lift_all(self._tree, index.numpy(), value)

    def state(self) -> dict[str, Tensor]:
        """What a checkpoint needs besides the arrays on disk, which are flushed."""
        self.columns.flush()
        self._saved = self._written.copy()
        found = {
            "written": torch.from_numpy(self._written.copy()),
            "stream": torch.from_numpy(self._stream.view(np.int64).copy()),
            "digest": torch.tensor(self._digest(), **_HOST),
        }
        if self.alpha:
            found |= {
                "tree": torch.from_numpy(self._tree.copy()),
                "most": torch.tensor(self._most, dtype=torch.float64, **_HOST),
            }
        return found

    def _digest(self) -> int:
        """A checksum of everything that may be sampled but the frames, of which only the newest count: all would take too long."""
        found = 0
        for game, (first, newest) in enumerate(zip(self._first(), self._written - 1, strict=True)):
            places = np.arange(first, newest) % self.slots
            for column in (self._kind, self._action, self._reward, self._extras, *self._own):
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
        self._stream[:] = state["stream"].numpy().view(np.uint64)
        begun = np.flatnonzero(self._written)
        self.columns.reserve(min(self.slots, _whole_blocks(int(self._written.max(initial=0)))))
        if int(state["digest"]) != self._digest():
            raise RunError(
                f"{self.columns.folder or self.name} does not store what it did when the checkpoint was written: copy the whole run again, or train anew"
            )
        self._kind[(self._written[begun] - 1) % self.slots, begun] = 0  # its outcome is not known yet
        reach = ((first, last) for first, last in zip(self._first(), self._written - 1, strict=True))
        self._sampleable = sum(
            int((self._kind[np.arange(first, last) % self.slots, game] & DECIDED).sum())
            for game, (first, last) in enumerate(reach)
        )
        if self.alpha:
            self._tree[:] = state["tree"].numpy()
            self._most = float(state["most"])


def _whole_blocks(slots: int) -> int:
    """A number of slots, rounded up to whole blocks."""
    return -(-slots // BLOCK) * BLOCK
