from __future__ import annotations

import pytest
import torch

from saccade.agents.averaged import AveragedWeights


def test_the_mean_follows_the_weights_slowly_and_counts_at_once() -> None:
    mean, weights = AveragedWeights(), {"weight": torch.zeros(3), "count": torch.tensor(0)}
    mean.update(weights)
    assert (mean.state["weight"] == 0).all()
    weights["weight"] += 1  # in place, as optimisers do: the mean is its own
    weights["count"] += 7
    for step in range(1, 40):
        mean.update(weights)
        assert mean.state["weight"][0] == pytest.approx(1 - 0.95**step, abs=1e-5)
    assert mean.state["count"] == 7
