"""The scribbler: a policy over the strokes of two pens."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from saccade.agents.objective import Objective
from saccade.graph import Actor, Decision, In, Module, Out, Step
from saccade.worlds.cutout.policies import DIRECTIONS


class ScribblerNetwork(Module):
    """Logits of the eight strokes of each pen, and the value of the state, from what the pens see.

    Both pens share one network; each knows which it is and what the other sees.

    Args:
        planes, features: of a view and of a probe, see `PenView`.
        moves: of an episode.
        units: of the hidden layers.
        foreseen: features of what each stroke would do, see `Lookahead`; 0: without.
    """

    view: In[Float[Tensor, "b 2 planes 24 24"]]
    probes: In[Float[Tensor, "b 2 8 features"]]
    trials: In[Float[Tensor, "b 2 8 foreseen"]] = In(init=0)
    step: In[Step]
    logits: Out[Float[Tensor, "b 2 8"]]
    value: Out[Float[Tensor, "b"]]

    def __init__(self, planes: int, features: int, moves: int, units: int = 128, foreseen: int = 0) -> None:
        super().__init__()
        self.planes, self.features, self.moves, self.foreseen = planes, features, moves, foreseen
        inputs = features + foreseen
        self.see = nn.Sequential(
            nn.Conv2d(planes, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(),
            nn.Conv2d(32, 32, 3, 2, 1), nn.ReLU(), nn.Flatten(),
        )  # fmt: skip
        self.join = nn.Sequential(nn.Linear(32 * 9 + DIRECTIONS * inputs + 2, units), nn.ReLU())
        self.aim = quiet(nn.Linear(2 * units, DIRECTIONS))
        self.probe = nn.Sequential(nn.Linear(inputs, 16), nn.ReLU(), quiet(nn.Linear(16, 1)))
        self.worth = nn.Sequential(nn.Linear(2 * units, 64), nn.ReLU(), quiet(nn.Linear(64, 1)))

    def forward(self, view: Tensor, probes: Tensor, trials: Tensor, step: int | Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the strokes, `(b, 2, 8)`, and the value, `(b,)`."""
        b = len(view)
        probes = torch.cat([probes, trials], dim=3)
        seen = self.see(view.flatten(0, 1)).view(b, 2, -1)
        share = torch.as_tensor(step, dtype=view.dtype, device=view.device).expand(b) / self.moves
        which = torch.arange(2, dtype=view.dtype, device=view.device).expand(b, 2)
        context = torch.stack([share[:, None].expand(b, 2), which], dim=2)
        each = self.join(torch.cat([seen, probes.flatten(2), context], dim=2))
        both = torch.cat([each, each.flip(1)], dim=2)
        logits = self.aim(both) + self.probe(probes)[..., 0]
        return logits, self.worth(both).mean((1, 2))


def quiet(layer: nn.Linear) -> nn.Linear:
    """A last layer with small initial outputs: at first all choices are nearly equally probable."""
    nn.init.normal_(layer.weight, std=0.01)
    nn.init.zeros_(layer.bias)
    return layer


class _Scribbler(Actor):
    """Draws from the logits in training, and takes the most probable stroke in `eval()` mode."""

    def __init__(self, objective: Objective) -> None:
        super().__init__()
        self.objective = objective

    def anneal(self, progress: float) -> None:
        """Nothing changes."""

    def _choose(self, logits: Tensor, value: Tensor, action: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Choices among the last axis, their log-probabilities and the entropies, each of the logits' other axes."""
        log_probs = logits.log_softmax(-1)
        if action is None:
            action = log_probs.argmax(-1)
            if self.training:
                uniform = torch.rand(log_probs.shape, generator=self.rng, device="cpu").to(log_probs.device)
                action = (log_probs - (-uniform.log()).log()).argmax(-1)  # Gumbel: a draw from the module's own stream
        log_prob = log_probs.gather(-1, action[..., None])[..., 0]
        return action, log_prob, -(log_probs.exp() * log_probs).sum(-1)


class Scribbler(_Scribbler):
    """One pen per step: sixteen actions, the object's pen in eight directions, then the ground's."""

    logits: In[Float[Tensor, "b 2 8"]]
    value: In[Float[Tensor, "b"]]
    action: Out[Int[Tensor, "b"]]

    @property
    def action_space(self) -> gym.Space[Any]:
        """Sixteen choices."""
        return gym.spaces.Discrete(2 * DIRECTIONS)

    def decide(self, logits: Tensor, value: Tensor, action: Tensor | None = None) -> Decision:
        """One of sixteen strokes."""
        action, log_prob, entropy = self._choose(logits.flatten(1), value, action)
        return Decision(action, log_prob, value, entropy)


class TwoHandedScribbler(_Scribbler):
    """Both pens at every step."""

    logits: In[Float[Tensor, "b 2 8"]]
    value: In[Float[Tensor, "b"]]
    action: Out[Int[Tensor, "b 2"]]

    @property
    def action_space(self) -> gym.Space[Any]:
        """Eight choices for each pen."""
        return gym.spaces.MultiDiscrete([DIRECTIONS, DIRECTIONS])

    def decide(self, logits: Tensor, value: Tensor, action: Tensor | None = None) -> Decision:
        """One of eight strokes for each pen."""
        action, log_prob, entropy = self._choose(logits, value, action)
        return Decision(action, log_prob.sum(1), value, entropy.sum(1))
