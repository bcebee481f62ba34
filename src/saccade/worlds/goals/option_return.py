"""The return of an option, for whoever chose it."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from saccade.graph import In, Out, Step, World


class OptionReturn(World):
    """Adds up the rewards of an option, discounted step by step (Sutton et al. 1999): it stands in the loop of the option.

    Args:
        discount: of every step, in [0, 1].
    """

    reward: In[Float[Tensor, "b"]]
    so_far: In[Float[Tensor, "b"]] = In(init=0.0)  # feedback of `total`
    step: In[Step]
    total: Out[Float[Tensor, "b"]]
    length: Out[Int[Tensor, "b"]]  # steps of the option

    def __init__(self, discount: float) -> None:
        super().__init__()
        self.discount = discount

    def forward(self, reward: Tensor, so_far: Tensor, step: int | Tensor) -> tuple[Tensor, Tensor]:
        """One more step."""
        done = torch.as_tensor(step, device=reward.device).expand_as(reward)
        return torch.where(done == 0, 0.0, so_far) + self.discount**done * reward, done + 1
