"""Plain networks that see the whole image at once, to compare with."""

from __future__ import annotations

from typing import Any, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

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


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with batch normalisation, added to their input (He et al. 2016, figure 2): `(b, before, h, w)` -> `(b, after, h', w')`.

    Args:
        before, after: planes; where they differ, the input passes a 1x1 convolution.
        stride: of the first convolution; h' is h divided by it, rounded up.
    """

    def __init__(self, before: int, after: int, stride: int = 1) -> None:
        super().__init__()
        self.first, self.first_norm = nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after)
        self.second, self.second_norm = nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after)
        alike = before == after and stride == 1
        self.skip = (
            nn.Identity()
            if alike
            else nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))
        )

    def forward(self, seen: Tensor) -> Tensor:
        """The sum, rectified."""
        inner = F.relu(self.first_norm(self.first(seen)), inplace=True)
        return F.relu(self.second_norm(self.second(inner)) + self.skip(seen), inplace=True)


class ResidualNetwork(nn.Module):
    """ResNet-18 (He et al. 2016, table 1) with one block per stage and a quarter of its width: `(b, channels, h, w)` -> logits `(b, classes)`.

    A 7x7 convolution and a pooling, both of stride 2, four stages of 16, 32, 64 and 128 planes, and the mean over all places: 309,178
    parameters for ten classes of grey images, whatever their size.
    """

    def __init__(self, classes: int = 10, channels: int = 1) -> None:
        super().__init__()
        stem = (nn.Conv2d(channels, 16, 7, 2, 3, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True))
        stages = (ResidualBlock(16, 16), *(ResidualBlock(planes, 2 * planes, 2) for planes in (16, 32, 64)))
        head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, classes))
        self.layers = nn.Sequential(*stem, nn.MaxPool2d(3, 2, 1), *stages, *head)
        cast(Any, self).to(memory_format=torch.channels_last)  # 1.6 times as fast on a CPU

    def forward(self, image: Tensor) -> Tensor:
        """Logits."""
        logits: Tensor = self.layers(image.contiguous(memory_format=torch.channels_last))
        return logits


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
