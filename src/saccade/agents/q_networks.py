"""Networks that estimate the value of every action from the last frames of a game."""

from __future__ import annotations

from typing import Any, cast

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from saccade.graph import In, Module, Out

from .q_settings import Architecture


class QHead(nn.Module):
    """Values of all actions from features; a duelling head adds the state's value and each action's advantage over the mean.

    Args:
        features: size of what comes in.
        units: of the hidden layer.
        actions: how many.
        duelling: two streams (Wang et al. 2016, equation 9).
    """

    def __init__(self, features: int, units: int, actions: int, duelling: bool = False) -> None:
        super().__init__()
        self.better = _stream(features, units, actions)
        self.state = _stream(features, units, 1) if duelling else None

    def forward(self, features: Tensor) -> Tensor:
        """Values `(b, actions)`."""
        better: Tensor = self.better(features)
        if self.state is None:
            return better
        state: Tensor = self.state(features)
        return state + better - better.mean(1, keepdim=True)


def _stream(features: int, units: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(features, units), nn.ReLU(), nn.Linear(units, outputs))


class QNetwork(Module):
    """Values of all actions, from a stack of grey frames (Mnih et al. 2013 and 2015).

    Args:
        depth, height, width: of the stack, in frames and pixels; at least 36 pixels per side.
        actions: how many.
        architecture: which published network.
        duelling: see `QHead`.
        half: the convolutions compute in bfloat16, twice as fast where the processor supports it; the head, whose values differ by little, does not.

    Raises:
        ValueError: the frames are too small for the filters.
    """

    screen: In[UInt8[Tensor, "b depth height width"]]
    q: Out[Float[Tensor, "b actions"]]

    def __init__(
        self, depth: int, height: int, width: int, actions: int, architecture: Architecture = Architecture.LARGE, duelling: bool = False, half: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        if min(height, width) < 36:
            raise ValueError(f"frames are {height}x{width} pixels: the filters need 36 or more per side")
        self._half = half
        self.depth, self.height, self.width, self.actions = depth, height, width, actions
        # In the memory layout of the convolutions, so that it is subtracted without a conversion.
        self.register_buffer("mean", torch.zeros(1, depth, height, width).contiguous(memory_format=torch.channels_last))
        self.mean: Tensor
        layers: tuple[nn.Module, ...]
        if architecture is Architecture.SMALL:
            layers, units = (nn.Conv2d(depth, 16, 8, 4), nn.ReLU(), nn.Conv2d(16, 32, 4, 2), nn.ReLU()), 256
        else:
            layers = (
                nn.Conv2d(depth, 32, 8, 4), nn.ReLU(), nn.Conv2d(32, 64, 4, 2), nn.ReLU(), nn.Conv2d(64, 64, 3, 1), nn.ReLU(),
            )  # fmt: skip
            units = 512
        self.see = nn.Sequential(*layers, nn.Flatten())
        cast(Any, self.see).to(memory_format=torch.channels_last)  # 1.5 times as fast on a CPU
        with torch.no_grad():
            features = self.see(torch.zeros(1, depth, height, width)).shape[1]
        self.judge = QHead(features, units, actions, duelling)

    def forward(self, screen: Tensor) -> Tensor:
        """Values `(b, actions)`."""
        return self.from_pixels(self.scaled(screen))

    def from_pixels(self, pixels: Tensor) -> Tensor:
        """The same from pixels that are `scaled`."""
        with torch.autocast(pixels.device.type, torch.bfloat16, enabled=self._half):
            features = self.see(pixels)
        values: Tensor = self.judge(features.float())
        return values

    def scaled(self, screen: Tensor) -> Tensor:
        """Pixels minus the mean image, divided by 255; in the precision and memory layout of the convolutions."""
        pixels = screen.to(torch.bfloat16 if self._half else torch.float32)
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        return pixels.sub_(self.mean.to(pixels.dtype)).mul_(1 / 255)

    @torch.no_grad()
    def centre(self, screens: Tensor) -> None:
        """Set the mean image, which `scaled` subtracts, to the mean of these observations, `(n, depth, height, width)`.

        Otherwise a still background drives every filter, and the first steps, which lower all values, switch most of the units off.
        """
        # Integers: bfloat16 subtracts them exactly.
        self.mean.copy_(screens.float().mean((0, 1)).round_())


class FeatureQNetwork(Module):
    """Values of all actions, from features: of an encoder that has been trained before, or of a state that is known.

    Args:
        features: how many.
        actions: how many.
        units: of the hidden layer.
        duelling: see `QHead`.
    """

    observation: In[Float[Tensor, "b features"]]
    q: Out[Float[Tensor, "b actions"]]

    def __init__(self, features: int, actions: int, units: int = 64, duelling: bool = False) -> None:
        super().__init__()
        self.features, self.actions = features, actions
        self.judge = QHead(features, units, actions, duelling)

    def forward(self, observation: Tensor) -> Tensor:
        """Values `(b, actions)`."""
        values: Tensor = self.judge(observation)
        return values
