"""What a trained reader and saccader do on held-out images, and how the eye moves."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from saccade.graph import Out
from saccade.runs import Checkpoint, save_checkpoint
from saccade.worlds import LabelledImages

from .base import LookingSystem, Recipe
from .looking import Gaze

# The same placements in a field for every run that is evaluated, whatever its own seed.
_EVALUATION_SEED = 20_201_108
_MAP_BINS = 28
_BATCH = 2000
_PIXELS = 20_000_000  # of a batch
_SAMPLES = 64
_PATCHES = 12
_THRESHOLDS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)
LOOKS_FILE = "looks.safetensors"


@dataclass(frozen=True)
class Looks:
    """Every look at every image of a set: `t` fixations of `n` images."""

    places: Tensor  # (t, n, 2), x and y in half-widths
    probabilities: Tensor  # (t, n, classes)
    labels: Tensor  # (n,)
    centres: Tensor | None = None  # (n, 2), of the digits, where they lie in a field
    sure: Tensor | None = None  # (t, n), probability to be right, as the system forecasts it

    @property
    def correct(self) -> Tensor:
        """`(t, n)` bool: the most probable class is the label."""
        return self.probabilities.argmax(2) == self.labels

    def accuracy(self) -> list[float]:
        """Share of right answers after 1, 2, … fixations."""
        return [float(share) for share in self.correct.double().mean(1)]

    def map(self, first: int = 1) -> Tensor:
        """Shares of fixations in a grid of 28x28 places, `(28, 28)`; `first` 1 leaves the given first look out."""
        places = self.places[first:]
        cells = ((places.clamp(-1, 1) + 1) / 2 * (_MAP_BINS - 1)).round().long().reshape(-1, 2)
        counts = torch.bincount(cells[:, 1] * _MAP_BINS + cells[:, 0], minlength=_MAP_BINS**2).double()
        return (counts / counts.sum().clamp(min=1)).view(_MAP_BINS, _MAP_BINS)


@dataclass(frozen=True)
class Fixations:
    """How the eye moves. A collapsed gaze has an entropy near 0 and jumps of length 0."""

    entropy: float  # of the map of chosen fixations, in bits
    entropy_within: float  # mean over steps of the map of one step: how much a step depends on the image
    jump: float  # mean distance between successive fixations, in pixels


def measure_fixations(looks: Looks, height: int, width: int) -> Fixations:
    """Entropy of the fixation map and distance between successive fixations, for images of so many pixels."""
    if len(looks.places) == 1:
        return Fixations(0.0, 0.0, 0.0)
    entropy = _entropy(looks.map())
    steps = [Looks(looks.places[t : t + 1], looks.probabilities, looks.labels) for t in range(1, len(looks.places))]
    within = [_entropy(step.map(first=0)) for step in steps]
    jumps = (looks.places.clamp(-1, 1).diff(dim=0) * torch.tensor([(width - 1) / 2, (height - 1) / 2])).norm(dim=2)
    return Fixations(entropy, sum(within) / len(within), float(jumps.mean()))


def _entropy(shares: Tensor) -> float:
    positive = shares[shares > 0]
    return float(-(positive * positive.log2()).sum()) + 0.0 if len(positive) else math.nan


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
        brain: trained weights (`Graph.brain_state`).
        data: the images.
        partly: take only the weights that this system has (another gaze on the same reader).
        how: what else the recipe's `wire` takes: `smooth`, `stop`.

    Raises:
        WiringError: the weights are of another system.
    """
    system: LookingSystem = recipe.wire(settings, data, shuffle=False, **how)
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
def look(system: LookingSystem, batch: int | None = None) -> Looks:
    """Look at every image of the system's set once."""
    batch = batch or batch_of(system)
    n, parts = len(system.digits.labels), list[tuple[Tensor, ...]]()
    watch: tuple[Out[Any], ...] = system.eye.fixation, system.reader.logits, system.digits.label
    extra = {"centres": system.field.centre} if system.field else {}
    extra |= {"sure": system.sure.sure} if system.sure else {}
    watch = *watch, *extra.values()
    for start in range(0, n, batch):
        trace = system.graph.unroll(min(batch, n - start), watch=watch)
        places, logits, *others = (trace[port] for port in watch)
        parts.append((places, logits.softmax(2), *others))
    places, probabilities, labels, *others = (torch.cat(column, 1) for column in zip(*parts, strict=True))
    found = dict(zip(extra, others, strict=True))
    centres = found["centres"][0] if "centres" in found else None
    return Looks(places, probabilities, labels[0], centres, found.get("sure"))


@dataclass(frozen=True)
class Stopping:
    """What comes of stopping as soon as the system is surer than a threshold to be right."""

    threshold: float
    looks: float  # mean number of looks
    accuracy: float


def stopping(looks: Looks, threshold: float) -> Stopping:
    """Early stopping, told from whole episodes.

    Raises:
        ValueError: the system has no forecast of being right.
    """
    if looks.sure is None:
        raise ValueError("these looks do not know how sure the system was")
    going = (looks.sure[:-1] <= threshold).cumprod(0)
    taken = going.sum(0)  # the index of the last look
    correct = looks.correct.gather(0, taken.unsqueeze(0))
    return Stopping(threshold, float(taken.double().mean()) + 1, float(correct.double().mean()))


