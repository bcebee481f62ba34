from __future__ import annotations

import copy
import math
import re

import pytest
import torch

from saccade.graph import WiringError

from .games import game, goals
from .parts import Gaze, reading


def test_streams_can_be_set_back() -> None:
    s = reading()
    s.graph.seed(3)
    first = s.graph.unroll(2).of(s.gaze).action
    state = s.graph.random_state()
    second = s.graph.unroll(2).of(s.gaze).action
    assert not first.equal(second)
    s.graph.set_random_state(state)
    assert s.graph.unroll(2).of(s.gaze).action.equal(second)
    s.graph.seed(3)
    assert s.graph.unroll(2).of(s.gaze).action.equal(first)
    assert not torch.rand(1, generator=s.images.rng).equal(torch.rand(1, generator=s.gaze.rng))


def test_the_brain_stands_alone() -> None:
    s = reading()
    agent = s.graph.agent()
    assert sorted(agent.parts) == ["eye", "gaze", "reader", "score"]
    assert agent.actor is s.gaze
    assert {id(p) for p in agent.parameters()} == {id(p) for p in s.graph.parameters()}
    observation = torch.zeros(4, 5)
    s.graph.seed(1)
    action = agent.act(observation.numpy(), 0)
    assert action.shape == (4, 2)
    assert not action.requires_grad
    decision = agent(observation, 0)
    decision.value.sum().backward()
    assert s.gaze.value.bias.grad == 4
    with pytest.raises(WiringError, match="the graph has 2 actors"):
        goals().graph.agent()


def test_the_brain_drives_the_environment() -> None:
    s = game(4)
    env, agent = s.graph.environment(3), s.graph.agent()
    observation, _ = env.reset(seed=0)
    for _ in range(5):
        observation, *_ = env.step(agent.act(observation).numpy())
    assert env.observation_space.contains(observation)


def test_weights_are_carried_over() -> None:
    a, b = reading(), reading(5)
    with torch.no_grad():
        a.reader.look.weight.fill_(2)
    b.graph.load_brain_state(a.graph.brain_state())
    assert b.reader.look.weight.eq(2).all()
    with pytest.raises(
        WiringError, match=re.escape("the weights are of another system: nodes.policy.head.bias does not match")
    ):
        a.graph.load_brain_state({**a.graph.brain_state(), **game().graph.brain_state()})


def test_a_copy_of_a_graph_is_another_graph() -> None:
    s = reading()
    s.graph.seed(0)
    twin = copy.deepcopy(s.graph)
    assert torch.equal(s.graph.unroll(3).supervised_loss, twin.unroll(3).supervised_loss)
    with torch.no_grad():
        for weight in twin.parameters():
            weight.zero_()
    assert s.reader.look.weight.abs().sum() > 0
    assert twin.unroll(3).supervised_loss.item() == pytest.approx(math.log(3))


def test_a_copy_of_a_graph_that_has_run_has_first_values_of_its_own() -> None:
    s = reading()
    s.graph.unroll(3)
    twin = copy.deepcopy(s.graph).double()
    assert twin.unroll(3).supervised_loss.dtype == torch.float64
    assert s.graph.unroll(3).supervised_loss.dtype == torch.float32


def test_a_pass_of_no_episodes() -> None:
    with pytest.raises(ValueError, match=re.escape("unroll(0): a pass needs 1 episode or more")):
        reading().graph.unroll(0)


def test_what_the_graph_makes_goes_where_the_parameters_go() -> None:
    s = reading()
    assert s.graph.device == torch.device("cpu")
    assert s.graph.runtime._first(s.reader.state, 2, s.graph.device).dtype == torch.float32
    assert not any(name.startswith("runtime") for name in s.graph.state_dict())
    s.graph.double()
    assert s.graph.runtime._first(s.reader.state, 2, s.graph.device).dtype == torch.float64
    assert s.graph.to("meta").device.type == "meta"


def test_an_actor_of_another_graph() -> None:
    with pytest.raises(WiringError, match=re.escape("'gaza' is not an actor of this graph — did you mean 'gaze'?")):
        reading().graph.environment(2, actor=Gaze().named("gaza"))
