"""Networks that estimate the value of every action from the last frames of a game."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any, cast

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.graph import In, Module, Out
from saccade.own_code import FAULTS, fault

from .q_settings import Architecture

_FRAMES = 4  # of an observation that compiled code scales
_SHARE = 128  # observations that are worth a thread


@cache
def _compiled() -> bool:
    """Whether there is a compiler of loops: an extra."""
    return find_spec("numba") is not None


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
        """Values `(b, actions)`; the hidden layer computes in the precision of the features, the last one in float32."""
        better = _through(self.better, features)
        if self.state is None:
            return better
        return _through(self.state, features) + better - better.mean(1, keepdim=True)


def _stream(features: int, units: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(features, units), nn.ReLU(), nn.Linear(units, outputs))


def _through(stream: nn.Sequential, features: Tensor) -> Tensor:
    hidden, rectify, last = stream
    found: Tensor = last(_layer(rectify, _layer(hidden, features)).float())
    return found


def _layer(layer: nn.Module, x: Tensor) -> Tensor:
    """A layer in the precision of what comes in; weights that have it already, as those of a network that does not learn, are taken as they are."""
    if isinstance(layer, nn.ReLU):
        return F.relu_(x)  # what comes before it is a layer, whose gradient does not need its output
    if not isinstance(layer, nn.Conv2d | nn.Linear) or x.dtype == layer.weight.dtype:
        found: Tensor = layer(x)
        return found
    weight, bias = layer.weight.to(x.dtype), None if layer.bias is None else layer.bias.to(x.dtype)
    if isinstance(layer, nn.Linear):
        return F.linear(x, weight, bias)
    return F.conv2d(x, weight, bias, layer.stride)


class QNetwork(Module):
    """Values of all actions, from a stack of grey frames (Mnih et al. 2013 and 2015).

    Args:
        depth, height, width: of the stack, in frames and pixels; at least 36 pixels per side.
        actions: how many.
        architecture: which published network.
        duelling: see `QHead`.
        half: convolutions and hidden layer compute in bfloat16, twice as fast where the processor supports it; the last layer, whose values
            differ by little, does not.

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
        self.register_buffer("mean", torch.zeros(1, depth, height, width))
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

    def from_pixels(self, pixels: Tensor, also: Tensor | None = None) -> Tensor:
        """The same from pixels that are `scaled`.

        Args:
            pixels: see there.
            also: what comes out of further filters of the first layer, and is added.
        """
        for place, layer in enumerate(self.see):
            pixels = _layer(layer, pixels)
            if not place and also is not None:
                pixels.add_(also)
        values: Tensor = self.judge(pixels)
        return values

    def freeze(self) -> None:
        """Keep the weights in the precision that they are computed with: for a network that does not learn."""
        if self._half:
            for part in filter(None, (self.see, self.judge.better[0], self.judge.state and self.judge.state[0])):
                part.to(torch.bfloat16)

    def scaled(self, screen: Tensor) -> Tensor:
        """Pixels minus the mean image, divided by 255; in the precision and memory layout of the convolutions."""
        if screen.device.type == "cpu" and self.depth == _FRAMES and _compiled():
            return self._scaled_by_kernel(screen)
        pixels = screen.to(torch.bfloat16 if self._half else torch.float32)
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        return pixels.sub_(self.mean.to(pixels.dtype)).mul_(1 / 255)

    def _scaled_by_kernel(self, screen: Tensor) -> Tensor:
        """The same, to the bit, in one go: torch's way into this memory layout takes longer than the convolutions."""
        from saccade.jit import spread, threads

        from .pixel_kernels import scale, scale_to_half

        b, depth, height, width = screen.shape
        pixels = height * width
        if screen.stride()[1:] != (pixels, width, 1):
            screen = screen.contiguous()
        # Observations of a replay buffer may overlap: they are read where they lie.
        stored = screen.as_strided((screen.untyped_storage().nbytes(),), (1,), 0).numpy()
        start, apart, mean = int(screen.storage_offset()), screen.stride(0), self.mean.view(depth, pixels).numpy()
        shares = min(threads(), -(-b // _SHARE))
        out = torch.empty(b, pixels * depth, dtype=torch.bfloat16 if self._half else torch.float32, device="cpu")
        if self._half:
            spread(scale_to_half, shares, stored, start, apart, mean, out.view(torch.uint16).numpy())
        else:
            spread(scale, shares, stored, start, apart, mean, out.numpy())
        return out.view(b, height, width, depth).permute(0, 3, 1, 2)

    @torch.no_grad()
    def centre(self, screens: Tensor) -> None:
        """Set the mean image, which `scaled` subtracts, to the mean of these observations, `(n, depth, height, width)`.

        Otherwise a still background drives every filter, and the first steps, which lower all values, switch most of the units off.
        """
        # Integers: bfloat16 subtracts them exactly.
        self.mean.copy_(screens.float().mean((0, 1)).round_())


class OwnQNetwork(Module):
    """Values of all actions by any torch network, from a stack of grey frames.

    Args:
        network: maps frames, float32 in [0, 1], `(b, depth, height, width)`, to values `(b, actions)`.
        depth, height, width, actions: of what comes and goes.

    Raises:
        ValueError: for two blank observations it gives something else, or it has no parameters to train.
    """

    screen: In[UInt8[Tensor, "b depth height width"]]
    q: Out[Float[Tensor, "b actions"]]

    def __init__(self, network: nn.Module, depth: int, height: int, width: int, actions: int) -> None:
        super().__init__()
        self.network, self.depth, self.height, self.width, self.actions = network, depth, height, width, actions
        frames, training = torch.zeros(2, depth, height, width), network.training
        try:
            with torch.no_grad(), torch.random.fork_rng(devices=()):
                found = network.eval()(frames)
        except FAULTS as error:  # any error of the user's network
            raise ValueError(f"it does not take frames {tuple(frames.shape)}: {fault(error)}") from error
        network.train(training)
        if not isinstance(found, Tensor) or found.shape != (2, actions) or not found.is_floating_point():
            made = (
                f"{str(found.dtype).removeprefix('torch.')} of shape {tuple(found.shape)}"
                if isinstance(found, Tensor)
                else type(found).__name__
            )
            raise ValueError(
                f"for frames {tuple(frames.shape)} it gives {made}: it must give one floating-point value for each action, (2, {actions})"
            )
        if not bool(found.isfinite().all()):
            raise ValueError(f"for blank frames it gives {found.tolist()}: it must give finite values")
        if not any(parameter.requires_grad for parameter in network.parameters()):
            raise ValueError("it has no parameters to train: give it some, such as those of a torch.nn.Linear")

    def forward(self, screen: Tensor) -> Tensor:
        """Values `(b, actions)`."""
        return self.from_pixels(self.scaled(screen))

    def from_pixels(self, pixels: Tensor) -> Tensor:
        """The same from pixels that are `scaled`."""
        values: Tensor = self.network(pixels)
        return values.float()

    def scaled(self, screen: Tensor) -> Tensor:
        """Frames in [0, 1]."""
        return screen / 255


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
