from __future__ import annotations

import math

import pytest
import torch

from saccade.agents.averaged import AveragedWeights, BestWeights
from saccade.agents.optimizer_state import by_prefix


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


def weights(value: float) -> dict[str, torch.Tensor]:
    return {"weight": torch.full((2,), value)}


@pytest.mark.parametrize(("latest_of_equals", "kept"), [(False, 2.0), (True, 4.0)])
def test_the_weights_of_the_best_validation_are_kept(latest_of_equals: bool, kept: float) -> None:
    best = BestWeights(latest_of_equals)
    assert best.value == -math.inf and not best.best
    for number, value in ((1.0, 0.3), (2.0, 0.8), (3.0, 0.7), (4.0, 0.8), (5.0, -1.0)):
        best.validated(value, weights(number))
    assert best.value == 0.8 and best.best["weight"].tolist() == [kept, kept]


def test_the_best_weights_are_a_copy() -> None:
    best, now = BestWeights(), weights(1.0)
    best.validated(0.5, now)
    now["weight"] += 1  # in place, as optimisers do
    assert best.best["weight"].tolist() == [1, 1]


def test_best_weights_go_on_from_their_state() -> None:
    best = BestWeights()
    best.mean.update(weights(1.0))
    best.validated(0.1 + 0.2, best.mean.state)
    best.mean.update(weights(3.0))
    state = {name: value.clone() for name, value in best.state().items()}
    assert state.keys() == {"mean/weight", "mean updates/", "best/weight", "best value/"}
    again = BestWeights()
    again.load(by_prefix(state))
    assert again.value == 0.1 + 0.2 and again.best["weight"].tolist() == [1, 1]  # to the last digit
    for each in (best, again):
        each.mean.update(weights(8.0))
        assert each.mean.updates == 3 and each.mean.state["weight"].tolist() == [4, 4]  # still the plain mean


def test_a_state_before_any_validation() -> None:
    best, again = BestWeights(), BestWeights()
    best.mean.update(weights(2.0))
    state = best.state()
    assert state.keys() == {"mean/weight", "mean updates/"}
    again.load(by_prefix(state))
    assert again.value == -math.inf and not again.best and again.mean.updates == 1
    again.load(by_prefix({}))  # of a checkpoint without them
    assert again.mean.updates == 1
