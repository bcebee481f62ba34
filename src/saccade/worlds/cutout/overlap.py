"""How well a mask fits, and what the scribbler is paid for it."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from saccade.graph import In, Out, Step, World
from saccade.jit import threads

from .pixel_kernels import overlaps
from .rules import Pay


class Overlap(World):
    """Intersection over union of the mask with the true one, in [0, 1], and the reward.

    Args:
        moves: steps of an episode; the first call is before the first of them.
        pay: what the reward is.
        scale: the reward is this times as large.
    """

    mask: In[Bool[Tensor, "b height width"]]
    truth: In[Bool[Tensor, "b height width"]]
    before: In[Float[Tensor, "b"]] = In(init=0.0)
    step: In[Step]
    iou: Out[Float[Tensor, "b"]]
    reward: Out[Float[Tensor, "b"]]

    def __init__(self, moves: int, pay: Pay = Pay.GAIN, scale: float = 1.0) -> None:
        super().__init__()
        self.moves, self.pay, self.scale = moves, pay, scale

    def forward(self, mask: Tensor, truth: Tensor, before: Tensor, step: int | Tensor) -> tuple[Tensor, Tensor]:
        """Overlap and reward, each `(b,)`."""
        iou = overlap(mask, truth)
        if self.pay is Pay.GAIN:
            reward = iou - before
        elif self.pay is Pay.IOU:
            reward = iou
        else:
            reward = iou * (torch.as_tensor(step, device=iou.device) == self.moves)
        return iou, self.scale * reward


def overlap(mask: Tensor, truth: Tensor) -> Tensor:
    """Intersection over union, float32 `(b,)`, of bool masks `(b, h, w)`; 1 where both are empty."""
    iou = torch.empty(len(mask))
    threads()
    overlaps(mask.numpy(), truth.numpy(), iou.numpy())
    return iou
