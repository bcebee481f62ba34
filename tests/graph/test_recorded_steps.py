from __future__ import annotations

import pytest
import torch
from jaxtyping import Float
from torch import Tensor, nn

from saccade.graph import (
    Actor,
    Batch,
    Decision,
    Graph,
    In,
    Loop,
    Loss,
    Module,
    Out,
    RecordedSteps,
    Step,
    WiringError,
    World,
)


class Start(World):
    n: In[Batch]
    goal: Out[Float[Tensor, "b 2"]]

    def forward(self, n: int) -> Tensor:
        return torch.randn(n, 2, generator=self.rng)


class Field(World):
    """Where one stands, one step after the other, and what that is worth."""

    goal: In[Float[Tensor, "b 2"]]
    move: In[Float[Tensor, "b 2"]] = In(init=0.0)
    previous: In[Float[Tensor, "b 2"]] = In(init=0.0)
    place: Out[Float[Tensor, "b 2"]]
    worth: Out[Float[Tensor, "b"]]

    def forward(self, goal: Tensor, move: Tensor, previous: Tensor) -> tuple[Tensor, Tensor]:
        place = previous + move
        return place, -(place - goal).square().sum(1)


class See(Module):
    goal: In[Float[Tensor, "b 2"]]
    place: In[Float[Tensor, "b 2"]]
    step: In[Step]
    features: Out[Float[Tensor, "b 8"]]
    loss: Out[Loss]

    def __init__(self) -> None:
        super().__init__()
        self.net, self.when = nn.Linear(4, 8), nn.Parameter(torch.randn(5, 8))

    def forward(self, goal: Tensor, place: Tensor, step: int | Tensor) -> tuple[Tensor, Tensor]:
        features = torch.tanh(self.net(torch.cat([goal, place], 1)) + self.when[step])
        return features, features.square().mean(1)


class Go(Actor):
    features: In[Float[Tensor, "b 8"]]
    action: Out[Float[Tensor, "b 2"]]

    def __init__(self) -> None:
        super().__init__()
        self.aim, self.value = nn.Linear(8, 2), nn.Linear(8, 1)

    def decide(self, features: Tensor, action: Tensor | None = None) -> Decision:
        policy = torch.distributions.Normal(self.aim(features), 0.5)
        action = policy.sample() if action is None else action
        return Decision(action, policy.log_prob(action).sum(1), self.value(features)[:, 0], policy.entropy().sum(1))


def wire(cut: bool = False) -> Graph:
    torch.manual_seed(0)
    start, field, see, go = Start(), Field(), See(), Go()
    start.goal >> field.goal
    start.goal >> see.goal
    field.place >> field.previous
    field.place >> see.place
    (see.features.detach() if cut else see.features) >> go.features
    go.action >> field.move
    field.worth >> go.reward
    return Graph(start, Loop(field, see, go, times=5))


@pytest.mark.parametrize("cut", [False, True])
def test_evaluated_step_by_step_as_in_a_whole_pass(cut: bool) -> None:
    graph = wire(cut)
    (actor,) = graph.actors
    with torch.no_grad():
        trace = graph.unroll(3)
    steps = RecordedSteps(graph.runtime, trace)
    assert steps.count == 12
    whole = graph.unroll(3, replay=trace).of(actor)
    evaluated = steps.evaluate(torch.arange(12)).decisions[actor]
    for name in ("action", "log_prob", "value", "entropy"):
        assert torch.allclose(getattr(evaluated, name), getattr(whole, name).flatten(0, 1), atol=1e-6), name
    parameters = list(graph.parameters())
    gradients = [
        torch.autograd.grad(what.sum(), parameters, allow_unused=True) for what in (evaluated.log_prob, whole.log_prob)
    ]
    for one, other in zip(*gradients, strict=True):
        assert (one is None) == (other is None) and (one is None or torch.allclose(one, other, atol=1e-5))


def test_any_steps_in_any_order() -> None:
    graph = wire()
    (actor,) = graph.actors
    steps = RecordedSteps(graph.runtime, graph.unroll(3))
    everything, some = steps.evaluate(torch.arange(12)), torch.tensor([7, 0, 11, 7])
    evaluated = steps.evaluate(some)
    assert torch.allclose(evaluated.decisions[actor].log_prob, everything.decisions[actor].log_prob[some])
    losses = torch.stack([steps.evaluate(torch.tensor([each])).supervised_loss for each in range(12)])
    assert float(evaluated.supervised_loss.detach()) == pytest.approx(float(losses[some].mean().detach()), rel=1e-4)


class Memory(Module):
    features: In[Float[Tensor, "b 8"]]
    previous: In[Float[Tensor, "b 8"]] = In(init=0.0)
    state: Out[Float[Tensor, "b 8"]]

    def forward(self, features: Tensor, previous: Tensor) -> Tensor:
        return features + previous


def test_a_recurrent_brain_is_refused() -> None:
    start, field, see, memory, go = Start(), Field(), See(), Memory(), Go()
    start.goal >> field.goal
    start.goal >> see.goal
    field.place >> field.previous
    field.place >> see.place
    see.features >> memory.features
    memory.state >> memory.previous
    memory.state >> go.features
    go.action >> field.move
    field.worth >> go.reward
    graph = Graph(start, Loop(field, see, memory, go, times=3))
    with pytest.raises(WiringError, match=r"memory\.state >> memory\.previous: memory reads an earlier step"):
        RecordedSteps(graph.runtime, graph.unroll(2))


def test_a_brain_outside_of_the_loop_is_refused() -> None:
    start, field, see, go = Start(), Field(), See(), Go()
    start.goal >> field.goal
    start.goal >> see.goal
    field.place >> field.previous
    start.goal >> see.place
    see.features >> go.features
    go.action >> field.move
    field.worth >> go.reward
    graph = Graph(start, see, Loop(field, go, times=3))
    with pytest.raises(WiringError, match="see stands outside of the loop"):
        RecordedSteps(graph.runtime, graph.unroll(2))
