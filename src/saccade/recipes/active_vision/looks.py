"""Runs a system on every image of a set: its fixations and its predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from saccade.devices import device_of, on_cpu
from saccade.graph import Out
from saccade.training.recipe import Recipe
from saccade.training.task import Advance, silently
from saccade.worlds import LabelledImages

from .system import LookingSystem

# The same placements in a field for every run that is evaluated, whatever its own seed.
_EVALUATION_SEED = 20_201_108
_MAP_BINS = 28
_BATCH = 2000
_PIXELS = 20_000_000  # of a batch


@dataclass(frozen=True)
class Looks:
    """What a system saw and predicted on every image of a set: `t` fixations of `n` images; on the CPU."""

    places: Tensor  # (t, n, 2), x and y in half-widths
    probabilities: Tensor  # (t, n, classes)
    labels: Tensor  # (n,)
    centres: Tensor | None = None  # (n, 2), of the digits, where they lie in a field
    confidence: Tensor | None = None  # (t, n), predicted probability that the prediction is right

    @property
    def correct(self) -> Tensor:
        """`(t, n)` bool: the most probable class is the label."""
        return self.probabilities.argmax(2) == self.labels

    def accuracy(self) -> list[float]:
        """Share of right answers after 1, 2, … fixations."""
        return [float(share) for share in self.correct.double().mean(1)]

    def map(self, first: int = 1) -> Tensor:
        """Shares of fixations in a grid of 28x28 places, `(28, 28)`; `first` 1 leaves out the first, which is not chosen."""
        places = self.places[first:]
        cells = ((places.clamp(-1, 1) + 1) / 2 * (_MAP_BINS - 1)).round().long().reshape(-1, 2)
        counts = torch.bincount(cells[:, 1] * _MAP_BINS + cells[:, 0], minlength=_MAP_BINS**2).double()
        return (counts / counts.sum().clamp(min=1)).view(_MAP_BINS, _MAP_BINS)


def rewire(
    recipe: Recipe,
    settings: Any,
    brain: Mapping[str, Tensor],
    data: LabelledImages,
    partly: bool = False,
    **how: Any,
) -> LookingSystem:
    """The system around other images, in `eval()` mode, with trained weights.

    Args:
        recipe, settings: how to wire it.
        brain: trained weights (`Graph.brain_state`); the system computes where they are.
        data: the images.
        partly: take only the weights that this system has (another gaze on the same reader).
        how: what else the recipe's `wire` takes: `smooth`, `stop`, `placed`.

    Raises:
        WiringError: the weights are of another system.
    """
    system: LookingSystem = on_cpu(recipe.wire)(settings, data, learn=False, **how)
    system.graph.to(device_of(brain))
    wanted = system.graph.brain_state()
    system.graph.load_brain_state({name: value for name, value in brain.items() if name in wanted or not partly})
    system.graph.seed(_EVALUATION_SEED)
    system.graph.eval()
    return system


def batch_of(system: LookingSystem) -> int:
    """How many images to look at in one pass: large ones fewer."""
    digits = system.digits
    pixels = system.field.side**2 if system.field else digits.height * digits.width
    return max(1, min(_BATCH, _PIXELS // (pixels * digits.channels)))


@torch.no_grad()
def look(system: LookingSystem, batch: int | None = None, advance: Advance = silently) -> Looks:
    """Look at every image of the system's set once; `advance` is called with the images that were looked at."""
    batch = batch or batch_of(system)
    n, parts = len(system.digits.labels), list[tuple[Tensor, ...]]()
    watch: tuple[Out[Any], ...] = system.eye.fixation, system.reader.logits, system.digits.label
    extra = {"centres": system.field.centre} if system.field else {}
    extra |= {"confidence": system.confidence.confidence} if system.confidence else {}
    watch = *watch, *extra.values()
    for start in range(0, n, batch):
        trace = system.graph.unroll(min(batch, n - start), watch=watch)
        advance(min(batch, n - start))
        places, logits, *others = (trace[port] for port in watch)
        parts.append(tuple(value.cpu() for value in (places, logits.softmax(2), *others)))
    places, probabilities, labels, *others = (torch.cat(column, 1) for column in zip(*parts, strict=True))
    found = dict(zip(extra, others, strict=True))
    centres = found["centres"][0] if "centres" in found else None
    return Looks(places, probabilities, labels[0], centres, found.get("confidence"))