@torch.no_grad()
def stop_when_sure(
    recipe: Recipe, settings: Any, brain: Mapping[str, Tensor], data: LabelledImages, threshold: float
) -> Stopping:
    """The same by stopping in fact: an episode leaves the loop when the system is surer than the threshold.

    Raises:
        ValueError: the threshold is no probability, or the system has no forecast of being right.
    """
    if rewire(recipe, settings, brain, data).sure is None:
        raise ValueError("this system does not tell how sure it is")
    system = rewire(recipe, settings, brain, data, stop=threshold)
    assert system.sure is not None
    taken, right, n = 0, 0, len(system.digits.labels)
    batch = batch_of(system)
    for start in range(0, n, batch):
        trace = system.graph.unroll(min(batch, n - start), watch=(system.sure.sure, system.verdict.correct))
        sure = trace[system.sure.sure]
        taken += int((sure[:-1] <= threshold).cumprod(0).sum()) + sure.shape[1]
        right += int(trace[system.verdict.correct].sum())
    return Stopping(threshold, taken / n, right / n)


def drawn_accuracy(
    recipe: Recipe, settings: Any, brain: Mapping[str, Tensor], data: LabelledImages, first: Looks, draws: int
) -> float:
    """Accuracy of the mean of the probabilities after `first` and after `draws` passes with places drawn anew.

    Monte Carlo copies at test time: the scenes are the same in every pass, the policy's noise is not.
    """
    total = first.probabilities[-1].clone()
    for draw in range(draws):
        system = rewire(recipe, settings, brain, data)
        for actor in system.graph.actors:
            actor.train()
            actor.seed(draw)
        total += look(system).probabilities[-1]
    return float((total.argmax(1) == first.labels).double().mean())


@torch.no_grad()
def cost(system: LookingSystem) -> dict[str, int]:
    """Parameters of the brain, and its multiply-adds an image, as torch counts them in matrix products."""
    with FlopCounterMode(display=False) as counter:
        system.graph.unroll(1)
    brain = (m for m in system.graph.program.modules if not m.is_world)
    parameters = sum(p.numel() for module in brain for p in module.parameters())
    return {"parameters": parameters, "multiply_adds": counter.get_total_flops() // 2}


def hit_rate(looks: Looks, side: int, height: int, width: int) -> list[float]:
    """Share of fixations on the digit's image of `height`×`width` pixels in a field of `side`, by fixation."""
    if looks.centres is None:
        raise ValueError("these looks do not know where the digits lie")
    away = (looks.places - looks.centres).abs() * (side - 1) / 2
    on = (away <= torch.tensor([width / 2, height / 2])).all(2)
    return [float(share) for share in on.double().mean(1)]


def evaluate(
    recipe: Recipe, settings: Any, brain: Mapping[str, Tensor], data: LabelledImages
) -> tuple[dict[str, Any], Looks, Seen]:
    """Accuracy by fixation, how the eye moves, and the same reader under random fixations.

    Returns:
        The measures, every look, and what the eye met and saw of the first images.
    """
    system = rewire(recipe, settings, brain, data)
    looks = look(system)
    accuracy = looks.accuracy()
    size = (settings.field,) * 2 if settings.field else (system.digits.height, system.digits.width)
    measures = {
        "accuracy": accuracy[-1],
        "accuracy_by_fixation": accuracy,
        "random_fixations_accuracy": _at_random(recipe, settings, brain, data) if len(accuracy) > 1 else accuracy[-1],
        "fixations": dataclasses.asdict(measure_fixations(looks, *size)),
        "images": len(looks.labels),
    }
    measures |= cost(system)
    if system.draws:
        measures["passes"] = system.draws + 1
        measures["accuracy_of_copies"] = drawn_accuracy(recipe, settings, brain, data, looks, system.draws)
    if looks.sure is not None:
        measures["stopping"] = [dataclasses.asdict(stopping(looks, threshold)) for threshold in _THRESHOLDS]
    if system.field:
        measures["hit_rate"] = hit_rate(looks, system.field.side, system.digits.height, system.digits.width)
    return measures, looks, _first_seen(rewire(recipe, settings, brain, data))


def _at_random(recipe: Recipe, settings: Any, brain: Mapping[str, Tensor], data: LabelledImages) -> float:
    """Accuracy of the same reader, led at random."""
    random = dataclasses.replace(settings, gaze=Gaze.RANDOM)
    return look(rewire(recipe, random, brain, data, partly=True)).accuracy()[-1]


@dataclass(frozen=True)
class Seen:
    """What the eye met and saw of the first images, uint8."""

    images: Tensor  # (m, h, w) if grey, else (m, channels, h, w): as placed for the eye
    patches: Tensor  # (t, k, planes, s, s): of the first k of them
    extent: tuple[int, int]  # height and width of what lies in a field


@torch.no_grad()
def _first_seen(system: LookingSystem) -> Seen:
    """The first images as placed for the eye, drawn in the same batches as `look` draws them."""
    size = min(batch_of(system), len(system.digits.labels))
    image = system.eye.image.fed_by()
    trace = system.graph.unroll(size, watch=(image, system.eye.patch))
    images, patches = trace[image][0, :_SAMPLES], trace[system.eye.patch][:, :_PATCHES]
    images, patches = ((pixels * 255).round().to(torch.uint8) for pixels in (images, patches))
    extent = system.digits.height, system.digits.width
    return Seen(images.squeeze(1) if images.shape[1] == 1 else images, patches, extent)


def save_looks(path: Path, looks: Looks, seen: Seen, classes: Sequence[str]) -> None:
    """Keep every look for the report, and what was seen of the first images."""
    tensors = {
        "places": looks.places.half(),
        "probabilities": looks.probabilities.half(),
        "labels": looks.labels,
        "answers": looks.probabilities[-1].argmax(1),  # halves of them may tie
        "images": seen.images,
        "patches": seen.patches,
    }
    if looks.centres is not None:
        tensors["centres"] = looks.centres
    save_checkpoint(path, Checkpoint(tensors, {"classes": list(classes), "extent": seen.extent}))
