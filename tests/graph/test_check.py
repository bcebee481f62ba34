from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from jaxtyping import Float, Int
from torch import Tensor

from saccade.graph import Batch, Graph, In, Loop, Module, Out, PortValueError

from .games import game
from .parts import Gaze, Score, reading


class Say(Module):
    """Returns a set value."""

    n: In[Batch]
    x: Out[Float[Tensor, "b 2"]]

    says: Any = None

    def forward(self, n: int) -> Any:
        return torch.zeros(n, 2) if self.says is None else self.says


class Hear(Module):
    x: In[Float[Tensor, "b k"]]
    back: In[Float[Tensor, "b 2"]] = In(init=0.0)

    def forward(self, x: Tensor, back: Tensor) -> None: ...


def wired(check: bool = False) -> tuple[Graph, Say, Hear]:
    say, hear = Say(), Hear()
    say.x >> hear.x
    return Graph(say, hear, check=check), say, hear


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (torch.zeros(3, 4), "say.x: Float[Tensor, 'b 2'] got float32 of shape (3, 4), for 3 episodes"),
        (torch.zeros(2, 2), "say.x: Float[Tensor, 'b 2'] got float32 of shape (2, 2), for 3 episodes"),
        (torch.zeros(3), "say.x: Float[Tensor, 'b 2'] got float32 of shape (3,), for 3 episodes"),
        (torch.zeros(3, 2).int(), "say.x: Float[Tensor, 'b 2'] got int32 of shape (3, 2)"),
        ([0.0], "say.x: Float[Tensor, 'b 2'] got a list, not a tensor"),
        ((torch.zeros(3, 2),) * 2, "say.forward returned 2 values for 1 output ports (x)"),
        ((), "say.forward returned 0 values for 1 output ports (x)"),
    ],
)
def test_a_wrong_value_is_named_on_the_first_pass_and_later_only_on_demand(value: object, message: str) -> None:
    graph, say, _ = wired()
    say.says = value
    with pytest.raises(PortValueError, match=re.escape(message)):
        graph.unroll(3)
    say.says = None
    graph.unroll(3)
    careful, checked, _ = wired(check=True)
    careful.unroll(3)
    checked.says = value
    with pytest.raises(PortValueError, match=re.escape(message)):
        careful.unroll(3)


def test_later_passes_are_not_checked() -> None:
    graph, say, _ = wired()
    graph.unroll(3)
    say.says = torch.zeros(3, 4)
    graph.unroll(3)


def test_a_first_value_of_the_wrong_shape_is_named() -> None:
    graph, _, hear = wired()
    hear.back.init = lambda n: torch.zeros(n, 5)
    with pytest.raises(PortValueError, match=re.escape("hear.back: Float[Tensor, 'b 2'] got float32 of shape (3, 5)")):
        graph.unroll(3)


def test_an_open_size_is_fixed_by_the_first_value() -> None:
    class Free(Module):
        n: In[Batch]
        x: Out[Float[Tensor, "b k k"]]
        shape: Any = (3, 3)

        def forward(self, n: int) -> Tensor:
            return torch.zeros(n, *self.shape)

    free = Free()
    graph = Graph(free, check=True)
    free.shape = (3, 4)
    with pytest.raises(
        PortValueError, match=re.escape("free.x: Float[Tensor, 'b k k'] got float32 of shape (2, 3, 4)")
    ):
        graph.unroll(2)
    free.shape = (3, 3)
    graph.unroll(2)
    assert free.x.describe() == "free.x: Float[Tensor, 'b 3 3']"


def test_an_error_inside_a_module_says_in_which() -> None:
    class Break(Module):
        x: In[Float[Tensor, "b 2"]]

        def forward(self, x: Tensor) -> None:
            torch.zeros(7) @ x

    say, broken = Say(), Break().named("left")
    say.x >> broken.x
    with pytest.raises(RuntimeError) as caught:
        Graph(say, broken).unroll(3)
    assert caught.value.__notes__ == ["in left.forward(x: (3, 2))"]


def test_decisions_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    s, honest = reading(), Gaze.decide
    monkeypatch.setattr(Gaze, "decide", lambda *a, **k: honest(*a, **k)._replace(action=torch.zeros(2, 3)))
    with pytest.raises(
        PortValueError, match=re.escape("gaze.action: Float[Tensor, 'b 2'] got float32 of shape (2, 3), for 2")
    ):
        s.graph.unroll(2)
    monkeypatch.setattr(Gaze, "decide", lambda *a, **k: honest(*a, **k)._replace(value=torch.zeros(2, 1)))
    with pytest.raises(PortValueError, match=re.escape("gaze.decide: value has shape (2, 1), not (2,)")):
        s.graph.unroll(2)


def test_the_observation_of_an_actor_is_checked() -> None:
    s = game(3)
    s.policy.observation.source = None
    s.policy.observation.init = torch.zeros(3)
    with pytest.raises(
        PortValueError, match=re.escape("policy.observation: Float[Tensor, 'b 2'] got float32 of shape (2, 3)")
    ):
        Graph(Loop(s.walk, s.policy, times=3)).unroll(2)


def test_the_halves_check_actions_and_every_module_once() -> None:
    s = game()
    halves = s.graph.halves()
    state = halves.reset(2)
    with pytest.raises(PortValueError, match=re.escape("policy.action: Int[Tensor, 'b'] got float32 of shape (2,)")):
        halves.step(state, torch.zeros(2))
    halves.step(state, torch.zeros(2, dtype=torch.int64))
    assert not s.graph.runtime.unchecked


def test_a_module_behind_the_actor_is_checked_when_it_first_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Score, "forward", lambda *_: (torch.zeros(2, 1), torch.zeros(2)))
    env = reading(2).graph.environment(2)
    env.reset(seed=0)
    with pytest.raises(PortValueError, match=re.escape("score.reward: Float[Tensor, 'b'] got float32 of shape (2, 1)")):
        env.step(env.action_space.sample())


def test_integers_of_any_width_fit_an_int_port() -> None:
    class Label(Module):
        n: In[Batch]
        x: Out[Int[Tensor, "b"]]

        def forward(self, n: int) -> Tensor:
            return torch.zeros(n, dtype=torch.int8)

    Graph(Label(), check=True).unroll(2)
