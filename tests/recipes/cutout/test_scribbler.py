from __future__ import annotations

import math

import gymnasium as gym
import pytest
import torch

from saccade.agents import PPOSettings
from saccade.agents.imitation import Imitation
from saccade.agents.ppo import PPO
from saccade.recipes.cutout.scribbler import Scribbler, ScribblerNetwork, TwoHandedScribbler

PLANES, FEATURES = 9, 6


def test_one_pen_has_sixteen_choices() -> None:
    scribbler = Scribbler(PPO(PPOSettings()))
    scribbler.rng.manual_seed(0)
    assert scribbler.action_space == gym.spaces.Discrete(16)
    logits = torch.zeros(4000, 2, 8)
    logits[:, 1, 3] = math.log(15)
    drawn = scribbler.decide(logits, torch.zeros(4000))
    assert drawn.log_prob[drawn.action == 11].exp() == pytest.approx(0.5)
    assert (drawn.action == 11).float().mean() == pytest.approx(0.5, abs=0.03)
    assert drawn.action.min() == 0 and drawn.action.max() == 15
    scribbler.eval()
    assert (scribbler.decide(logits, torch.zeros(4000)).action == 11).all()


def test_both_pens_choose_on_their_own() -> None:
    scribbler = TwoHandedScribbler(PPO(PPOSettings()))
    scribbler.rng.manual_seed(0)
    logits = torch.zeros(3, 2, 8)
    logits[:, 0, 2], logits[:, 1, 5] = 40.0, 40.0
    sure = scribbler.decide(logits, torch.zeros(3))
    assert (sure.action == torch.tensor([2, 5])).all() and sure.log_prob.abs().max() < 1e-6
    even = scribbler.decide(torch.zeros(3, 2, 8), torch.zeros(3), torch.ones(3, 2, dtype=torch.int64))
    assert even.log_prob[0] == pytest.approx(-2 * math.log(8)) and even.entropy[0] == pytest.approx(2 * math.log(8))


def test_the_network_begins_undecided_and_knows_the_step() -> None:
    torch.manual_seed(0)
    network = ScribblerNetwork(PLANES, FEATURES, moves=10, units=16)
    view, probes = torch.rand(4, 2, PLANES, 24, 24), torch.rand(4, 2, 8, FEATURES)
    trials = torch.rand(4, 2, 8, 0)
    logits, value = network(view, probes, trials, 3)
    assert logits.shape == (4, 2, 8) and value.shape == (4,)
    assert logits.abs().max() < 0.3
    steps = torch.tensor([3, 3, 7, 7])
    later, _ = network(view, probes, trials, steps)
    assert torch.allclose(later[:2], logits[:2]) and not torch.allclose(later[2:], logits[2:])
    foresees = ScribblerNetwork(PLANES, FEATURES, moves=10, units=16, foreseen=5)
    trials = torch.rand(4, 2, 8, 5)
    assert not torch.equal(foresees(view, probes, trials, 3)[0], foresees(view, probes, 1 - trials, 3)[0])


def test_imitation_is_cross_entropy_with_the_scores() -> None:
    logits, scores = torch.randn(5, 2, 8, requires_grad=True), torch.rand(5, 2, 8) * 0.1
    target = (100 * scores).flatten(1).softmax(1)
    loss = Imitation(together=True)(logits, scores)
    assert torch.allclose(loss, -(target * logits.flatten(1).log_softmax(1)).sum(1))
    loss.sum().backward()
    assert logits.grad is not None
    assert torch.allclose(logits.grad.flatten(1), logits.flatten(1).softmax(1) - target, atol=1e-6)
    each = Imitation(together=False)
    assert torch.allclose(
        each(100 * scores, scores), torch.distributions.Categorical(logits=100 * scores).entropy().sum(1)
    )
    each.weight = 0.0
    assert (each(logits, scores) == 0).all()
