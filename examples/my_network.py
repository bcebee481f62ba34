"""A network of one's own for deep Q-learning: called with depth, height and width of the frames and the number of actions."""

from torch import nn


class Small(nn.Sequential):
    """Maps frames in [0, 1], `(b, depth, height, width)`, to the values of the actions, `(b, actions)`."""

    def __init__(self, depth: int, height: int, width: int, actions: int) -> None:
        super().__init__(
            nn.AvgPool2d(12), nn.Flatten(), nn.Linear(depth * (height // 12) * (width // 12), 64), nn.ReLU(), nn.Linear(64, actions)
        )  # fmt: skip
