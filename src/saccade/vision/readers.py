"""Readers: from the patch under the eye, and where the eye is, to a hidden state and class logits."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.graph import In, Module, Out

from .glimpse_network import (
    PLACE_FEATURES,
    GatedGlimpse,
    SummedGlimpse,
    convolutional_encoder,
    dense_encoder,
    place_features,
)


class ClassHead(nn.Sequential):
    """Two dense layers to class logits."""

    def __init__(self, units: int, classes: int) -> None:
        super().__init__(nn.Linear(units, 128), nn.ReLU(), nn.Linear(128, classes))


class FeedForwardReader(Module):
    """Classifies every patch on its own; it keeps no state between fixations.

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
        self.see = GatedGlimpse(dense_encoder(size, channels, width), size, channels, units)
        self.head = ClassHead(units, classes)

    def forward(self, patch: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden layer `(b, units)` and logits `(b, classes)`."""
        hidden = self.see(patch, at)
        return hidden, self.head(hidden)


class RecurrentReader(Module):
    """Adds up what it saw in a recurrent core.

    Wire `reader.hidden >> reader.state`: recurrence is an edge.

    Args:
        size: side of the patch in pixels.
        units: size of the hidden state, which the saccader sees.
        classes: number of classes.
        channels: planes of the patch: image channels times scales.
        see: glimpse network, `(b, channels, size, size)`, `(b, 2)` -> `(b, units)`; default: a `GatedGlimpse`
            of one linear layer of 192 units.
        core: recurrent cell, `(b, units)`, `(b, units)` -> `(b, units)`; default: a gated recurrent unit
            (Cho et al. 2014).
        head: class logits of the hidden state; default: `ClassHead`.
    """

    patch: In[Float[Tensor, "b channels size size"]]
    at: In[Float[Tensor, "b 2"]] = In(init=0.0)
    state: In[Float[Tensor, "b units"]] = In(init=0.0)
    hidden: Out[Float[Tensor, "b units"]]
    logits: Out[Float[Tensor, "b classes"]]

    def __init__(
        self,
        size: int,
        units: int = 256,
        classes: int = 10,
        channels: int = 1,
        see: nn.Module | None = None,
        core: nn.Module | None = None,
        head: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.size, self.units, self.classes, self.channels = size, units, classes, channels
        self.see = GatedGlimpse(dense_encoder(size, channels), size, channels, units) if see is None else see
        self.core = nn.GRUCell(units, units) if core is None else core
        self.head = ClassHead(units, classes) if head is None else head

    def forward(self, patch: Tensor, at: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """New hidden state `(b, units)` and logits `(b, classes)`."""
        hidden = self.core(self.see(patch, at), state)
        return hidden, self.head(hidden)


def glimpse_reader(size: int, units: int = 256, classes: int = 10, channels: int = 1) -> RecurrentReader:
    """A recurrent reader behind convolutions, normalised layer by layer: what RAM's figures are made with."""
    see = GatedGlimpse(convolutional_encoder(size, channels), size, channels, units, normalise=True)
    return RecurrentReader(size, units, classes, channels, see)


class RectifiedCore(nn.Module):
    """relu(linear(glimpse) + linear(state)), in one product: `(b, units)`, `(b, units)` -> `(b, units)`."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.both = nn.Linear(2 * units, units)

    def forward(self, glimpse: Tensor, state: Tensor) -> Tensor:
        """The new state."""
        return F.relu(self.both(torch.cat([glimpse, state], dim=1)))


def published_reader(size: int, units: int = 256, classes: int = 10, channels: int = 1) -> RecurrentReader:
    """The reader as RAM published it (Mnih et al. 2014, section 4): a core of rectified linear units, a linear head."""
    see, core = SummedGlimpse(size, channels, units), RectifiedCore(units)
    return RecurrentReader(size, units, classes, channels, see, core, nn.Linear(units, classes))


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
        """Summary `(b, units)`, new state `(b, maps, size, size)` and logits `(b, classes)`."""
        gain, shift = self.where(place_features(at))[:, :, None, None].chunk(2, dim=1)
        seen = F.relu(self.what(patch) * (gain + 1) + shift)
        update, reset = torch.sigmoid(self.gates(torch.cat([seen, state], dim=1))).chunk(2, dim=1)
        fresh = torch.tanh(self.candidate(torch.cat([seen, reset * state], dim=1)))
        memory = state + update * (fresh - state)
        hidden = F.relu(self.dense(memory.flatten(1)))
        return hidden, memory, self.head(hidden)
