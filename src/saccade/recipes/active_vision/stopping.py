"""Looking no longer than needed: an episode ends as soon as the system is sure to be right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from saccade.worlds import LabelledImages

from saccade.training.recipe import Recipe
from .looks import Looks, batch_of, rewire


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
