"""Networks of policies that pursue a goal, and tables in their place."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from saccade.graph import In, Module, Out

from .q_networks import QNetwork

_LIT = 255


Boxes = Callable[[Tensor], Tensor]
"""Where the goals are on screens `(b, depth, height, width)`: boxes `(b, goals, 4)` of x, y, width and height in pixels."""


def _check(masks: Tensor, height: int, width: int) -> None:
    """Refuse what are no masks of screens of that size.

    Raises:
        ValueError: they are not.
    """
    if masks.dtype != torch.bool or masks.shape[1:] != (height, width):
        raise ValueError(
            f"the masks of goals are {masks.dtype} of shape {tuple(masks.shape)}: they must be torch.bool of shape (goals, {height}, {width}), as the screen is"
        )


class GoalView(Module):
    """The screen with one more frame, which shows the goal as a mask (Kulkarni et al. 2016, section 4.2).

    Args:
        shape: of the screen, `(depth, height, width)`.
        masks: of all goals, bool `(goals, height, width)`; or their boxes on each screen.

    Raises:
        ValueError: the masks are no such tensor.
    """

    screen: In[UInt8[Tensor, "b depth height width"]]
    goal: In[Int[Tensor, "b"]]
    view: Out[UInt8[Tensor, "b frames height width"]]

    def __init__(self, shape: tuple[int, int, int], masks: Tensor | Boxes) -> None:
        super().__init__()
        self.depth, self.height, self.width = shape
        self.frames = self.depth + 1
        self._boxes = None if isinstance(masks, Tensor) else masks
        if isinstance(masks, Tensor):
            _check(masks, self.height, self.width)
        fixed = masks.to(torch.uint8) * _LIT if isinstance(masks, Tensor) else torch.empty(0, dtype=torch.uint8)
        self.register_buffer("masks", fixed, persistent=False)
        self.masks: Tensor

    def forward(self, screen: Tensor, goal: Tensor) -> Tensor:
        """Screen and mask."""
        return torch.cat([screen, self._mask(screen, goal)[:, None]], 1)

    def _mask(self, screen: Tensor, goal: Tensor) -> Tensor:
        if self._boxes is None:
            return self.masks[goal]
        box = self._boxes(screen)[torch.arange(len(goal), device=goal.device), goal][..., None, None]
        x = torch.arange(self.width, device=screen.device).expand(len(goal), self.height, -1)
        y = torch.arange(self.height, device=screen.device)[:, None].expand(len(goal), -1, self.width)
        inside = (x >= box[:, 0]) & (x < box[:, 0] + box[:, 2]) & (y >= box[:, 1]) & (y < box[:, 1] + box[:, 3])
        return inside.to(torch.uint8) * _LIT


class GoalQNetwork(Module):
    """Values of all actions, from a stack of grey frames and a goal, which has a mask.

    It is a `QNetwork` whose first layer sees the mask as one more frame. The masks stay as they are, so the first layer's part of each is
    computed once for a batch; the frames take the way that is compiled for them, and are centred without the masks.

    Args:
        base: sees the frames.
        masks: of all goals, bool `(goals, height, width)`.

    Raises:
        ValueError: the masks are no such tensor.
    """

    screen: In[UInt8[Tensor, "b depth height width"]]
    goal: In[Int[Tensor, "b"]]
    q: Out[Float[Tensor, "b actions"]]

    def __init__(self, base: QNetwork, masks: Tensor) -> None:
        super().__init__()
        self.depth, self.height, self.width, self.actions = base.depth, base.height, base.width, base.actions
        _check(masks, self.height, self.width)
        self.base = base
        first = base.see[0]
        assert isinstance(first, nn.Conv2d)
        self.of_mask = nn.Conv2d(1, first.out_channels, first.kernel_size, first.stride, bias=False)  # type: ignore[arg-type]
        self.register_buffer("masks", masks[:, None].float(), persistent=False)
        self.masks: Tensor

    def forward(self, screen: Tensor, goal: Tensor) -> Tensor:
        """Values `(b, actions)`."""
        pixels = self.base.scaled(screen)
        # Laid out as the frames' part is, channels last: so one is added to the other in one go.
        seen = self.of_mask(self.masks).permute(0, 2, 3, 1).to(pixels.dtype).contiguous()
        return self.base.from_pixels(pixels, seen.index_select(0, goal).permute(0, 3, 1, 2))


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
