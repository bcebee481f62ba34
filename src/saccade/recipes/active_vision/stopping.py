"""Looking no longer than needed: an episode ends as soon as the system is sure to be right."""

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
        ValueError: the system has no forecast of being right.
    """
    if looks.sure is None:
        raise ValueError("these looks have no predicted probability of being right")
    going = (looks.sure[:-1] <= threshold).cumprod(0)
    taken = going.sum(0)  # the index of the last look
    correct = looks.correct.gather(0, taken.unsqueeze(0))
    return EarlyExit(threshold, float(taken.double().mean()) + 1, float(correct.double().mean()))


@torch.no_grad()
def stop_when_sure(
    recipe: Recipe, settings: Any, brain: Mapping[str, Tensor], data: LabelledImages, threshold: float
) -> EarlyExit:
    """The same by really stopping: an episode leaves the loop when the system is surer than the threshold.

    Raises:
        ValueError: the threshold is no probability, or the system has no forecast of being right.
    """
    if rewire(recipe, settings, brain, data).sure is None:
        raise ValueError("this system does not predict whether it is right")
    system = rewire(recipe, settings, brain, data, stop=threshold)
    assert system.sure is not None
    taken, right, n = 0, 0, len(system.digits.labels)
    batch = batch_of(system)
    for start in range(0, n, batch):
        trace = system.graph.unroll(min(batch, n - start), watch=(system.sure.sure, system.prediction.correct))
        sure = trace[system.sure.sure]
        taken += int((sure[:-1] <= threshold).cumprod(0).sum()) + sure.shape[1]
        right += int(trace[system.prediction.correct].sum())
    return EarlyExit(threshold, taken / n, right / n)
