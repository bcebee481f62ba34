"""Replay buffers of policies in loops inside each other: transitions towards goals, and options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from saccade.graph import Active, Fresh, In
from saccade.runs.columns import Column

from .replay_kernels import draw_before_reaching, draw_goals
from .stored_transitions import Longs, StoredTransitions, Transitions

_KEPT = 4_096  # transitions that reached a goal are remembered, of each goal
_HORIZON = 25  # decisions before a goal is reached, from which hindsight learns


class OptionReplay(StoredTransitions):
    """Stores options, actions that last some steps (Sutton et al. 1999): it stands behind the loop of an option.

    Observations are stored whole, as the frames between the beginnings of two options are not in it.

    Args:
        capacity, games, shape, folder, about, slack: see `StoredTransitions`.
    """

    observation: In[UInt8[Tensor, "b depth height width"]]
    action: In[Int[Tensor, "b"]]
    reward: In[Float[Tensor, "b"]]  # the sum over the option, discounted step by step
    length: In[Int[Tensor, "b"]]  # steps that it lasted
    terminal: In[Bool[Tensor, "b"]]
    shown: In[Bool[Tensor, "b"]] = In(init=True)
    next_observation: In[UInt8[Tensor, "b depth height width"]]
    fresh: In[Fresh]
    active: In[Active]

    def __init__(
        self, capacity: int, games: int, shape: tuple[int, ...], folder: Path | None = None, about: str = "", slack: int = 0
    ) -> None:  # fmt: skip
        lengths = Column("length", (games,), "int32")
        super().__init__(capacity, games, shape, folder, about, slack, stacked=False, own=(lengths,))
        (self._length,) = self._own

    def forward(
        self, observation: Tensor, action: Tensor, reward: Tensor, length: Tensor, terminal: Tensor, shown: Tensor,
        next_observation: Tensor, fresh: Tensor, active: Tensor,
    ) -> tuple[()]:  # fmt: skip
        """Store the options of the games that this call is for."""
        games, slot = self._opened(observation, fresh, active)
        self._length[slot, games] = length.numpy()[games]
        self._decided(active.numpy(), action, reward, terminal, shown, self._rows(next_observation), self._none())
        return ()

    def stored(self) -> dict[str, str]:
        """See `StoredTransitions.stored`."""
        return {self.observation.fed_by().variable: "observation"}

    def sample(self, batch: int, n_step: int = 1, discount: float = 0.99, beta: float = 1.0) -> Transitions:
        """Sample options; the value of the next observation is discounted for every step.

        Raises:
            ValueError: nothing can be sampled yet; or n-step returns are asked for.
        """
        if n_step > 1:
            raise ValueError(f"{self.name} samples one option at a time: n_step is {n_step}, it must be 1")
        found = super().sample(batch, 1, discount, beta)
        length = self._length.reshape(-1)[found.index.numpy()]
        return replace(found, discount=found.discount * torch.from_numpy(discount ** (length - 1.0)).float())


class GoalReplay(StoredTransitions):
    """Stores transitions towards goals, and learns from each about any goal (hindsight: Andrychowicz et al. 2017).

    What is stored is which goals a transition reached. Rewards and ends are those of the goal that is drawn when it is sampled: the goal
    that was in force, any, or one that was reached soon after.

    Args:
        capacity, games, shape, folder, about, slack, stacked: see `StoredTransitions`.
        goals: how many there are.
        relabel: share of the sampled transitions whose goal is drawn from all of them, 0 to 1.
        hindsight: share of the sampled transitions that are of an episode that reached a goal soon after, drawn evenly from all goals,
            0 to 1; goals that are rarely reached are learned from as often as the others.

    Raises:
        ValueError: there are no goals, or a share is out of range.
    """

    observation: In[UInt8[Tensor, "b depth height width"]]
    goal: In[Int[Tensor, "b"]]
    action: In[Int[Tensor, "b"]]
    reached: In[Bool[Tensor, "b goals"]]  # which goals the transition reaches
    terminal: In[Bool[Tensor, "b"]]  # for every goal: nothing is reached any more
    shown: In[Bool[Tensor, "b"]] = In(init=True)
    next_observation: In[UInt8[Tensor, "b depth height width"]]
    fresh: In[Fresh]
    active: In[Active]

    def __init__(
        self, capacity: int, games: int, shape: tuple[int, ...], goals: int, relabel: float, hindsight: float = 0.0,
        folder: Path | None = None, about: str = "", slack: int = 0, stacked: bool = True,
    ) -> None:  # fmt: skip
        if goals < 1:
            raise ValueError(f"{goals} goals: there must be one or more")
        for name, share in (("relabel", relabel), ("hindsight", hindsight)):
            if not 0 <= share <= 1:
                raise ValueError(f"{name} is {share}: it must be between 0 and 1")
        own = (Column("goal", (games,), "int16"), Column("reached", (games, goals), "uint8"))
        super().__init__(capacity, games, shape, folder, about, slack, stacked=stacked, own=own)
        self.goals, self.relabel, self.hindsight = goals, relabel, hindsight
        self._goal, self._reached = self._own
        self._reaches = np.zeros((goals, _KEPT, 2), np.int64)  # see `draw_before_reaching`
        self._counts = np.zeros(goals, np.int64)

    def forward(
        self, observation: Tensor, goal: Tensor, action: Tensor, reached: Tensor, terminal: Tensor, shown: Tensor,
        next_observation: Tensor, fresh: Tensor, active: Tensor,
    ) -> tuple[()]:  # fmt: skip
        """Store the transitions of the games that this call is for."""
        games, slot = self._opened(observation, fresh, active)
        self._goal[slot, games], self._reached[slot, games] = goal.numpy()[games], reached.numpy()[games]
        if self.hindsight:
            self._note(games, shown.numpy()[games], reached.numpy()[games])
        reward = reached.gather(1, goal[:, None])[:, 0].float()
        self._decided(active.numpy(), action, reward, terminal, shown, self._rows(next_observation), self._none())
        return ()

    def stored(self) -> dict[str, str]:
        """See `StoredTransitions.stored`."""
        return {self.observation.fed_by().variable: "observation", self.goal.fed_by().variable: "goal"}

    def sample(self, batch: int, n_step: int = 1, discount: float = 0.99, beta: float = 1.0) -> Transitions:
        """Sample transitions, each with a goal; n-step returns end where it is reached.

        Raises:
            ValueError: nothing can be sampled yet.
        """
        game, slot = self._drawn(batch)
        goal = np.full(batch, -1, np.int64)
        if self.hindsight:
            draw_before_reaching(
                self._stream, self.hindsight, _HORIZON, self._reaches, self._counts, self._first(), self._kind, game, slot, goal,
            )  # fmt: skip
        draw_goals(
            self._stream, self.relabel, self._goal.reshape(-1), self.goals, slot % self.slots * self.games + game, goal
        )
        found = self._collected(game, slot, n_step, discount, beta, self._reached, goal)
        return replace(found, goal=torch.from_numpy(goal))

    def _note(self, games: Longs, shown: npt.NDArray[np.bool_], reached: npt.NDArray[np.bool_]) -> None:
        """Remember which transitions reach a goal: call it before their outcome is stored."""
        for row, goal in np.argwhere(reached & shown[:, None]):
            place = self._counts[goal] % _KEPT
            self._reaches[goal, place] = games[row], self._written[games[row]] - 1
            self._counts[goal] += 1

    def state(self) -> dict[str, Tensor]:
        """See `StoredTransitions.state`."""
        if not self.hindsight:
            return super().state()
        own = {"reaches": torch.from_numpy(self._reaches.copy()), "counts": torch.from_numpy(self._counts.copy())}
        return super().state() | own

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """See `StoredTransitions.load_state`."""
        super().load_state(state)
        if self.hindsight:
            self._reaches[:], self._counts[:] = state["reaches"].numpy(), state["counts"].numpy()
