"""The reader's loss and the saccader's reward for a classification."""

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
    GAIN = "gain"  # how much the fixation added to the log-probability of the true class


class ClassificationReward(Module):
    """Compares logits with the label at every fixation.

    Args:
        times: fixations in an episode.
        reward: of the saccader, see `Reward`.
        classes: number of classes; before the first fixation all are taken as equally probable.
        spread: share of the cross-entropy's weight spread evenly over all fixations, in [0, 1];
            the rest is the last one's.
    """

    logits: In[Float[Tensor, "b classes"]]
    label: In[Int[Tensor, "b"]]
    previous: In[Float[Tensor, "b"]]
    step: In[Step]
    cross_entropy: Out[Float[Tensor, "b"]]  # in nats
    value: Out[Float[Tensor, "b"]]
    loss: Out[Loss]

    def __init__(self, times: int, reward: Reward = Reward.GAIN, classes: int = 10, spread: float = 0.5) -> None:
        super().__init__()
        self.times, self.reward, self.classes = times, reward, classes
        self.previous.init = math.log(classes)
        weight = torch.full((times,), spread / times)
        weight[-1] += 1 - spread
        self.register_buffer("weight", weight, persistent=False)
        self.weight: Tensor

    def forward(
        self, logits: Tensor, label: Tensor, previous: Tensor, step: int | Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Cross-entropy, reward and loss, each `(b,)`."""
        if isinstance(step, int) and step >= self.times:
            raise PortValueError(f"{self.name} has times={self.times}, and its loop goes on: give both the same number")
        cross_entropy = F.cross_entropy(logits, label, reduction="none")
        given = cross_entropy.detach()
        if self.reward is Reward.GAIN:
            value = (previous.detach() - given).clamp(-3, 3)
        elif self.reward is Reward.CROSS_ENTROPY:
            value = -given
        elif self.reward is Reward.INVERSE_CROSS_ENTROPY:
            value = torch.tanh(1 / given.clamp(min=1e-6))
        else:
            right = logits.argmax(1) == label
            counts = True if self.reward is Reward.EACH_STEP else step == self.times - 1
            value = (right * counts).to(given.dtype)
        return cross_entropy, value, cross_entropy * self.weight[step]


class Prediction(Module):
    """The class that the logits name, and whether it was right; after a loop, that of the last fixation."""

    logits: In[Float[Tensor, "b classes"]]
    label: In[Int[Tensor, "b"]]
    predicted: Out[Int[Tensor, "b"]]
    correct: Out[Bool[Tensor, "b"]]

    def forward(self, logits: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Most probable class and whether it is the label, each `(b,)`."""
        predicted = logits.argmax(1)
        return predicted, predicted == label
