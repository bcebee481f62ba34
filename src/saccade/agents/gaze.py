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
from .schedule import exponential

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
        blind: learn one place per step and do not look at the image (a learned scan, a baseline).
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
        self.std.fill_(exponential(self.wide, self.narrow).at(progress))

    def decide(self, observation: Tensor, at: Tensor, step: int | Tensor, action: Tensor | None = None) -> Decision:
        """Aim: a place `(b, 2)`, its log-probability, value and entropy `(b,)`."""
        if isinstance(step, int) and step >= self.times:
            raise PortValueError(f"{self.name} has times={self.times}, and its loop goes on: give both the same number")
        thought = F.relu(self.see(torch.cat([observation, at], dim=1)) + self.when[step])
        mean = self.places[step].expand_as(at).clone() if self.blind else self.aim(thought) + self.places[step]
        std = self.std
        if action is None:
            # REINFORCE treats the action as a constant; an attack needs its gradient with respect to the image.
            action = mean if self.reparameterized else mean.detach()
            if self.training:
                noise = torch.randn(mean.shape, generator=self.rng, dtype=mean.dtype, device="cpu").to(mean.device)
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
        return (torch.rand(n, 2, generator=self.rng, device="cpu") * 2 - 1).to(self.reach) * self.reach


def covering_places(number: int, reach: float) -> Tensor:
    """Places that together with the centre cover a square evenly, `(number, 2)`, in the order of a round.

    Lloyd's algorithm from a ring, the centre held: every place moves to the middle of what is nearer to it than to the others.

    Args:
        number: of places, 1 or more.
        reach: half side of the square, in half-widths.
    """
    angle = torch.arange(number, dtype=torch.float64) * (2 * math.pi / number) + 0.6
    places = 0.8 * torch.stack([angle.cos(), angle.sin()], dim=1)
    axis = torch.linspace(-1, 1, 41, dtype=torch.float64)
    points = torch.cartesian_prod(axis, axis)
    for _ in range(100):
        nearest = torch.cdist(points, torch.cat([points.new_zeros(1, 2), places])).argmin(1)
        mine = F.one_hot(nearest, number + 1).double()[:, 1:]
        places = torch.where(mine.sum(0)[:, None] > 0, mine.T @ points / mine.sum(0).clamp(min=1)[:, None], places)
    order = torch.atan2(places[:, 1], places[:, 0]).argsort()
    return (places[order] * reach).float()


class FixedScan(Module):
    """Visits places one after the other, whatever it sees, from the second fixation on; the first is where the eye begins, as that of the saccader is.

    Args:
        places: `(n, 2)`, in half-widths; after the last comes the first.
    """

    is_for_next = True

    n: In[Batch]
    step: In[Step]
    action: Out[Float[Tensor, "b 2"]]

    def __init__(self, places: Tensor) -> None:
        super().__init__()
        self.register_buffer("places", places, persistent=False)
        self.places: Tensor

    def forward(self, n: int, step: int | Tensor) -> Tensor:
        """The place to look at after this step, `(n, 2)`."""
        return self.places[step % len(self.places)].expand(n, 2)
