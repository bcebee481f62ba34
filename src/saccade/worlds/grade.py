"""What a classification is worth: the reader's loss and the saccader's reward."""

from __future__ import annotations

import math
from enum import StrEnum

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from saccade.graph import In, Loss, Module, Out, Step


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
    correct: Out[Float[Tensor, "b"]]  # 1 where the most probable class is the label
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
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Surprise, correctness, reward and loss, each `(b,)`."""
        surprise = F.cross_entropy(logits, label, reduction="none")
        with torch.no_grad():
            correct = (logits.argmax(1) == label).to(logits.dtype)
            value = self._value(surprise, correct, before, step)
        return surprise, correct, value, surprise * self.weight[step]

    def _value(self, surprise: Tensor, correct: Tensor, before: Tensor, step: int | Tensor) -> Tensor:
        if self.reward is Reward.GAIN:
            return (before - surprise).clamp(-3, 3)
        if self.reward is Reward.EACH_STEP:
            return correct
        if self.reward is Reward.AT_END:
            return correct * (step == self.times - 1)
        if self.reward is Reward.CROSS_ENTROPY:
            return -surprise
        return torch.tanh(1 / surprise.clamp(min=1e-6))
