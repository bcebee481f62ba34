"""Forecasts of masks: networks trained on all folds of the images but one, so that no image is forecast by one that has seen it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from saccade.agents import Learner, LearnerSettings
from saccade.agents.graph_state import graph_state, load_graph_state
from saccade.agents.optimizer_state import by_prefix, with_prefix
from saccade.devices import on_cpu
from saccade.graph import Graph, Network
from saccade.vision.unet import UNet
from saccade.worlds.augmented import Augmented
from saccade.worlds.data.masked import MaskedImages

from .mask_loss import MaskLoss

_CPU = torch.device("cpu")
_BATCH = 64  # of a forecast
_NETWORK = "nodes.network.network."  # where a graph's state holds the network
_SETTINGS = LearnerSettings(learning_rate=3e-3)


@dataclass
class _Fold:
    graph: Graph
    network: UNet
    loss: MaskLoss

    @cached_property
    def learner(self) -> Learner:
        """Made when it is needed: an optimizer loads the half of torch that predictions do without."""
        return Learner(self.graph, _SETTINGS)


class Forecasters:
    """One network per fold.

    Args:
        data: the images; of three folds each network forecasts every third image, and is trained on the others.
        seed: of weights and augmentation.
        folds: how many.
        device: where the networks are; the images and the forecasts are on the CPU.
    """

    def __init__(self, data: MaskedImages, seed: int, folds: int, device: torch.device = _CPU) -> None:
        self._data = data
        self._own = torch.arange(len(data), device=_CPU) % folds
        self._folds = [_fold(data.part(self._own != fold), seed * folds + fold, device) for fold in range(folds)]

    def update(self, fold: int, n: int, progress: float) -> Mapping[str, float]:
        """Train one network on `n` more images."""
        chosen = self._folds[fold]
        update, trace = chosen.learner.update(n, progress, watch=(chosen.loss.iou,))
        return {"loss": update.loss, "reward": 0.0, "train_iou": float(trace[chosen.loss.iou].mean())}

    def of_training(self) -> Tensor:
        """Forecasts of the images they learned from, uint8 `(N, h, w)`: each by the network that has not seen it."""
        found = torch.empty_like(self._data.masks, dtype=torch.uint8)
        for fold, each in enumerate(self._folds):
            mine = self._own == fold
            found[mine] = _bytes(_likely(each.network, self._data.images[mine]))
        return found

    def of(self, images: Tensor) -> Tensor:
        """Forecasts of other images uint8 `(n, 3, h, w)`, the mean of all networks', uint8 `(n, h, w)`."""
        return _bytes(torch.stack([_likely(fold.network, images) for fold in self._folds]).mean(0))

    @property
    def networks(self) -> list[UNet]:
        """The networks, one for each fold."""
        return [fold.network for fold in self._folds]

    def weights(self) -> dict[str, Tensor]:
        """The networks' weights and buffers, by `fold/name`."""
        return {
            name: value
            for place, network in enumerate(self.networks)
            for name, value in with_prefix(str(place), network.state_dict()).items()
        }

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Take over `weights`."""
        parts = by_prefix(weights)
        for place, network in enumerate(self.networks):
            network.load_state_dict(parts[str(place)])

    @staticmethod
    def weights_of(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The `weights` in a `state`."""
        found: dict[str, Tensor] = {}
        for place, fold in by_prefix(state).items():
            graph = by_prefix(fold)["graph"]
            own = {name.removeprefix(_NETWORK): value for name, value in graph.items() if name.startswith(_NETWORK)}
            found |= with_prefix(place, own)
        return found

    def state(self) -> dict[str, Tensor]:
        """Everything that the next update depends on."""
        found: dict[str, Tensor] = {}
        for place, fold in enumerate(self._folds):
            found |= with_prefix(str(place), graph_state(fold.graph, fold.learner))
        return found

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        folds = by_prefix(state)
        for place, fold in enumerate(self._folds):
            load_graph_state(by_prefix(folds[str(place)]), fold.graph, fold.learner)


def _fold(data: MaskedImages, seed: int, device: torch.device) -> _Fold:
    graph, network, loss = _wired(data)
    graph.to(device)
    graph.seed(seed)
    return _Fold(graph, network, loss)


@on_cpu
def _wired(data: MaskedImages) -> tuple[Graph, UNet, MaskLoss]:
    height, width = data.size
    draw, loss, network = Augmented(data), MaskLoss(), UNet()
    takes: Any = Float[Tensor, f"b 3 {height} {width}"]
    forecast = Network(network, takes, Float[Tensor, f"b {height} {width}"])
    draw.image >> forecast.input
    forecast.output >> loss.logits
    draw.ground_truth >> loss.ground_truth
    return Graph(draw, forecast, loss), network, loss


@torch.no_grad()
def _likely(network: UNet, images: Tensor) -> Tensor:
    """Probability of the object, float `(n, h, w)`, on the CPU; the mean of an image and its mirror image."""
    before, device = network.training, network.out.weight.device
    network.eval()
    parts = []
    for batch in torch.split(images, _BATCH):
        seen = batch.to(device).float() / 255
        parts.append(((network(seen).sigmoid() + network(seen.flip(3)).sigmoid().flip(2)) / 2).cpu())
    network.train(before)
    return torch.cat(parts)


def _bytes(likely: Tensor) -> Tensor:
    return (likely * 255).round().to(torch.uint8)
