import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from saccade.agents import PPO, PPOSettings, Targets
from saccade.graph import Decision, Trajectory

PLAIN = PPOSettings(discount=0.9, gae_lambda=0.8, clip=0.2, weight=1.0, value_weight=0.0)


def column(*values: float) -> Tensor:
    """Steps of one episode, `(t, 1)`."""
    return torch.tensor(values, dtype=torch.float32).unsqueeze(1)


def trajectory(
    reward: Tensor, value: Tensor, active: Tensor | None = None, log_prob: Tensor | None = None
) -> Trajectory:
    zeros = torch.zeros_like(reward)
    columns = zeros.unsqueeze(2).expand(-1, -1, 2), zeros if log_prob is None else log_prob, value, zeros + 2
    decisions = [Decision(*row) for row in zip(*columns, strict=True)]
    return Trajectory(decisions, [None] * len(decisions) if active is None else list(active), reward)


def advantages(taken: Trajectory, settings: PPOSettings = PLAIN) -> Tensor:
    """On the scale of the rewards."""
    ppo = PPO(settings)
    targets = ppo.targets(taken)
    return targets.advantage * (ppo.variance.sqrt() + 1e-6)


def test_advantages_by_hand() -> None:
    # temporal-difference errors: 3 - 0.3 = 2.7; 2 + 0.9·0.3 - 0.4 = 1.87; 1 + 0.9·0.4 - 0.5 = 0.86; each later one counts 0.72
    taken = trajectory(column(1, 2, 3), column(0.5, 0.4, 0.3))
    expected = [0.86 + 0.72 * (1.87 + 0.72 * 2.7), 1.87 + 0.72 * 2.7, 2.7]
    assert advantages(taken).flatten().tolist() == pytest.approx(expected, rel=1e-5)
    assert torch.allclose(PPO(PLAIN).targets(taken).returns, advantages(taken) + taken.value)


def test_an_episode_that_ended_early() -> None:
    active = torch.tensor([[True, True], [True, True], [True, False]])
    reward, value = column(1, 2, 3).expand(3, 2).clone(), column(0.5, 0.4, 0.3).expand(3, 2)
    reward[2, 1] = 0
    found = advantages(trajectory(reward, value, active))
    assert found[:, 0].tolist() == pytest.approx([0.86 + 0.72 * (1.87 + 0.72 * 2.7), 1.87 + 0.72 * 2.7, 2.7], rel=1e-5)
    # nothing of what the value would have been after the end
    assert found[:, 1].tolist() == pytest.approx([0.86 + 0.72 * 1.6, 1.6, 0], rel=1e-5)


def test_masks_may_be_left_out_where_no_episode_ended() -> None:
    generator = torch.Generator().manual_seed(0)
    reward, value, log_prob = (torch.randn(3, 4, generator=generator) for _ in range(3))
    ppo = PPO(replace(PLAIN, value_weight=0.5, entropy_weight=0.1))
    whole = trajectory(reward, value, log_prob=log_prob)
    masked = trajectory(reward, value, torch.ones(3, 4, dtype=torch.bool), log_prob)
    assert torch.allclose(advantages(whole), advantages(masked))
    targets = Targets(reward, value + 1, torch.zeros(3, 4))
    assert float(ppo.loss(whole, targets)) == pytest.approx(float(ppo.loss(masked, targets)))


def test_without_discount_or_lambda_only_the_next_reward_counts() -> None:
    taken = trajectory(column(1, 2, 3), column(0.5, 0.4, 0.3))
    assert advantages(taken, replace(PLAIN, discount=0.0)).flatten().tolist() == pytest.approx([0.5, 1.6, 2.7])
    greedy = advantages(taken, replace(PLAIN, gae_lambda=0.0)).flatten().tolist()
    assert greedy == pytest.approx([0.86, 1.87, 2.7])


