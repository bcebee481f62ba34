"""A learned "I am sure": how probable it is that the present answer is right."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.graph import In, Loss, Module, Out


class Sureness(Module):
    """Learns, from the reader's state and its answer, whether that answer is right; nothing flows back into them.

    In `eval()` mode `enough` says that it is: `Loop(…, times=8, until=sureness.enough)` stops looking then. In
    training no look is left out. RAM's outlook (Mnih et al. 2014, section 5) has such a stop as an action; a
    forecast of the own error serves every threshold at once.

    Args:
        units: size of the reader's state.
        classes: number of classes.
        times: looks in an episode; the loss is the mean over them.
        threshold: more than this probability is enough, in (0, 1]; 1: nothing ever is.
    """

    hidden: In[Float[Tensor, "b units"]]
    logits: In[Float[Tensor, "b classes"]]
    label: In[Int[Tensor, "b"]]
    sure: Out[Float[Tensor, "b"]]
    enough: Out[Bool[Tensor, "b"]]
    loss: Out[Loss]

    def __init__(self, units: int, classes: int, times: int, threshold: float = 1.0) -> None:
        if not 0 < threshold <= 1:
            raise ValueError(f"threshold={threshold}: it must be above 0 and at most 1")
        super().__init__()
        self.units, self.classes, self.times, self.threshold = units, classes, times, threshold
        self.judge = nn.Sequential(nn.Linear(units + classes, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, hidden: Tensor, logits: Tensor, label: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Probability that the answer is right, whether that is enough, and the loss, each `(b,)`."""
        known = torch.cat([hidden, logits.log_softmax(1)], dim=1).detach()
        score = self.judge(known).squeeze(1)
        right = (logits.argmax(1) == label).to(score.dtype)
        sure = score.detach().sigmoid()
        loss = F.binary_cross_entropy_with_logits(score, right, reduction="none") / self.times
        return sure, (sure > self.threshold) & (not self.training), loss
