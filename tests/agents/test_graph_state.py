from __future__ import annotations

import pytest
import torch
from jaxtyping import Float
from torch import Tensor, nn

from saccade.agents import Learner, LearnerSettings
from saccade.agents.graph_state import graph_state, load_graph_state
from saccade.agents.optimizer_state import by_prefix
from saccade.graph import Batch, Graph, In, Loss, Module, Out, World


class Points(World):
    n: In[Batch]
    x: Out[Float[Tensor, "b 2"]]

    def forward(self, n: int) -> Tensor:
        return torch.randn(n, 2, generator=self.rng)


class Line(Module):
    x: In[Float[Tensor, "b 2"]]
    loss: Out[Loss]

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return (self.layer(x)[:, 0] - x.sum(1)).square()


def make(seed: int) -> tuple[Graph, Learner]:
    torch.manual_seed(seed)
    points, line = Points(), Line()
    points.x >> line.x
    graph = Graph(points, line)
    graph.seed(seed)
    return graph, Learner(graph, LearnerSettings(learning_rate=0.1))


def losses(learner: Learner) -> list[float]:
    return [learner.update(4, 0.5)[0].loss for _ in range(3)]


def test_training_goes_on_bit_for_bit() -> None:
    graph, learner = make(1)
    losses(learner)
    state = {name: value.clone() for name, value in graph_state(graph, learner).items()}
    expected = losses(learner)
    other, resumed = make(2)
    losses(resumed)  # whatever it did before
    load_graph_state(by_prefix(state), other, resumed)
    assert losses(resumed) == expected
    now, then = graph_state(graph, learner), graph_state(other, resumed)
    assert now.keys() == then.keys() and all(torch.equal(now[name], then[name]) for name in now)


def test_its_names() -> None:
    graph, learner = make(1)
    learner.update(4, 0.5)
    names = graph_state(graph, learner).keys()
    assert {name.partition("/")[0] for name in names} == {"graph", "random", "optimizer"}
    assert {"graph/nodes.line.layer.weight", "random/points", "random/line", "optimizer/0/0/step"} <= names
    assert {name.partition("/")[0] for name in graph_state(graph)} == {"graph", "random"}


def test_without_a_learner_the_graph_alone_goes_on() -> None:
    graph, learner = make(1)
    losses(learner)
    state = {name: value.clone() for name, value in graph_state(graph).items()}
    other, _ = make(2)
    load_graph_state(by_prefix(state), other)
    assert graph.unroll(5).supervised_loss.equal(other.unroll(5).supervised_loss)


def test_the_state_of_another_system_is_refused() -> None:
    graph, learner = make(1)
    learner.update(4, 0.5)
    parts = by_prefix(graph_state(graph, learner))
    for part, name, error in (("graph", "nodes.line.layer.weight", RuntimeError), ("random", "points", KeyError)):
        less = {key: {k: v for k, v in value.items() if (key, k) != (part, name)} for key, value in parts.items()}
        with pytest.raises(error, match=name):
            load_graph_state(less, graph, learner)
