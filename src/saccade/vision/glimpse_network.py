"""Glimpse networks: what is seen and where it is seen, in one vector (Mnih et al. 2014, figure 1B).

The published one adds the two. Ours gates the features of the glimpse by its place, feature by feature:
relu(what · (1 + gate(place)) + shift(place)). "What" without "where" does not add up to a digit.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.own_code import FAULTS, fault

_OCTAVES = 6
PLACE_FEATURES = 2 + 4 * _OCTAVES


def place_features(at: Tensor) -> Tensor:
    """Sines and cosines of a place at six octaves: `(b, 2)` -> `(b, 26)`."""
    frequency = torch.tensor([math.pi / 2 * 2**octave for octave in range(_OCTAVES)], dtype=at.dtype, device=at.device)
    angle = (at.clamp(-1, 1).unsqueeze(2) * frequency).flatten(1)
    return torch.cat([at, angle.sin(), angle.cos()], dim=1)


class GatedGlimpse(nn.Module):
    """Features of a glimpse, gated by its place: `(b, c, s, s)`, `(b, 2)` -> `(b, units)`.

    Args:
        encoder: from a glimpse `(b, c, s, s)` to features `(b, …)`, which are flattened; any network, also a
            pretrained one (see `Frozen`).
        size: side of a glimpse in pixels.
        channels: its planes: image channels times scales.
        units: size of the output.
        normalise: layer normalisation of the features and of the output (Ba, Kiros, Hinton 2016).

    Raises:
        ValueError: the encoder does not take such glimpses, or does not give one row per glimpse.
    """

    def __init__(self, encoder: nn.Module, size: int, channels: int, units: int, normalise: bool = False) -> None:
        super().__init__()
        features = features_of(encoder, size, channels)
        self.encoder = encoder
        self.where = nn.Linear(PLACE_FEATURES, 2 * features)
        self.out = nn.Linear(features, units)
        self.norms = nn.ModuleList([nn.LayerNorm(features), nn.LayerNorm(units)] if normalise else [])

    def forward(self, patch: Tensor, at: Tensor) -> Tensor:
        """Embed."""
        gate, shift = self.where(place_features(at)).chunk(2, dim=1)
        what = self.encoder(patch).flatten(1).to(gate.dtype)  # features may be of any precision
        if not self.norms:
            return F.relu(self.out(F.relu(torch.addcmul(shift, what, gate + 1))))
        within, after = self.norms
        return F.relu(after(self.out(F.relu(torch.addcmul(shift, within(what), gate + 1)))))


class SummedGlimpse(nn.Module):
    """The glimpse network as published: relu(linear(relu(linear(patch))) + linear(relu(linear(place)))).

    `(b, c, s, s)`, `(b, 2)` -> `(b, units)`; RAM has 128 hidden units for each and 256 `units` (section 4).
    """

    def __init__(self, size: int, channels: int, units: int, hidden: int = 128) -> None:
        super().__init__()
        self.what = nn.Linear(channels * size * size, hidden)
        self.where = nn.Linear(2, hidden)
        self.out = nn.Linear(2 * hidden, units)  # the two linear maps and their sum, in one product

    def forward(self, patch: Tensor, at: Tensor) -> Tensor:
        """Embed."""
        return F.relu(self.out(F.relu(torch.cat([self.what(patch.flatten(1)), self.where(at)], dim=1))))


class Frozen(nn.Module):
    """A pretrained encoder that stays as it is: no gradient, no running averages, no dropout."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder.eval().requires_grad_(False)

    def train(self, mode: bool = True) -> Frozen:
        """Stay in `eval()` mode."""
        super().train(mode)
        self.encoder.eval()
        return self

    def forward(self, patch: Tensor) -> Tensor:
        """Encode."""
        with torch.no_grad():
            features: Tensor = self.encoder(patch)
        return features


class EachScale(nn.Module):
    """Shows an encoder of images the scales of a glimpse one by one: `(b, scales * c, s, s)` -> `(b, scales * …)`.

    Args:
        encoder: `(n, c, s, s)` -> one row of features an image, of any shape.
        channels: c, the image's channels.

    Raises:
        ValueError: when called, the encoder does not give one row an image.
    """

    def __init__(self, encoder: nn.Module, channels: int) -> None:
        super().__init__()
        self.encoder, self.channels = encoder, channels

    def forward(self, patch: Tensor) -> Tensor:
        """Encode."""
        b, _, height, width = patch.shape
        images = patch.reshape(-1, self.channels, height, width)
        features: Tensor = self.encoder(images)
        _check_rows(features, images)
        return features.reshape(b, -1)


def _check_rows(found: object, glimpses: Tensor) -> None:
    shape = tuple(found.shape) if isinstance(found, Tensor) else None
    if shape is None or len(shape) < 2 or shape[0] != len(glimpses):
        made = f"a tensor {shape}" if shape is not None else type(found).__name__
        raise ValueError(f"the encoder makes {made} of {tuple(glimpses.shape)}, not one row of features per glimpse")


def dense_encoder(size: int, channels: int, width: int = 192) -> nn.Sequential:
    """One linear layer."""
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * size * size, width))


def convolutional_encoder(size: int, channels: int, maps: int = 32) -> nn.Sequential:
    """Convolutions, at stride 2 while the maps are large, down to 3×3 or 4×4 maps of `2 * maps` planes.

    On 12×12: 4×4 at stride 2 to `maps` planes of 5×5, then 3×3 to 3×3.

    Raises:
        ValueError: the glimpse is smaller than 6×6 pixels.
    """
    if size < 6:
        raise ValueError(f"size={size}: a convolutional glimpse network needs 6x6 pixels or more")
    stride = 2 if size >= 12 else 1
    layers: list[nn.Module] = [nn.Conv2d(channels, maps, 4, stride)]
    side, planes = (size - 4) // stride + 1, maps
    while len(layers) == 1 or side > 4:
        stride = 2 if side > 8 else 1
        layers += [nn.ReLU(), nn.Conv2d(planes, 2 * maps, 3, stride)]
        side, planes = (side - 3) // stride + 1, 2 * maps
    return nn.Sequential(*layers)


def features_of(encoder: nn.Module, size: int, channels: int) -> int:
    """How many features an encoder makes of a glimpse.

    Raises:
        ValueError: it does not take such glimpses, or does not give one row per glimpse.
    """
    training = {module: module.training for module in encoder.modules()}
    glimpses = torch.zeros(2, channels, size, size)
    try:
        with torch.no_grad():
            found = encoder.eval()(glimpses)
    except FAULTS as error:  # any error of the user's network
        raise ValueError(f"the encoder does not take glimpses of {tuple(glimpses.shape)}: {fault(error)}") from error
    finally:
        for module, mode in training.items():
            module.training = mode
    _check_rows(found, glimpses)
    if not found.is_floating_point() or not bool(found.isfinite().all()):
        kind = str(found.dtype).removeprefix("torch.")
        raise ValueError(f"the encoder makes {kind} of blank glimpses: it must make finite floating-point numbers")
    return int(found[0].numel())
