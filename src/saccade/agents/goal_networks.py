"""Networks of policies that pursue a goal, and tables in their place."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from saccade.graph import In, Module, Out

_LIT = 255


class GoalView(Module):
    """The screen with one more frame, which shows the goal as a mask (Kulkarni et al. 2016, section 4.2).

    Args:
        masks: of all goals, bool `(goals, height, width)`.
        depth: frames of the screen.

    Raises:
        ValueError: the masks are no such tensor.
    """

    screen: In[UInt8[Tensor, "b depth height width"]]
    goal: In[Int[Tensor, "b"]]
    view: Out[UInt8[Tensor, "b frames height width"]]

    def __init__(self, masks: Tensor, depth: int) -> None:
        super().__init__()
        if masks.dim() != 3 or masks.dtype != torch.bool:
            raise ValueError(
                f"the masks of goals are {masks.dtype} of shape {tuple(masks.shape)}: they must be torch.bool of shape (goals, height, width)"
            )
        self.depth, self.frames = depth, depth + 1
        self.height, self.width = masks.shape[1:]
        self.register_buffer("masks", masks.to(torch.uint8) * _LIT)
        self.masks: Tensor

    def forward(self, screen: Tensor, goal: Tensor) -> Tensor:
        """Screen and mask."""
        return torch.cat([screen, self.masks[goal][:, None]], 1)


class QTable(Module):
    """A value for every action in every state that a screen can show: the table of tabular Q-learning.

    Args:
        places: int64 `(depth, height, width)`: the number of a state is their sum over the pixels that are lit.
        states: how many there are.
        actions: how many.
    """

    screen: In[UInt8[Tensor, "b depth height width"]]
    q: Out[Float[Tensor, "b actions"]]

    def __init__(self, places: Tensor, states: int, actions: int) -> None:
        super().__init__()
        self.depth, self.height, self.width = places.shape
        self.actions = actions
        self.register_buffer("places", places.flatten(), persistent=False)
        self.places: Tensor
        self.values = nn.Parameter(torch.zeros(states, actions))

    def forward(self, screen: Tensor) -> Tensor:
        """Values `(b, actions)`."""
        state = (screen.flatten(1).ne(0) * self.places).sum(1)
        return self.values[state]
