"""Who presses the buttons: the best action, or, some of the time, any."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import torch
from jaxtyping import Float, Int
from torch import Tensor

from saccade.graph import Actor, Decision, In, Out


class Player(Actor):
    """Takes the action of the highest value, or any with probability `epsilon`, which is whoever trains or measures sets.

    Args:
        actions: how many.
        epsilon: share of decisions left to chance.
    """

    q: In[Float[Tensor, "b actions"]]
    action: Out[Int[Tensor, "b"]]

    def __init__(self, actions: int, epsilon: float = 1.0) -> None:
        super().__init__()
        self.actions, self.epsilon = actions, epsilon

    @property
    def action_space(self) -> gym.Space[Any]:
        """One of the actions."""
        return gym.spaces.Discrete(self.actions)

    def decide(self, q: Tensor, action: Tensor | None = None) -> Decision:
        """The best action of each game, or one by chance."""
        value, best = q.max(1)
        if action is None:
            chance = torch.rand(len(q), generator=self.rng) < self.epsilon
            other = torch.randint(0, self.actions, (len(q),), generator=self.rng)
            action = torch.where(chance.to(q.device), other.to(q.device), best)
        probability = torch.where(action == best, 1 - self.epsilon, 0.0) + self.epsilon / self.actions
        return Decision(action, probability.log(), value, torch.zeros_like(value))
