"""What a forecast of a mask is worth."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from saccade.graph import In, Loss, Module, Out


class MaskLoss(Module):
    """Mean cross-entropy of the pixels plus one minus the soft intersection over union."""

    logits: In[Float[Tensor, "b h w"]]
    truth: In[Float[Tensor, "b h w"]]
    loss: Out[Loss]
    iou: Out[Float[Tensor, "b"]]  # of the mask that the logits say

    def forward(self, logits: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
        """Loss and intersection over union, each `(b,)`."""
        surprise = F.binary_cross_entropy_with_logits(logits, truth, reduction="none").mean((1, 2))
        soft = _iou(logits.sigmoid(), truth)
        return surprise + 1 - soft, _iou((logits.detach() > 0).to(truth.dtype), truth)


def _iou(mask: Tensor, truth: Tensor) -> Tensor:
    shared = (mask * truth).sum((1, 2))
    return shared / (mask.sum((1, 2)) + truth.sum((1, 2)) - shared).clamp(min=1e-6)
