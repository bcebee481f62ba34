"""The scribbler's network in the source's own setting: it sees the picture with the strokes, and nothing else."""

from __future__ import annotations

from typing import Any, cast

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from saccade.graph import In, Module, Out, Step
from saccade.worlds.cutout.policies import DIRECTIONS

from .scribbler import quiet


class PictureNetwork(Module):
    """Logits of the eight strokes of each pen, from a picture of the game (CutOutRL, section 4.4).

    Args:
        planes: of the picture: 3 with strokes drawn in, 5 with a layer for each kind.
        height, width: of the picture, in pixels; 32 or more.
        moves: of an episode.
        units: of the hidden layer.
    """

    view: In[UInt8[Tensor, "b planes height width"]]
    step: In[Step]
    logits: Out[Float[Tensor, "b 2 8"]]
    value: Out[Float[Tensor, "b"]]

    def __init__(self, planes: int, height: int, width: int, moves: int, units: int = 128) -> None:
        super().__init__()
        self.planes, self.height, self.width, self.moves = planes, height, width, moves
        self.see = nn.Sequential(
            nn.Conv2d(planes, 16, 8, 4, 2), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(),
            nn.Conv2d(32, 32, 4, 2, 1), nn.ReLU(), nn.Flatten(),
        )  # fmt: skip
        cast(Any, self.see).to(memory_format=torch.channels_last)  # half as fast again
        cells = (height // 16) * (width // 16)
        self.join = nn.Sequential(nn.Linear(32 * cells + 1, units), nn.ReLU())
        self.aim, self.worth = quiet(nn.Linear(units, 2 * DIRECTIONS)), quiet(nn.Linear(units, 1))

    def forward(self, view: Tensor, step: int | Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the strokes, `(b, 2, 8)`, and the value, `(b,)`."""
        seen = self.see(view.contiguous(memory_format=torch.channels_last).float().mul_(1 / 255))
        share = torch.as_tensor(step, dtype=seen.dtype, device=seen.device).expand(len(view)) / self.moves
        joined = self.join(torch.cat([seen, share[:, None]], dim=1))
        return self.aim(joined).view(-1, 2, DIRECTIONS), self.worth(joined)[:, 0]
