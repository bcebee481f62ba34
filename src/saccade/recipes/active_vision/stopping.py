"""Early stopping: an episode ends as soon as the system is confident enough of its prediction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from saccade.training.recipe import Recipe
from saccade.training.task import EarlyExit
from saccade.worlds import LabelledImages

from .looks import Looks, batch_of, rewire


def stopping(looks: Looks, threshold: float) -> EarlyExit:
    """Early stopping, computed from whole episodes.

    Raises:
        ValueError: the system does not predict its own confidence.
    """
    if looks.confidence is None:
        raise ValueError("these fixations come without a predicted probability of being right")
    going = (looks.confidence[:-1] <= threshold).cumprod(0)
    taken = going.sum(0)  # the index of the last fixation
    correct = looks.correct.gather(0, taken.unsqueeze(0))
    return EarlyExit(threshold, float(taken.double().mean()) + 1, float(correct.double().mean()))


@torch.no_grad()
def stop_when_confident(
    recipe: Recipe, settings: Any, brain: Mapping[str, Tensor], data: LabelledImages, threshold: float
) -> EarlyExit:
    """Early stopping in fact: an episode leaves the loop when the confidence is above the threshold.

    Raises:
        ValueError: the threshold is no probability, or the system does not predict its own confidence.
    """
    if rewire(recipe, settings, brain, data).confidence is None:
        raise ValueError("this system does not predict whether it is right")
    system = rewire(recipe, settings, brain, data, stop=threshold)
    assert system.confidence is not None
    port = system.confidence.confidence
    taken, right, n = 0, 0, len(system.digits.labels)
    batch = batch_of(system)
    for start in range(0, n, batch):
        trace = system.graph.unroll(min(batch, n - start), watch=(port, system.prediction.correct))
        confidence = trace[port]
        taken += int((confidence[:-1] <= threshold).cumprod(0).sum()) + confidence.shape[1]
        right += int(trace[system.prediction.correct].sum())
    return EarlyExit(threshold, taken / n, right / n)
