"""What a trained reader and saccader do on held-out images, and how the eye moves."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade.command_line import warn
from saccade.runs import Checkpoint, save_checkpoint
from saccade.training.recipe import Recipe
from saccade.training.task import Advance, silently
from saccade.worlds import LabelledImages

from .looks import Looks, batch_of, look, rewire
from .measures import cost, drawn_accuracy, hit_rate, measure_fixations
from .settings import Gaze
from .stopping import stopping
from .system import LookingSystem

_SAMPLES = 64
_PATCHES = 12
_THRESHOLDS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)
LOOKS_FILE = "looks.safetensors"


def evaluate(
    recipe: Recipe, settings: Any, brain: Mapping[str, Tensor], data: LabelledImages, advance: Advance = silently
) -> tuple[dict[str, Any], Looks, Seen]:
    """Accuracy by fixation, how the eye moves, and the same reader under random fixations.

    `advance` is called with the images that were looked at, those of every pass: see `passes`.

    Returns:
        The measures, every fixation, and the first images with their glimpses.
    """
    system = rewire(recipe, settings, brain, data)
    looks = look(system, advance=advance)
    accuracy = looks.accuracy()
    size = (settings.field,) * 2 if settings.field else (system.digits.height, system.digits.width)
    measures = {
        "accuracy": accuracy[-1],
        "accuracy_by_fixation": accuracy,
        "fixations": dataclasses.asdict(measure_fixations(looks, *size)),
        "images": len(looks.labels),
    }
    if (random := _at_random(recipe, settings, brain, data, looks, advance)) is not None:
        measures["random_fixations_accuracy"] = random
    measures |= cost(system)
    if system.draws:
        measures["passes"] = system.draws + 1
        measures["accuracy_of_copies"] = drawn_accuracy(recipe, settings, brain, data, looks, system.draws, advance)
    if looks.confidence is not None:
        measures["stopping"] = [dataclasses.asdict(stopping(looks, threshold)) for threshold in _THRESHOLDS]
    if system.field:
        measures["hit_rate"] = hit_rate(looks, system.field.side, system.digits.height, system.digits.width)
    return measures, looks, _first_seen(rewire(recipe, settings, brain, data))


def passes(settings: Any) -> int:
    """How often `evaluate` looks at each image."""
    return 2 + int(getattr(settings, "draws", 0))


def _at_random(
    recipe: Recipe, settings: Any, brain: Mapping[str, Tensor], data: LabelledImages, own: Looks, advance: Advance
) -> float | None:
    """Accuracy of the same reader under random fixations; None, and a warning, where the wiring looks as before."""
    if len(own.places) == 1 or settings.gaze is Gaze.RANDOM:
        return own.accuracy()[-1]
    system = rewire(recipe, dataclasses.replace(settings, gaze=Gaze.RANDOM), brain, data, partly=True)
    random = look(system, advance=advance)
    if torch.equal(random.places, own.places):
        warn(
            [
                f"recipe {recipe.name!r}: its wiring does not follow the setting gaze, so that random fixations are not measured; "
                "choose the module that looks by settings.gaze"
            ]
        )
        return None
    return random.accuracy()[-1]


@dataclass(frozen=True)
class Seen:
    """The first images as they were placed, and their glimpses, uint8."""

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
    images, patches = ((pixels * 255).round().to(torch.uint8).cpu() for pixels in (images, patches))
    extent = system.digits.height, system.digits.width
    return Seen(images.squeeze(1) if images.shape[1] == 1 else images, patches, extent)


def save_looks(path: Path, looks: Looks, seen: Seen, classes: Sequence[str]) -> None:
    """Save every fixation for the report, and the first images with their glimpses."""
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
