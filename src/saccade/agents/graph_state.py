"""A graph, its random generators and its optimisers as named tensors, to a checkpoint and back."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from saccade.graph import Graph

from .learner import Learner
from .optimizer_state import with_prefix

Parts = Mapping[str, Mapping[str, Tensor]]


def graph_state(graph: Graph, learner: Learner | None = None) -> dict[str, Tensor]:
    """Everything that the next update depends on: `graph/…`, `random/…` and, with a learner, `optimizer/…`."""
    found = with_prefix("graph", graph.state_dict()) | with_prefix("random", graph.random_state())
    return found if learner is None else found | with_prefix("optimizer", learner.state())


def load_graph_state(parts: Parts, graph: Graph, learner: Learner | None = None) -> None:
    """Go on from a `graph_state`, split by `by_prefix`.

    Raises:
        KeyError, RuntimeError: it is the state of another system.
    """
    graph.load_state_dict(dict(parts["graph"]))
    graph.set_random_state(dict(parts["random"]))
    if learner is not None:
        learner.load_state(dict(parts["optimizer"]))
