"""Measures of fixations: how the eye moves, whether it finds the digit, the accuracy over several passes, and the cost of a pass."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from saccade.training.recipe import Recipe
from saccade.training.task import Advance, silently
from saccade.worlds import LabelledImages

from .looks import Looks, look, rewire
from .system import LookingSystem


@dataclass(frozen=True)
class Fixations:
    """How the eye moves. A collapsed gaze has an entropy near 0 and saccades of length 0."""

    entropy: float  # of the map of chosen fixations, in bits
    entropy_within: float  # mean over steps of the map of one step: how much a step depends on the image
    jump: float  # saccade amplitude: mean distance between successive fixations, in pixels


def measure_fixations(looks: Looks, height: int, width: int) -> Fixations:
    """Entropy of the fixation map and distance between successive fixations, for images of so many pixels."""
    if len(looks.places) == 1:
        return Fixations(0.0, 0.0, 0.0)
    entropy = _entropy(looks.map())
    steps = [Looks(looks.places[t : t + 1], looks.probabilities, looks.labels) for t in range(1, len(looks.places))]
    within = [_entropy(step.map(first=0)) for step in steps]
    jumps = (looks.places.clamp(-1, 1).diff(dim=0) * looks.places.new_tensor([(width - 1) / 2, (height - 1) / 2])).norm(
        dim=2
    )
    return Fixations(entropy, sum(within) / len(within), float(jumps.mean()))


def _entropy(shares: Tensor) -> float:
    positive = shares[shares > 0]
    return float(-(positive * positive.log2()).sum()) + 0.0 if len(positive) else math.nan


def drawn_accuracy(
    recipe: Recipe,
    settings: Any,
    brain: Mapping[str, Tensor],
    data: LabelledImages,
    first: Looks,
    draws: int,
    advance: Advance = silently,
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
        total += look(system, advance=advance).probabilities[-1]
    return float((total.argmax(1) == first.labels).double().mean())


@torch.no_grad()
def cost(system: LookingSystem) -> dict[str, int]:
    """Parameters of the brain, and its multiply-adds per image, as torch counts them in matrix products."""
    with FlopCounterMode(display=False) as counter:
        system.graph.unroll(1)
    brain = (m for m in system.graph.program.modules if not m.is_world)
    parameters = sum(p.numel() for module in brain for p in module.parameters())
    return {"parameters": parameters, "multiply_adds": counter.get_total_flops() // 2}


def hit_rate(looks: Looks, side: int, height: int, width: int) -> list[float]:
    """Share of fixations on the digit's image of `height`×`width` pixels in a field of `side`, by fixation."""
    if looks.centres is None:
        raise ValueError("where the digits lie is not known of these fixations")
    away = (looks.places - looks.centres).abs() * (side - 1) / 2
    on = (away <= away.new_tensor([width / 2, height / 2])).all(2)
    return [float(share) for share in on.double().mean(1)]
