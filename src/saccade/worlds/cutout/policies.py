"""Baseline policies that move the pens without learning: what a scribbler must beat, and the actors that an environment replaces."""

from __future__ import annotations

import math
from typing import Any

import gymnasium as gym
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from saccade.graph import Actor, Batch, Decision, In, Out, Step

DIRECTIONS = 8


class RandomPolicy(Actor):
    """One pen per step, in any direction: sixteen actions, the object's pen in eight directions, then the ground's."""

    view: In[UInt8[Tensor, "b planes height width"]]
    action: Out[Int[Tensor, "b"]]

    @property
    def action_space(self) -> gym.Space[Any]:
        """Sixteen choices."""
        return gym.spaces.Discrete(2 * DIRECTIONS)

    def decide(self, view: Tensor, action: Tensor | None = None) -> Decision:
        """Any action."""
        if action is None:
            action = torch.randint(0, 2 * DIRECTIONS, (len(view),), generator=self.rng, device="cpu").to(view.device)
        return _as_likely(action, 2 * DIRECTIONS)


class TwoPenRandomPolicy(Actor):
    """Both pens at every step, each in any of its eight directions."""

    view: In[UInt8[Tensor, "b planes height width"]]
    action: Out[Int[Tensor, "b 2"]]

    @property
    def action_space(self) -> gym.Space[Any]:
        """Eight choices for the object's pen, eight for the ground's."""
        return gym.spaces.MultiDiscrete([DIRECTIONS, DIRECTIONS])

    def decide(self, view: Tensor, action: Tensor | None = None) -> Decision:
        """Any action."""
        if action is None:
            action = torch.randint(0, DIRECTIONS, (len(view), 2), generator=self.rng, device="cpu").to(view.device)
        return _as_likely(action, DIRECTIONS**2)


def _as_likely(action: Tensor, choices: int) -> Decision:
    """The decision of a uniform policy over so many choices."""
    nothing, log = torch.zeros(len(action), device=action.device), math.log(choices)
    return Decision(action, nothing - log, nothing, nothing + log)


class GreedyPolicy(Actor):
    """One pen per step, the move with the highest score; of equal ones the first."""

    scores: In[Float[Tensor, "b 2 8"]]
    action: Out[Int[Tensor, "b"]]

    @property
    def action_space(self) -> gym.Space[Any]:
        """Sixteen choices."""
        return gym.spaces.Discrete(2 * DIRECTIONS)

    def decide(self, scores: Tensor, action: Tensor | None = None) -> Decision:
        """The best of sixteen moves."""
        return _as_likely(scores.flatten(1).argmax(1) if action is None else action, 1)


class TwoPenGreedyPolicy(Actor):
    """Both pens at every step, each with its highest score."""

    scores: In[Float[Tensor, "b 2 8"]]
    action: Out[Int[Tensor, "b 2"]]

    @property
    def action_space(self) -> gym.Space[Any]:
        """Eight choices for each pen."""
        return gym.spaces.MultiDiscrete([DIRECTIONS, DIRECTIONS])

    def decide(self, scores: Tensor, action: Tensor | None = None) -> Decision:
        """The best of eight moves for each pen."""
        return _as_likely(scores.argmax(2) if action is None else action, 1)


class ScriptedPolicy(Actor):
    """One pen per step, the same stroke for all images.

    Args:
        script: actions, int64 `(steps,)`.
    """

    n: In[Batch]
    step: In[Step]
    action: Out[Int[Tensor, "b"]]

    def __init__(self, script: Tensor) -> None:
        super().__init__()
        self.register_buffer("script", script, persistent=False)
        self.script: Tensor

    @property
    def action_space(self) -> gym.Space[Any]:
        """Sixteen choices."""
        return gym.spaces.Discrete(2 * DIRECTIONS)

    def decide(self, n: int, step: int | Tensor, action: Tensor | None = None) -> Decision:
        """What the script has at this step."""
        return _as_likely(self.script[step].expand(n).clone() if action is None else action, 1)


class TwoPenScriptedPolicy(Actor):
    """Both pens at every step, the same strokes for all images.

    Args:
        script: directions, int64 `(steps, 2)`.
    """

    n: In[Batch]
    step: In[Step]
    action: Out[Int[Tensor, "b 2"]]

    def __init__(self, script: Tensor) -> None:
        super().__init__()
        self.register_buffer("script", script, persistent=False)
        self.script: Tensor

    @property
    def action_space(self) -> gym.Space[Any]:
        """Eight choices for each pen."""
        return gym.spaces.MultiDiscrete([DIRECTIONS, DIRECTIONS])

    def decide(self, n: int, step: int | Tensor, action: Tensor | None = None) -> Decision:
        """What the script has at this step."""
        return _as_likely(self.script[step].expand(n, 2).clone() if action is None else action, 1)
