"""What a classification is worth: the reader's loss and the saccader's reward."""

from __future__ import annotations

import math
from enum import StrEnum

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from saccade.graph import In, Loss, Module, Out, PortValueError, Step


class Reward(StrEnum):
    """Rewards of the saccader. The first four are GRLF's (section 4.1 of the report)."""

    EACH_STEP = "each-step"  # 1 whenever the present prediction is right
    AT_END = "at-end"  # 1 if the last prediction is right
    CROSS_ENTROPY = "cross-entropy"  # minus the cross-entropy at every step
    INVERSE_CROSS_ENTROPY = "inverse-cross-entropy"  # tanh(1 / cross-entropy) at every step
    GAIN = "gain"  # how much the look added to the log-probability of the true class


class Grade(Module):
    """Compares logits with the label at every fixation.

    Args:
        times: fixations in an episode.
        reward: what the saccader is paid, see `Reward`.
        classes: number of classes; before the first look all are taken as equally probable.
        spread: share of the cross-entropy's weight spread evenly over all fixations, in [0, 1];
            the rest rests on the last one.
    """

    logits: In[Float[Tensor, "b classes"]]
    label: In[Int[Tensor, "b"]]
    before: In[Float[Tensor, "b"]]
    step: In[Step]
    surprise: Out[Float[Tensor, "b"]]  # cross-entropy in nats
    value: Out[Float[Tensor, "b"]]
    loss: Out[Loss]

    def __init__(self, times: int, reward: Reward = Reward.GAIN, classes: int = 10, spread: float = 0.5) -> None:
        super().__init__()
        self.times, self.reward, self.classes = times, reward, classes
        self.before.init = math.log(classes)
        weight = torch.full((times,), spread / times)
        weight[-1] += 1 - spread
        self.register_buffer("weight", weight, persistent=False)
        self.weight: Tensor

    def forward(
        self, logits: Tensor, label: Tensor, before: Tensor, step: int | Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Surprise, reward and loss, each `(b,)`."""
        if isinstance(step, int) and step >= self.times:
            raise PortValueError(f"{self.name} has times={self.times}, and its loop goes on: give both the same number")
        surprise = F.cross_entropy(logits, label, reduction="none")
        told = surprise.detach()
        if self.reward is Reward.GAIN:
            value = (before.detach() - told).clamp(-3, 3)
        elif self.reward is Reward.CROSS_ENTROPY:
            value = -told
        elif self.reward is Reward.INVERSE_CROSS_ENTROPY:
            value = torch.tanh(1 / told.clamp(min=1e-6))
        else:
            right = logits.argmax(1) == label
            counts = True if self.reward is Reward.EACH_STEP else step == self.times - 1
            value = (right * counts).to(told.dtype)
        return surprise, value, surprise * self.weight[step]


class Verdict(Module):
    """The class that the logits name, and whether it was right; behind a loop it judges the last look."""

    logits: In[Float[Tensor, "b classes"]]
    label: In[Int[Tensor, "b"]]
    predicted: Out[Int[Tensor, "b"]]
    correct: Out[Bool[Tensor, "b"]]

    def forward(self, logits: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Most probable class and whether it is the label, each `(b,)`."""
        predicted = logits.argmax(1)
        return predicted, predicted == label
