"""Values of actions from a grid of cells."""

from __future__ import annotations

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from saccade.graph import In, Module, Out

from .q_networks import QHead

_SIZES = (16, 8, 4)  # kinds, colours and states there are, at most, in MiniGrid


class GridQNetwork(Module):
    """Values of all actions, from kinds, colours and states of cells; a fourth plane, if there is one, is a mask.

    Args:
        frames: planes: 3, or with a mask 4.
        height, width: of the grid, in cells.
        actions: how many.
        filters: of the convolutions.
        units: of the hidden layer.
    """

    screen: In[UInt8[Tensor, "b frames height width"]]
    q: Out[Float[Tensor, "b actions"]]

    def __init__(self, frames: int, height: int, width: int, actions: int, filters: int = 32, units: int = 128) -> None:
        super().__init__()
        self.frames, self.height, self.width, self.actions = frames, height, width, actions
        self.tables = nn.ModuleList(nn.Embedding(size, filters) for size in _SIZES)
        self.mask = nn.Parameter(torch.randn(filters)) if frames > len(_SIZES) else None
        self.see = nn.Sequential(
            nn.Conv2d(filters, filters, 3, padding=1), nn.ReLU(), nn.Conv2d(filters, filters, 3, padding=1), nn.ReLU(), nn.Flatten(),
        )  # fmt: skip
        self.judge = QHead(filters * height * width, units, actions)

    def forward(self, screen: Tensor) -> Tensor:
        """Values `(b, actions)`."""
        cells = screen.long()
        found = sum(table(cells[:, plane]) for plane, table in enumerate(self.tables))
        if self.mask is not None:
            found = found + (cells[:, len(_SIZES)] > 0)[..., None] * self.mask
        values: Tensor = self.judge(self.see(found.permute(0, 3, 1, 2)))
        return values
