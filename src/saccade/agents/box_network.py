"""Values of actions from where things are: the cheap control of a network that sees pixels."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from saccade.graph import In, Module, Out

from .q_networks import QHead

Objects = Callable[[Tensor, Tensor], Tensor]
"""Finds objects: from screens and memories, their boxes `(b, objects, 4)` of x, y, width and height; without a size where they are not."""

_TILE = 8.0  # pixels; of a place, which tile and where in it


class BoxQNetwork(Module):
    """Values of all actions, from the boxes of the objects of a game, of which the first is the agent.

    The observation is the game's memory a decision before and now, and, where there are goals, a third one, of which the byte of the goal is
    lit. Of the agent the network sees the tile that it is in and where in it, of all objects whether they are there, where they are from the
    agent, and how far they have moved.

    Args:
        objects: finds the boxes in a memory.
        count: objects.
        extent: height and width that boxes are in.
        cells: bytes of a memory.
        goals: how many there are; 0: the observation shows none.
        actions: how many.
        units: of the hidden layers.
    """

    screen: In[UInt8[Tensor, "b frames one cells"]]
    q: Out[Float[Tensor, "b actions"]]

    def __init__(
        self,
        objects: Objects,
        count: int,
        extent: tuple[int, int],
        cells: int,
        goals: int,
        actions: int,
        units: int = 128,
    ) -> None:
        super().__init__()
        self._objects, self._extent, self._goals = objects, extent, goals
        self.frames, self.one, self.cells, self.actions = 3 if goals else 2, 1, cells, actions
        self._tiles = [int(side // _TILE) + 1 for side in extent]
        features = sum(self._tiles) + 2 + 5 * count + goals
        self.hidden = nn.Sequential(nn.Linear(features, units), nn.ReLU())
        self.judge = QHead(units, units, actions)

    def forward(self, screen: Tensor) -> Tensor:
        """Values `(b, actions)`."""
        before, now = (self._objects(screen, screen[:, frame, 0]) for frame in (0, 1))
        seen = [self._place(now), *self._relations(before, now)]
        if self._goals:
            seen.append((screen[:, 2, 0, : self._goals] > 0).float())
        values: Tensor = self.judge(self.hidden(torch.cat(seen, 1)))
        return values

    def _place(self, boxes: Tensor) -> Tensor:
        """The agent's tile, in one bit for each column and each row, and where in the tile its foot is."""
        foot = torch.stack([boxes[:, 0, 1] + boxes[:, 0, 3], boxes[:, 0, 0] + boxes[:, 0, 2] / 2], 1)  # y, x
        tile = (foot / _TILE).floor()
        bits = [
            nn.functional.one_hot(tile[:, axis].long().clamp(0, size - 1), size).float()
            for axis, size in enumerate(self._tiles)
        ]
        return torch.cat([*bits, foot / _TILE - tile], 1)

    def _relations(self, before: Tensor, now: Tensor) -> list[Tensor]:
        """Of every object whether it is there, where it is from the agent, and its last step."""
        size = torch.tensor([self._extent[1], self._extent[0]], dtype=torch.float32, device=now.device)
        here = now[..., 2] > 0
        middle, was = (boxes[..., :2] + boxes[..., 2:] / 2 for boxes in (now, before))
        away = (middle - middle[:, :1]) / size * 2
        step = (middle - was) / _TILE * (before[..., 2:3] > 0)
        known = here[..., None].float()
        return [here.float(), (away * known).flatten(1), (step.clamp(-2, 2) * known).flatten(1)]
