"""Tiny modules for the tests: a reader that moves its eye; every episode takes as many looks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gymnasium as gym
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from saccade.graph import Actor, Batch, Decision, Graph, In, Loop, Loss, Module, Out, Step, World


class Images(World):
    n: In[Batch]
    image: Out[Float[Tensor, "b 1 4 4"]]
    label: Out[Int[Tensor, "b"]]

    def forward(self, n: int) -> tuple[Tensor, Tensor]:
        return torch.rand(n, 1, 4, 4, generator=self.rng), torch.randint(0, 3, (n,), generator=self.rng)


class Eye(Module):
    image: In[Float[Tensor, "b c h w"]]
    at: In[Float[Tensor, "b 2"]] = In(init=0.0)
    patch: Out[Float[Tensor, "b 4"]]

    def forward(self, image: Tensor, at: Tensor) -> Tensor:
        return image.flatten(1)[:, :4] + at.sum(1, keepdim=True)


class Reader(Module):
    patch: In[Float[Tensor, "b 4"]]
    state: In[Float[Tensor, "b units"]] = In(init=0.0)
    hidden: Out[Float[Tensor, "b units"]]
    logits: Out[Float[Tensor, "b 3"]]

    def __init__(self, units: int = 5) -> None:
        super().__init__()
        self.units = units
        self.look, self.head = nn.Linear(4, units), nn.Linear(units, 3)

    def forward(self, patch: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        hidden = torch.tanh(self.look(patch) + state)
        return hidden, self.head(hidden)


class Score(Module):
    logits: In[Float[Tensor, "b k"]]
    label: In[Int[Tensor, "b"]]
    reward: Out[Float[Tensor, "b"]]
    loss: Out[Loss]

    def forward(self, logits: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        right = (logits.argmax(1) == label).to(logits.dtype)
        return right, nn.functional.cross_entropy(logits, label, reduction="none")


class Gaze(Actor):
    observation: In[Float[Tensor, "b f"]]
    step: In[Step]
    action: Out[Float[Tensor, "b 2"]]

    def __init__(self, f: int = 5) -> None:
        super().__init__()
        self.f = f
        self.aim, self.value = nn.Linear(f, 2), nn.Linear(f, 1)

    @property
    def action_space(self) -> gym.Space[Any]:
        return gym.spaces.Box(-1, 1, (2,))

    def decide(self, observation: Tensor, step: int | Tensor, action: Tensor | None = None) -> Decision:
        mean = self.aim(observation)
        if action is None:
            action = mean.detach() + 0.1 * torch.randn(mean.shape, generator=self.rng, dtype=mean.dtype)
        log_prob = -((action - mean) / 0.1).square().sum(1) / 2
        return Decision(action, log_prob, self.value(observation).squeeze(1), torch.zeros(len(mean)))


def reading(times: int = 3, cut: bool = False, check: bool = False) -> SimpleNamespace:
    """images → Loop(eye, reader, gaze) → score. `cut`: no gradient from the gaze into the reader."""
    torch.manual_seed(0)
    images, eye, reader, score, gaze = Images(), Eye(), Reader(), Score(), Gaze()
    images.image >> eye.image
    gaze.action >> eye.at
    eye.patch >> reader.patch
    reader.hidden >> reader.state
    (reader.hidden.detach() if cut else reader.hidden) >> gaze.observation
    reader.logits >> score.logits
    images.label >> score.label
    score.reward >> gaze.reward
    graph = Graph(images, Loop(eye, reader, gaze, times=times), score, check=check)
    return SimpleNamespace(graph=graph, images=images, eye=eye, reader=reader, score=score, gaze=gaze)
