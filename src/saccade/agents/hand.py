"""Who moves the pens: the scribbler that learns, and the baselines that it must beat."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import torch
from jaxtyping import Int, UInt8
from torch import Tensor

from saccade.graph import Actor, Decision, In, Out

ACTIONS = 16  # of one pen a step: the object's pen in eight directions, then the ground's


class RandomHand(Actor):
    """One pen a step, one of its eight directions, all alike: the first baseline."""

    view: In[UInt8[Tensor, "b planes height width"]]
    action: Out[Int[Tensor, "b"]]

    @property
    def action_space(self) -> gym.Space[Any]:
        """The object's pen in eight directions, then the ground's."""
        return gym.spaces.Discrete(ACTIONS)

    def decide(self, view: Tensor, action: Tensor | None = None) -> Decision:
        """Any action."""
        n = len(view)
        if action is None:
            action = torch.randint(0, ACTIONS, (n,), generator=self.rng)
        nothing = torch.zeros(n)
        return Decision(action, nothing - float(np.log(ACTIONS)), nothing, nothing + float(np.log(ACTIONS)))
