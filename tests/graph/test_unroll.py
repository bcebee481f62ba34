"""One pass of a graph: `Graph.unroll` and the trace it leaves."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float
from torch import Tensor

from saccade.graph import Batch, Graph, In, Loop, Module, Out, Step, WiringError

from .parts import reading


class Add(Module):
    """y = x + by; x begins with `first`."""

    x: In[Float[Tensor, "b"]] = In(init=0.0)
    y: Out[Float[Tensor, "b"]]

    def __init__(self, by: float = 1.0) -> None:
        super().__init__()
        self.by = by

    def forward(self, x: Tensor) -> Tensor:
        return x + self.by


class Steps(Module):
    step: In[Step]
    n: In[Batch]
    y: Out[Float[Tensor, "b"]]

    def forward(self, step: int, n: int) -> Tensor:
        return torch.full((n,), float(step))


def counting(first: float | Tensor | Callable[[int], Tensor], times: int) -> list[float]:
    add = Add()
    add.x.init = first
    add.y >> add.x
    return Graph(Loop(add, times=times)).unroll(2, watch=[add.y])[add.y][:, 1].tolist()


@pytest.mark.parametrize(
    ("first", "begins"),
    [(4.0, 4), (torch.tensor(2.0), 2), (lambda n: torch.arange(float(n)) * 3, 3)],
    ids=["number", "tensor", "function"],
)
def test_a_feedback_edge_begins_with_its_first_value(first: float, begins: int) -> None:
    assert counting(first, 3) == [begins + 1, begins + 2, begins + 3]


@settings(max_examples=8, deadline=None, derandomize=True)
@given(outer=st.integers(1, 3), inner=st.integers(1, 3), after=st.integers(1, 2))
def test_loops_inside_loops(outer: int, inner: int, after: int) -> None:
    add, ten, steps, late = Add(), Add(10.0).named("ten"), Steps(), Steps().named("late")
    add.y >> add.x  # round the inner loop, and kept from one entry to the next
    add.y >> ten.x
    graph = Graph(Loop(Loop(add, steps, times=inner), ten, late, times=outer), Loop(Add().named("more"), times=after))
    trace = graph.unroll(1, watch=[add.y, ten.y, steps.y, late.y])
    assert trace[add.y][:, 0].tolist() == [1.0 + k for k in range(outer * inner)]
    assert trace[ten.y][:, 0].tolist() == [10.0 + inner * (k + 1) for k in range(outer)]
    assert trace[steps.y][:, 0].tolist() == [float(k) for k in range(inner)] * outer
    assert trace[late.y][:, 0].tolist() == [float(k) for k in range(outer)]


def test_an_input_without_a_source_keeps_its_first_value() -> None:
    add = Add()
    assert Graph(Loop(add, times=2)).unroll(1, watch=[add.y])[add.y].tolist() == [[1], [1]]


def test_rewards_go_to_the_action_before_them() -> None:
    class Rewards(Module):
        step: In[Step]
        n: In[Batch]
        reward: Out[Float[Tensor, "b"]]

        def forward(self, step: int, n: int) -> Tensor:
            return torch.full((n,), 10.0**step)

    s = reading(4)
    rewards = Rewards()
    s.gaze.reward.source = None
    rewards.reward >> s.gaze.reward
    before = Graph(s.images, Loop(rewards, s.eye, s.reader, s.gaze, times=4), s.score)
    assert before.unroll(2).of(s.gaze).reward.tolist() == [
        [10, 10],
        [100, 100],
        [1000, 1000],
    ]  # the first belongs to no action
    behind = Graph(s.images, Loop(s.eye, s.reader, s.gaze, rewards, times=4), s.score)
    assert behind.unroll(1).of(s.gaze).reward.tolist() == [[1], [10], [100], [1000]]


def test_the_actor_at_the_end_is_not_asked_in_the_last_iteration() -> None:
    s = reading(6)
    trace = s.graph.unroll(2, watch=[s.eye.patch])
    assert len(trace[s.eye.patch]) == 6
    assert trace.of(s.gaze).action.shape == (5, 2, 2)
    assert trace.of(s.gaze).active.all()


def test_an_actor_that_is_never_asked_says_so() -> None:
    s = reading(1)
    trace = s.graph.unroll(2)
    assert s.graph.unroll(2, replay=trace).supervised_loss == trace.supervised_loss
    with pytest.raises(ValueError, match=re.escape("gaze has no trajectory: it was never asked in this pass")):
        trace.of(s.gaze)
    with pytest.raises(WiringError, match="gaze is never asked: it ends a loop with times=1"):
        s.graph.environment(2)


# -- the trace --------------------------------------------------------------------------------------


def test_what_was_not_watched_is_not_kept() -> None:
    s = reading()
    with pytest.raises(KeyError, match=re.escape("reader.logits was not watched: unroll(n, watch=[reader.logits])")):
        s.graph.unroll(2)[s.reader.logits]
    assert s.graph.unroll(2, watch=[s.reader.logits.detach()])[s.reader.logits].shape == (3, 2, 3)


def test_watching_a_port_that_is_not_there() -> None:
    s, other = reading(), Add().named("readr")
    with pytest.raises(WiringError, match=re.escape("cannot watch readr.y: the graph has no such output")):
        s.graph.unroll(2, watch=[other.y])
    twin = reading().reader.named("readers")
    with pytest.raises(
        WiringError, match=re.escape("readers.hidden: the graph has no such output — did you mean 'reader.hidden'?")
    ):
        s.graph.unroll(2, watch=[twin.hidden])


def test_a_trace_of_another_size_or_graph_is_refused() -> None:
    s = reading()
    trace = s.graph.unroll(3)
    with pytest.raises(ValueError, match="this trace holds 3 episodes of its graph; it cannot replay 4"):
        s.graph.unroll(4, replay=trace)
    with pytest.raises(ValueError, match="cannot replay"):
        reading().graph.unroll(3, replay=trace)


def test_no_losses_and_no_actors() -> None:
    trace = Graph(Loop(Add(), times=2)).unroll(3)
    assert trace.supervised_loss == 0
    with pytest.raises(KeyError):
        trace.of(reading().gaze)
