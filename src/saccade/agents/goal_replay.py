"""Replay buffers of policies in loops inside each other: transitions towards goals, and options."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from saccade.graph import Active, Fresh, In
from saccade.runs.columns import Column

from .replay_kernels import draw_goals
from .stored_transitions import StoredTransitions, Transitions


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
        _check_steps(self.name, n_step)
        found = super().sample(batch, 1, discount, beta)
        length = self._length.reshape(-1)[found.index.numpy()]
        return replace(found, discount=found.discount * torch.from_numpy(discount ** (length - 1.0)).float())


class GoalReplay(StoredTransitions):
    """Stores transitions towards goals, and learns from each about any goal (hindsight: Andrychowicz et al. 2017).

    What is stored is which goals a transition reached. The reward and the end are those of the goal that is drawn when it is sampled:
    the goal that was in force, or any.

    Args:
        capacity, games, shape, folder, about, slack, stacked: see `StoredTransitions`.
        goals: how many there are.
        relabel: share of the sampled transitions whose goal is drawn from all of them, 0 to 1.

    Raises:
        ValueError: there are no goals, or `relabel` is out of range.
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
        self, capacity: int, games: int, shape: tuple[int, ...], goals: int, relabel: float, folder: Path | None = None,
        about: str = "", slack: int = 0, stacked: bool = True,
    ) -> None:  # fmt: skip
        if goals < 1:
            raise ValueError(f"{goals} goals: there must be one or more")
        if not 0 <= relabel <= 1:
            raise ValueError(f"relabel is {relabel}: it must be between 0 and 1")
        own = (Column("goal", (games,), "int16"), Column("reached", (games, goals), "uint8"))
        super().__init__(capacity, games, shape, folder, about, slack, stacked=stacked, own=own)
        self.goals, self.relabel = goals, relabel
        self._goal, self._reached = self._own

    def forward(
        self, observation: Tensor, goal: Tensor, action: Tensor, reached: Tensor, terminal: Tensor, shown: Tensor,
        next_observation: Tensor, fresh: Tensor, active: Tensor,
    ) -> tuple[()]:  # fmt: skip
        """Store the transitions of the games that this call is for."""
        games, slot = self._opened(observation, fresh, active)
        self._goal[slot, games], self._reached[slot, games] = goal.numpy()[games], reached.numpy()[games]
        reward = reached.gather(1, goal[:, None])[:, 0].float()
        self._decided(active.numpy(), action, reward, terminal, shown, self._rows(next_observation), self._none())
        return ()

    def stored(self) -> dict[str, str]:
        """See `StoredTransitions.stored`."""
        return {self.observation.fed_by().variable: "observation", self.goal.fed_by().variable: "goal"}

    def sample(self, batch: int, n_step: int = 1, discount: float = 0.99, beta: float = 1.0) -> Transitions:
        """Sample transitions, each with a goal.

        Raises:
            ValueError: nothing can be sampled yet; or n-step returns are asked for, which end elsewhere for every goal.
        """
        _check_steps(self.name, n_step)
        found = super().sample(batch, 1, discount, beta)
        goal, reward = np.empty(batch, np.int64), torch.empty(batch, device="cpu")
        draw_goals(
            self._stream, self.relabel, self._goal.reshape(-1), self._reached.reshape(-1, self.goals), found.index.numpy(), goal, reward.numpy(),
        )  # fmt: skip
        return replace(
            found, reward=reward, discount=torch.where(reward > 0, 0.0, found.discount), goal=torch.from_numpy(goal)
        )


def _check_steps(name: str, n_step: int) -> None:
    if n_step > 1:
        raise ValueError(f"{name} samples one step at a time: n_step is {n_step}, it must be 1")
