"""A plain convolutional classifier that sees the whole image at once, to compare with."""

from __future__ import annotations

from torch import nn


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
