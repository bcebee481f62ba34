"""How well a mask overlaps the ground truth, and the scribbler's reward."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from saccade.graph import In, Out, Step, World
from saccade.jit import spread, threads

from .pixel_kernels import overlaps
from .rules import CutOutReward


class Overlap(World):
    """Intersection over union of the mask with the ground truth, in [0, 1], and the reward.

    Args:
        moves: steps of an episode; the first call is before the first of them.
        kind: what the reward is.
        scale: the reward is this times as large.
    """

    mask: In[Bool[Tensor, "b height width"]]
    ground_truth: In[Bool[Tensor, "b height width"]]
    previous: In[Float[Tensor, "b"]] = In(init=0.0)
    step: In[Step]
    iou: Out[Float[Tensor, "b"]]
    reward: Out[Float[Tensor, "b"]]

    on_host = True  # its loops are compiled for processors

    def __init__(self, moves: int, kind: CutOutReward = CutOutReward.GAIN, scale: float = 1.0) -> None:
        super().__init__()
        self.moves, self.kind, self.scale = moves, kind, scale

    def forward(
        self, mask: Tensor, ground_truth: Tensor, previous: Tensor, step: int | Tensor
    ) -> tuple[Tensor, Tensor]:
        """Overlap and reward, each `(b,)`."""
        iou = overlap(mask, ground_truth)
        if self.kind is CutOutReward.GAIN:
            reward = iou - previous
        elif self.kind is CutOutReward.IOU:
            reward = iou
        else:
            reward = iou * (torch.as_tensor(step, device=iou.device) == self.moves)
        return iou, self.scale * reward


def overlap(mask: Tensor, ground_truth: Tensor) -> Tensor:
    """Intersection over union, float32 `(b,)`, of bool masks `(b, h, w)`; 1 where both are empty."""
    iou = torch.empty(len(mask), device="cpu")
    spread(overlaps, min(threads(), len(mask)), mask.numpy(), ground_truth.numpy(), iou.numpy())
    return iou
