"""Readers: from the patch under the eye, and where the eye is, to a hidden state and class logits.

All three gate the features of the patch by the place it was seen at, feature by feature:
relu(W·patch · (1 + gate(place)) + shift(place)). "What" without "where" does not add up to a digit.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.graph import In, Module, Out

_OCTAVES = 6


def place_features(at: Tensor) -> Tensor:
    """Sines and cosines of a place at six octaves: `(b, 2)` -> `(b, 26)`."""
    frequency = torch.tensor([math.pi / 2 * 2**octave for octave in range(_OCTAVES)], dtype=at.dtype, device=at.device)
    angle = (at.clamp(-1, 1).unsqueeze(2) * frequency).flatten(1)
    return torch.cat([at, angle.sin(), angle.cos()], dim=1)


PLACE_FEATURES = 2 + 4 * _OCTAVES


class PlacedPatch(nn.Module):
    """Embeds a patch, gated by its place: `(b, c, s, s)`, `(b, 2)` -> `(b, units)`."""

    def __init__(self, size: int, channels: int, width: int, units: int) -> None:
        super().__init__()
        self.what = nn.Linear(channels * size * size, width)
        self.where = nn.Linear(PLACE_FEATURES, 2 * width)
        self.out = nn.Linear(width, units)

    def forward(self, patch: Tensor, at: Tensor) -> Tensor:
        """Embed."""
        gate, shift = self.where(place_features(at)).chunk(2, dim=1)
        return F.relu(self.out(F.relu(torch.addcmul(shift, self.what(patch.flatten(1)), gate + 1))))


class ClassHead(nn.Sequential):
    """Two dense layers to class logits."""

    def __init__(self, units: int, classes: int) -> None:
        super().__init__(nn.Linear(units, 128), nn.ReLU(), nn.Linear(128, classes))


class FeedForwardReader(Module):
    """Judges every patch on its own; nothing is remembered between fixations.

    Args:
        size: side of the patch in pixels.
        units: size of the hidden layer that the saccader sees.
        classes: number of classes.
        channels: image channels.
        width: units of the patch's first layer.
    """

    patch: In[Float[Tensor, "b channels size size"]]
    at: In[Float[Tensor, "b 2"]] = In(init=0.0)
    hidden: Out[Float[Tensor, "b units"]]
    logits: Out[Float[Tensor, "b classes"]]

    def __init__(self, size: int, units: int = 256, classes: int = 10, channels: int = 1, width: int = 192) -> None:
        super().__init__()
        self.size, self.units, self.classes, self.channels = size, units, classes, channels
        self.see = PlacedPatch(size, channels, width, units)
        self.head = ClassHead(units, classes)

    def forward(self, patch: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden layer `(b, units)` and logits `(b, classes)`."""
        hidden = self.see(patch, at)
        return hidden, self.head(hidden)


class RecurrentReader(Module):
    """Adds up what it saw in a gated recurrent unit (Cho et al. 2014).

    Wire `reader.hidden >> reader.state`: recurrence is an edge. Arguments as `FeedForwardReader`.
    """

    patch: In[Float[Tensor, "b channels size size"]]
    at: In[Float[Tensor, "b 2"]] = In(init=0.0)
    state: In[Float[Tensor, "b units"]] = In(init=0.0)
    hidden: Out[Float[Tensor, "b units"]]
    logits: Out[Float[Tensor, "b classes"]]

    def __init__(self, size: int, units: int = 256, classes: int = 10, channels: int = 1, width: int = 192) -> None:
        super().__init__()
        self.size, self.units, self.classes, self.channels = size, units, classes, channels
        self.see = PlacedPatch(size, channels, width, units)
        self.core = nn.GRUCell(units, units)
        self.head = ClassHead(units, classes)

    def forward(self, patch: Tensor, at: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """New hidden state `(b, units)` and logits `(b, classes)`."""
        hidden = self.core(self.see(patch, at), state)
        return hidden, self.head(hidden)


class ConvolutionalReader(Module):
    """A convolutional gated recurrent unit over maps of the patch (Ballas et al. 2016).

    The state keeps the patch's layout, `maps` planes of size×size; `hidden` is its dense summary.
    The place enters as a gate on every map. Arguments as `FeedForwardReader`.
    """

    patch: In[Float[Tensor, "b channels size size"]]
    at: In[Float[Tensor, "b 2"]] = In(init=0.0)
    state: In[Float[Tensor, "b maps size size"]] = In(init=0.0)
    hidden: Out[Float[Tensor, "b units"]]
    memory: Out[Float[Tensor, "b maps size size"]]
    logits: Out[Float[Tensor, "b classes"]]

    def __init__(self, size: int, units: int = 256, classes: int = 10, channels: int = 1, maps: int = 24) -> None:
        super().__init__()
        self.size, self.units, self.classes, self.channels, self.maps = size, units, classes, channels, maps
        self.what = nn.Conv2d(channels, maps, 3, padding=1)
        self.where = nn.Linear(PLACE_FEATURES, 2 * maps)
        self.gates = nn.Conv2d(2 * maps, 2 * maps, 3, padding=1)
        self.candidate = nn.Conv2d(2 * maps, maps, 3, padding=1)
        self.dense = nn.Linear(maps * size * size, units)
        self.head = ClassHead(units, classes)

    def forward(self, patch: Tensor, at: Tensor, state: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Summary `(b, units)`, memory `(b, maps, size, size)` and logits `(b, classes)`."""
        gain, shift = self.where(place_features(at))[:, :, None, None].chunk(2, dim=1)
        seen = F.relu(self.what(patch) * (gain + 1) + shift)
        update, reset = torch.sigmoid(self.gates(torch.cat([seen, state], dim=1))).chunk(2, dim=1)
        fresh = torch.tanh(self.candidate(torch.cat([seen, reset * state], dim=1)))
        memory = state + update * (fresh - state)
        hidden = F.relu(self.dense(memory.flatten(1)))
        return hidden, memory, self.head(hidden)
