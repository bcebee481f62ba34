"""Plain networks that see the whole image at once, to compare with."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from saccade.graph import In, Module, Out


class PlainNetwork(nn.Sequential):
    """Two convolutions and two dense layers: `(b, 1, 28, 28)` -> logits `(b, classes)`."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__(
            nn.Conv2d(1, 16, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(32 * 7 * 7, 128),
            nn.ReLU(),
            nn.Linear(128, classes),
        )


def dense_network(size: tuple[int, int], units: int, classes: int = 10, channels: int = 1) -> nn.Sequential:
    """Two hidden layers of `units` on an image of (height, width) `size`: RAM's "FC, 2 layers" (Mnih et al. 2014, table 1)."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(channels * size[0] * size[1], units), nn.ReLU(), nn.Linear(units, units), nn.ReLU(),
        nn.Linear(units, classes),
    )  # fmt: skip


def convolutional_network(size: tuple[int, int], classes: int = 10, channels: int = 1) -> nn.Sequential:
    """8 filters of 10×10 pixels at stride 5 and 256 dense units: RAM's convolutional baseline (table 1).

    Raises:
        ValueError: the image is smaller than a filter.
    """
    if min(size) < 10:
        raise ValueError(f"an image of {size[0]}x{size[1]} pixels is smaller than a filter, 10x10")
    down, across = ((side - 10) // 5 + 1 for side in size)
    return nn.Sequential(
        nn.Conv2d(channels, 8, 10, stride=5), nn.ReLU(), nn.Flatten(), nn.Linear(8 * down * across, 256), nn.ReLU(),
        nn.Linear(256, classes),
    )  # fmt: skip


class WholeView(Module):
    """An eye that sees everything at once, at full resolution, from the centre."""

    image: In[Float[Tensor, "b channels h w"]]
    patch: Out[Float[Tensor, "b channels h w"]]
    fixation: Out[Float[Tensor, "b 2"]]

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """The image, and `(b, 2)` zeros."""
        return image, torch.zeros(len(image), 2, dtype=image.dtype, device=image.device)


class PlainReader(Module):
    """A plain network as a module: images to logits."""

    patch: In[Float[Tensor, "b channels h w"]]
    logits: Out[Float[Tensor, "b classes"]]

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, patch: Tensor) -> Tensor:
        """Logits `(b, classes)`."""
        logits: Tensor = self.network(patch)
        return logits
