from __future__ import annotations

import pytest
import torch

from saccade.agents.averaged import AveragedWeights


def test_at_first_it_is_the_plain_mean() -> None:
    mean, weights = AveragedWeights(), {"weight": torch.zeros(3), "count": torch.tensor(0)}
    for step in range(1, 20):
        weights["weight"] += 1  # in place, as optimisers do: the mean is its own
        weights["count"] += 2
        mean.update(weights)
        assert mean.state["weight"][0] == pytest.approx((step + 1) / 2)
        assert mean.state["count"] == 2 * step and mean.updates == step


def test_later_it_follows_slowly() -> None:
    mean = AveragedWeights()
    for _ in range(100):
        mean.update({"weight": torch.zeros(1)})
    for step in range(1, 40):
        mean.update({"weight": torch.ones(1)})
        assert mean.state["weight"][0] == pytest.approx(1 - 0.95**step, abs=1e-5)
