"""The critic: which goals are reached, and what that is worth to the controller."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from saccade.graph import In, Out, World

from .goals import GoalSet


class Critic(World):
    """Compares the screens before and after an action: a goal is reached when its relation begins to hold.

    So a goal whose relation holds already is none that is reached by standing still: it must first cease to hold.

    Args:
        goals: see there.
        cells: bytes of the games' memories.
    """

    goal: In[Int[Tensor, "b"]]
    screen: In[UInt8[Tensor, "b depth height width"]]
    memory: In[UInt8[Tensor, "b cells"]]
    next_screen: In[UInt8[Tensor, "b depth height width"]]
    next_memory: In[UInt8[Tensor, "b cells"]]
    terminal: In[Bool[Tensor, "b"]]
    over: In[Bool[Tensor, "b"]]
    reached: Out[Bool[Tensor, "b goals"]]  # all goals that the action reached, whichever was chosen
    holds: Out[Bool[Tensor, "b goals"]]  # the relations that hold after the action
    reward: Out[Float[Tensor, "b"]]  # 1 where the chosen goal is reached
    done: Out[Bool[Tensor, "b"]]  # the chosen goal is reached, or nothing can be reached any more

    def __init__(self, goals: GoalSet, cells: int = 0) -> None:
        super().__init__()
        self.goal_set, self.goals, self.cells = goals, len(goals), cells

    def forward(
        self, goal: Tensor, screen: Tensor, memory: Tensor, next_screen: Tensor, next_memory: Tensor, terminal: Tensor, over: Tensor,
    ) -> tuple[Tensor, ...]:  # fmt: skip
        """Judge one action in every episode."""
        g, n = self.goal_set, len(goal)
        both = g.holds(g.boxes(torch.cat([screen, next_screen]), torch.cat([memory, next_memory])))
        before, after = both[:n], both[n:]
        reached = after & ~before
        mine = reached.gather(1, goal[:, None])[:, 0]
        return reached, after, mine.float(), mine | terminal | over
