"""Imitation of an expert that scores every choice."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from saccade.graph import In, Loss, Module, Out

_SHARPNESS = 100.0  # scores that differ by 0.01 differ by a factor of e in how often they should be chosen


class Imitation(Module):
    """Cross-entropy between a policy and the softmax of an expert's scores; `weight` 0 switches it off.

    Args:
        together: one choice among all of both rows, not one in each.
    """

    logits: In[Float[Tensor, "b rows choices"]]
    scores: In[Float[Tensor, "b rows choices"]]
    loss: Out[Loss]

    def __init__(self, together: bool) -> None:
        super().__init__()
        self.together, self.weight = together, 1.0

    def forward(self, logits: Tensor, scores: Tensor) -> Tensor:
        """The loss, `(b,)`."""
        if self.together:
            logits, scores = logits.flatten(1)[:, None], scores.flatten(1)[:, None]
        wanted = (_SHARPNESS * scores).softmax(2)
        return -self.weight * (wanted * logits.log_softmax(2)).sum((1, 2))
