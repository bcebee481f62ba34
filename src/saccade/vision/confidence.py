"""A learned confidence: the probability that the present prediction is right."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.graph import In, Loss, Module, Out


class Confidence(Module):
    """Learns, from the reader's state and logits, whether its prediction is right; no gradient flows back into them.

    In `eval()` mode `enough` is True once the confidence is above `threshold`, and `Loop(…, times=8, until=confidence.enough)`
    ends an episode then. In training every episode makes all its fixations. RAM's outlook (Mnih et al. 2014, section 5) makes stopping
    an action; a predicted probability serves every threshold at once.

    Args:
        units: size of the reader's state.
        classes: number of classes.
        times: fixations in an episode; the loss is the mean over them.
        threshold: the confidence to exceed, in (0, 1]; 1: no confidence does.
    """

    hidden: In[Float[Tensor, "b units"]]
    logits: In[Float[Tensor, "b classes"]]
    label: In[Int[Tensor, "b"]]
    confidence: Out[Float[Tensor, "b"]]
    enough: Out[Bool[Tensor, "b"]]
    loss: Out[Loss]

    def __init__(self, units: int, classes: int, times: int, threshold: float = 1.0) -> None:
        if not 0 < threshold <= 1:
            raise ValueError(f"threshold={threshold}: it must be above 0 and at most 1")
        super().__init__()
        self.units, self.classes, self.times, self.threshold = units, classes, times, threshold
        self.judge = nn.Sequential(nn.Linear(units + classes, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, hidden: Tensor, logits: Tensor, label: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The probability that the prediction is right, whether it is above the threshold, and the loss, each `(b,)`."""
        known = torch.cat([hidden, logits.log_softmax(1)], dim=1).detach()
        score = self.judge(known).squeeze(1)
        right = (logits.argmax(1) == label).to(score.dtype)
        confidence = score.detach().sigmoid()
        loss = F.binary_cross_entropy_with_logits(score, right, reduction="none") / self.times
        return confidence, (confidence > self.threshold) & (not self.training), loss
