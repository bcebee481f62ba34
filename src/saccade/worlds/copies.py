"""Monte Carlo copies: one scene for several episodes."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from saccade.graph import In, Out, World


class Copies(World):
    """Training only: every `copies` episodes in a row get the scene of their first one.

    The policy then sees one scene with several draws of its own, which separates its noise from that of
    the scenes (Mnih et al. 2014, equation 5, with M copies). In `eval()` mode all scenes pass.

    Args:
        copies: episodes a scene, 1 or more.
    """

    image: In[Float[Tensor, "b c h w"]]
    label: In[Int[Tensor, "b"]]
    scene: Out[Float[Tensor, "b c h w"]]
    target: Out[Int[Tensor, "b"]]

    def __init__(self, copies: int) -> None:
        if copies < 1:
            raise ValueError(f"copies={copies}: it must be 1 or more")
        super().__init__()
        self.copies = copies

    def forward(self, image: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Images and labels, the first of every group in place of all of it."""
        if not self.training or self.copies == 1:
            return image, label
        first = torch.arange(len(label), device=label.device) // self.copies * self.copies
        return image[first], label[first]
