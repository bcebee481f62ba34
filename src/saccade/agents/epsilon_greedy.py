"""The ε-greedy policy: the action of the highest value, or with probability ε any action."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import torch
from jaxtyping import Float, Int
from torch import Tensor

from saccade.graph import Actor, Decision, In, Out


class EpsilonGreedy(Actor):
    """Takes the greedy action, or with probability `epsilon` one drawn uniformly.

    Args:
        actions: how many there are.
        epsilon: the exploration rate, in [0, 1], of all or of each episode, `(b,)`; whoever trains or tests the policy sets it.

    Attributes:
        weights: what the actions are drawn by when it explores, `(actions,)`; None: uniformly.
    """

    q: In[Float[Tensor, "b actions"]]
    action: Out[Int[Tensor, "b"]]

    def __init__(self, actions: int, epsilon: float = 1.0) -> None:
        super().__init__()
        self.actions = actions
        self.epsilon: float | Tensor = epsilon
        self.weights: Tensor | None = None

    @property
    def action_space(self) -> gym.Space[Any]:
        """One of the actions."""
        return gym.spaces.Discrete(self.actions)

    def decide(self, q: Tensor, action: Tensor | None = None) -> Decision:
        """An action for each of `b` observations, from their action values `(b, actions)`."""
        value, best = q.max(1)
        if action is None:
            explores = torch.rand(len(q), generator=self.rng, device="cpu") < self.epsilon
            action = torch.where(explores.to(q.device), self._drawn(len(q)).to(q.device), best)
        epsilon = self.epsilon.to(q.device) if isinstance(self.epsilon, Tensor) else self.epsilon
        share = 1 / self.actions if self.weights is None else (self.weights / self.weights.sum()).to(q.device)[action]
        probability = torch.where(action == best, 1 - epsilon, 0.0) + epsilon * share
        return Decision(action, probability.log(), value, torch.zeros_like(value))

    def _drawn(self, n: int) -> Tensor:
        """Random actions, `(n,)` on the CPU."""
        if self.weights is None:
            return torch.randint(0, self.actions, (n,), generator=self.rng, device="cpu")
        return torch.multinomial(self.weights, n, replacement=True, generator=self.rng)