@settings(max_examples=25, deadline=None)
@given(
    steps=st.integers(1, 6),
    discount=st.floats(0, 1),
    decay=st.floats(0, 1),
    seed=st.integers(0, 1000),
    end=st.integers(1, 6),
)
def test_advantages_are_sums_of_temporal_difference_errors(
    steps: int, discount: float, decay: float, seed: int, end: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    reward, value = (torch.randn(steps, 3, generator=generator) for _ in range(2))
    active = torch.ones(steps, 3, dtype=torch.bool)
    active[end:, 1] = False
    reward = reward * active
    found = advantages(trajectory(reward, value, active), replace(PLAIN, discount=discount, gae_lambda=decay))
    for b in range(3):
        last = min(end, steps) if b == 1 else steps
        for t in range(steps):
            expected = 0.0
            for k in range(t, last):
                after = float(value[k + 1, b]) if k + 1 < last else 0.0
                error = float(reward[k, b]) + discount * after - float(value[k, b])
                expected += (discount * decay) ** (k - t) * error
            assert float(found[t, b]) == pytest.approx(expected, rel=1e-3, abs=1e-4)


def gradients(log_prob: Tensor, advantage: Tensor, **changes: float) -> Tensor:
    """Of the loss to the log-probabilities, which were 0 when the actions were taken."""
    log_prob = log_prob.clone().requires_grad_()
    taken = trajectory(torch.zeros_like(advantage), torch.zeros_like(advantage), log_prob=log_prob)
    targets = Targets(advantage, torch.zeros_like(advantage), torch.zeros_like(advantage))
    PPO(replace(PLAIN, **changes)).loss(taken, targets).backward()
    assert log_prob.grad is not None
    return log_prob.grad


def test_at_ratio_one_it_is_the_policy_gradient() -> None:
    advantage = torch.tensor([[1.0, -2.0], [0.5, 3.0]])
    assert torch.allclose(gradients(torch.zeros(2, 2), advantage), -advantage / 2)  # mean over two episodes
    assert torch.allclose(gradients(torch.zeros(2, 2), advantage, weight=0.1), -advantage / 20)


def test_the_clip_stops_what_has_gone_far_enough() -> None:
    ratio, advantage = torch.tensor([[1.5, 1.5, 0.5, 0.5]]), torch.tensor([[1.0, -1.0, 1.0, -1.0]])
    found = gradients(ratio.log(), advantage)[0]
    assert found[0] == 0 and found[3] == 0  # better and already likelier, worse and already rarer
    assert found[1] == pytest.approx(1.5 / 4) and found[2] == pytest.approx(-0.5 / 4)
    assert gradients(ratio.log(), advantage, clip=1.0)[0].count_nonzero() == 4


def test_the_value_is_drawn_to_the_returns() -> None:
    value = torch.zeros(2, 2, requires_grad=True)
    active = torch.tensor([[True, True], [True, False]])
    targets = Targets(torch.zeros(2, 2), torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.zeros(2, 2))
    loss = PPO(replace(PLAIN, value_weight=0.5)).loss(trajectory(torch.zeros(2, 2), value, active), targets)
    loss.backward()
    assert float(loss.detach()) == pytest.approx(0.5 * (1 + 4 + 9) / 4)
    assert value.grad is not None
    assert value.grad.tolist() == [[-0.25, -0.5], [-0.75, 0]]


def test_entropy_is_a_bonus() -> None:
    zeros = torch.zeros(2, 2)
    loss = PPO(replace(PLAIN, entropy_weight=0.3)).loss(trajectory(zeros, zeros), Targets(zeros, zeros, zeros))
    assert float(loss) == pytest.approx(-0.6)


def test_the_scale_follows_the_advantages_slowly() -> None:
    ppo = PPO(PLAIN)
    taken = trajectory(torch.randn(4, 500, generator=torch.Generator().manual_seed(0)) * 10, torch.zeros(4, 500))
    ppo.targets(taken)
    assert 1 < float(ppo.variance) < 20
    for _ in range(200):
        targets = ppo.targets(taken)
    assert float(targets.advantage.std()) == pytest.approx(1, rel=0.02)


def test_a_single_decision_has_no_spread() -> None:
    ppo = PPO(PLAIN)
    targets = ppo.targets(trajectory(column(1), column(0)))
    assert float(ppo.variance) == 1 and float(targets.advantage) == pytest.approx(1, rel=1e-5)


def test_targets_have_no_gradient() -> None:
    value = column(0.5, 0.4).requires_grad_()
    targets = PPO(PLAIN).targets(trajectory(column(1, 2), value, log_prob=value * 1))
    assert not any(each.requires_grad for each in targets)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("discount", 1.1), ("discount", -0.1), ("gae_lambda", 2.0), ("gae_lambda", math.nan), ("clip", 0.0),
        ("weight", -1.0), ("value_weight", math.inf), ("entropy_weight", -0.1),
    ],
)  # fmt: skip
def test_settings_out_of_range(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value}: it must be"):
        PPOSettings(**{name: value})


def test_what_is_not_finite_does_not_spoil_the_scale() -> None:
    ppo = PPO(PLAIN)
    ppo.targets(trajectory(column(1, math.nan, 3), column(0.5, 0.4, 0.3)))
    assert ppo.variance == 1
    ppo.targets(trajectory(column(1, 2, 3), column(0.5, 0.4, 0.3)))
    assert ppo.variance.isfinite() and ppo.variance != 1


def test_what_stands_behind_an_end_may_be_anything() -> None:
    active = torch.tensor([[True, True], [True, False]])
    found = []
    for junk in (0.0, math.nan):
        log_prob = torch.tensor([[-1.0, -2.0], [-1.5, junk]], requires_grad=True)
        value = torch.tensor([[0.3, 0.2], [0.1, junk]])
        taken = trajectory(torch.tensor([[1.0, 2.0], [3.0, junk]]), value, active, log_prob)
        ppo = PPO(replace(PLAIN, value_weight=0.5))
        loss = ppo.loss(taken, ppo.targets(taken))
        torch.autograd.backward(loss)
        assert log_prob.grad is not None
        found.append((loss.item(), log_prob.grad[active].tolist(), log_prob.grad[1, 1].item()))
    assert found[0] == found[1] and found[0][2] == 0
