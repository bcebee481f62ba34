import math

import pytest
import torch
from torch import Tensor

from saccade.agents import Reinforce, ReinforceSettings
from saccade.graph import Decision, Trajectory


def trajectory(reward: Tensor, value: Tensor, log_prob: Tensor, active: Tensor | None = None) -> Trajectory:
    rows = zip(torch.zeros(*reward.shape, 2), log_prob, value, torch.zeros_like(reward), strict=True)
    decisions = [Decision(*row) for row in rows]
    return Trajectory(decisions, [None] * len(decisions) if active is None else list(active), reward)


def test_returns_and_advantages_by_hand() -> None:
    reward, value = torch.tensor([[1.0], [2.0], [4.0]]), torch.tensor([[0.5], [1.0], [3.0]])
    targets = Reinforce(ReinforceSettings(discount=0.5)).targets(trajectory(reward, value, torch.zeros(3, 1)))
    assert targets.returns.flatten().tolist() == [3, 4, 4]
    assert targets.advantage.flatten().tolist() == [2.5, 3, 1]


def test_the_gradient_is_the_score_times_the_advantage() -> None:
    torch.manual_seed(0)
    reward, value, log_prob = (
        torch.randn(3, 4),
        torch.randn(3, 4, requires_grad=True),
        torch.randn(3, 4, requires_grad=True),
    )
    objective = Reinforce(ReinforceSettings(weight=0.7, value_weight=0.3))
    taken = trajectory(reward, value, log_prob)
    targets = objective.targets(taken)
    torch.autograd.backward(objective.loss(taken, targets))
    assert log_prob.grad is not None and value.grad is not None
    assert torch.allclose(log_prob.grad, -0.7 * targets.advantage / 4)
    assert torch.allclose(value.grad, 0.3 * 2 * (value.detach() - targets.returns) / 12)


def test_the_gradient_is_that_of_the_expected_reward() -> None:
    """Two actions to choose from: the mean over many samples is the derivative of the expectation."""
    torch.manual_seed(0)
    logits, rewards = torch.tensor([0.3, -0.2], requires_grad=True), torch.tensor([1.0, 3.0])
    (expected,) = torch.autograd.grad((logits.softmax(0) * rewards).sum(), logits)
    chosen = torch.multinomial(logits.detach().softmax(0), 200_000, replacement=True)
    taken = trajectory(rewards[chosen][None], torch.full((1, 200_000), 1.7), logits.log_softmax(0)[chosen][None])
    objective = Reinforce(ReinforceSettings(weight=1.0, value_weight=0.0))
    (found,) = torch.autograd.grad(objective.loss(taken, objective.targets(taken)), logits)
    assert torch.allclose(-found, expected, atol=0.01)


def test_what_stands_behind_an_end_may_be_anything() -> None:
    active = torch.tensor([[True, True], [True, False]])
    found = []
    for junk in (0.0, math.nan):
        log_prob = torch.tensor([[-1.0, -2.0], [-1.5, junk]], requires_grad=True)
        taken = trajectory(
            torch.tensor([[1.0, 2.0], [3.0, 0.0]]), torch.tensor([[0.3, 0.2], [0.1, junk]]), log_prob, active
        )
        objective = Reinforce(ReinforceSettings())
        loss = objective.loss(taken, objective.targets(taken))
        torch.autograd.backward(loss)
        assert log_prob.grad is not None
        found.append((loss.item(), log_prob.grad.tolist()))
    assert found[0] == found[1]


@pytest.mark.parametrize(("name", "value"), [("discount", 1.1), ("weight", -1.0), ("value_weight", math.inf)])
def test_settings_out_of_range(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value}"):
        ReinforceSettings(**{name: value})
