"""The learning half of a graph as one `nn.Module`."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from .actor import Actor, Decision
from .module import Module, by_name


class Brain(nn.Module):
    """All modules of a graph but the world, and one actor to answer observations.

    It works without the graph: in a robot, under another library, on recorded observations. The
    parameters are the graph's own, so training either trains both.
    """

    def __init__(self, modules: list[Module], actor: Actor) -> None:
        super().__init__()
        self.parts = by_name(modules)
        self.actor_name = actor.name

    @property
    def actor(self) -> Actor:
        """The module that answers."""
        actor = self.parts[self.actor_name]
        assert isinstance(actor, Actor)
        return actor

    def forward(self, *observation: Any) -> Decision:
        """Evaluate observations with gradients: action, log-probability, value and entropy."""
        return self.actor.decide(*observation)

    @torch.no_grad()
    def act(self, *observation: Any) -> Tensor:
        """An action `(b, …)` for observations `(b, …)`, in the order of the actor's ports."""
        device = next((parameter.device for parameter in self.parameters()), None)
        decision: Decision = self(*(torch.as_tensor(value, device=device) for value in observation))
        return decision.action
