"""Where to look next: the saccader that learns, and the baselines that it must beat."""

from __future__ import annotations

import math

import gymnasium as gym
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.graph import Actor, Batch, Decision, In, Module, Out, PortValueError, Step, World

from .objective import Objective
from .ppo import PPO, PPOSettings

_SQRT2, _LOG_TAU = math.sqrt(2), math.log(2 * math.pi)


def scan_places(times: int, reach: float) -> Tensor:
    """A spread start for the gaze, `(times, 2)`: the middle, four corners of a square, the middle.

    Without it all fixations begin in one place and the later ones have nothing to add, so that
    there is nothing to learn from. `reach` is the half side of the square, in half-widths.
    """
    pattern = torch.tensor([(0.0, 0.0), (-1.0, -0.8), (1.0, 0.8), (1.0, -0.8), (-1.0, 0.8)])
    return pattern[torch.arange(times) % len(pattern)] * reach


class Saccader(Actor):
    """A Gaussian policy for the next place, learning by PPO.

    The mean is a learned place for each step plus a correction from what it observes (for GRLF the
    reader's hidden layer) and from where it looks now. The standard deviation falls
    geometrically from `wide` to `narrow` as training proceeds (`anneal`).

    Args:
        features: size of the observation.
        times: fixations in an episode.
        reach: spread of the first scan, in half-widths of the image.
        wide, narrow: standard deviation at the beginning and the end, in half-widths.
        objective: what it learns by; default: PPO.
        blind: learn one place a step and do not look at the image (a learned scan, a baseline).
    """

    observation: In[Float[Tensor, "b features"]]
    at: In[Float[Tensor, "b 2"]] = In(init=0.0)
    step: In[Step]
    action: Out[Float[Tensor, "b 2"]]

    def __init__(
        self,
        features: int,
        times: int,
        reach: float = 0.35,
        wide: float = 0.22,
        narrow: float = 0.037,
        objective: Objective | None = None,
        blind: bool = False,
    ) -> None:
        super().__init__()
        self.features, self.times, self.blind = features, times, blind
        self.wide, self.narrow = wide, narrow
        self.reparameterized = False
        self.objective = PPO(PPOSettings()) if objective is None else objective
        self.places = nn.Parameter(scan_places(times + 1, reach)[1:].clone())
        self.see = nn.Linear(features + 2, 128)
        self.when = nn.Parameter(0.05 * torch.randn(times, 128))
        self.aim = nn.Linear(128, 2)
        self.aim.weight.data.mul_(0.1)
        self.worth = nn.Linear(128, 1)
        self.register_buffer("std", torch.tensor(wide))
        self.std: Tensor

    @property
    def action_space(self) -> gym.Space[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
        """A place (x, y) in half-widths of the image."""
        return gym.spaces.Box(-1, 1, (2,), np.float32)

    def anneal(self, progress: float) -> None:
        """Narrow the policy; `progress` runs from 0 to 1."""
        self.std.fill_(self.wide * (self.narrow / self.wide) ** progress)

    def decide(self, observation: Tensor, at: Tensor, step: int | Tensor, action: Tensor | None = None) -> Decision:
        """Aim: a place `(b, 2)`, its log-probability, value and entropy `(b,)`."""
        if isinstance(step, int) and step >= self.times:
            raise PortValueError(f"{self.name} has times={self.times}, and its loop goes on: give both the same number")
        thought = F.relu(self.see(torch.cat([observation, at], dim=1)) + self.when[step])
        mean = self.places[step].expand_as(at).clone() if self.blind else self.aim(thought) + self.places[step]
        std = self.std
        if action is None:
            # REINFORCE treats the action as given; an attack asks how the image moved it.
            action = mean if self.reparameterized else mean.detach()
            if self.training:
                noise = torch.randn(mean.shape, generator=self.rng, dtype=mean.dtype).to(mean.device)
                action = torch.addcmul(action, std, noise)
        peak = -2 * math.log(std.item()) - _LOG_TAU  # log-density at the mean
        log_prob = torch.rsub(((action - mean) / (std * _SQRT2)).square().sum(1), peak)
        entropy = mean.new_full(mean.shape[:1], 1 - peak)
        return Decision(action, log_prob, self.worth(thought).squeeze(1), entropy)


class CentreGaze(Module):
    """Always looks at the centre."""

    n: In[Batch]
    action: Out[Float[Tensor, "b 2"]]

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(2), persistent=False)
        self.centre: Tensor

    def forward(self, n: int) -> Tensor:
        """`(n, 2)` zeros."""
        return self.centre.expand(n, 2)


class RandomGaze(World):
    """Looks anywhere, uniformly. A `World`, so that a replay looks at the same places again."""

    n: In[Batch]
    action: Out[Float[Tensor, "b 2"]]

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("reach", torch.ones(2), persistent=False)
        self.reach: Tensor

    def forward(self, n: int) -> Tensor:
        """`(n, 2)` uniform in [-1, 1]."""
        return (torch.rand(n, 2, generator=self.rng) * 2 - 1).to(self.reach) * self.reach


class FixedScan(Module):
    """Visits a grid of two columns and `times / 2` rows, row by row, whatever it sees.

    Args:
        times: fixations in an episode, including the first.
        reach_x, reach_y: half extent of the grid, in half-widths.
    """

    n: In[Batch]
    step: In[Step]
    action: Out[Float[Tensor, "b 2"]]

    def __init__(self, times: int, reach_x: float = 0.35, reach_y: float = 0.6) -> None:
        super().__init__()
        rows = max(1, (times + 1) // 2)
        ys = torch.linspace(-reach_y, reach_y, rows) if rows > 1 else torch.zeros(1)
        grid = torch.stack([torch.tensor([-reach_x, reach_x]).repeat(rows), ys.repeat_interleave(2)], dim=1)
        self.register_buffer("grid", grid, persistent=False)
        self.grid: Tensor

    def forward(self, n: int, step: int | Tensor) -> Tensor:
        """The grid's place for this step, `(n, 2)`."""
        return self.grid[step % len(self.grid)].expand(n, 2)
