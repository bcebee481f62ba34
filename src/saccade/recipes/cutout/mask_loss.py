"""The loss of a forecast of a mask."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from saccade.graph import In, Loss, Module, Out


class MaskLoss(Module):
    """Mean cross-entropy of the pixels plus one minus the soft intersection over union."""

    logits: In[Float[Tensor, "b h w"]]
    ground_truth: In[Float[Tensor, "b h w"]]
    loss: Out[Loss]
    iou: Out[Float[Tensor, "b"]]  # of the mask that the logits imply

    def forward(self, logits: Tensor, ground_truth: Tensor) -> tuple[Tensor, Tensor]:
        """Loss and intersection over union, each `(b,)`."""
        cross_entropy = F.binary_cross_entropy_with_logits(logits, ground_truth, reduction="none").mean((1, 2))
        soft = _iou(logits.sigmoid(), ground_truth)
        return cross_entropy + 1 - soft, _iou((logits.detach() > 0).to(ground_truth.dtype), ground_truth)


def _iou(mask: Tensor, ground_truth: Tensor) -> Tensor:
    shared = (mask * ground_truth).sum((1, 2))
    return shared / (mask.sum((1, 2)) + ground_truth.sum((1, 2)) - shared).clamp(min=1e-6)
