"""A glimpse network of one's own: called with the planes and the side of a glimpse, it maps glimpses in [0, 1] to features."""

from torch import nn


class TwoConvolutions(nn.Sequential):
    """Two convolutions, the second with a step of two."""

    def __init__(self, planes: int, side: int) -> None:
        super().__init__(
            nn.Conv2d(planes, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten()
        )  # fmt: skip
