from __future__ import annotations

import re
from collections.abc import Callable

import gymnasium as gym
import pytest
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from saccade.graph import Batch, Decision, Graph, In, Loop, Module, Out, Step, WiringError

from .games import Policy, Walk
from .parts import Eye, Gaze, Images, Reader, Score, reading


class Half(Module):
    x: In[Float[Tensor, "b"]]
    y: Out[Float[Tensor, "b"]]

    def forward(self, x: Tensor) -> Tensor:
        return x / 2


class Ones(Module):
    n: In[Batch]
    y: Out[Float[Tensor, "b"]]
    stop: Out[Bool[Tensor, "b"]]
    stops: Out[Bool[Tensor, "b 2"]]

    def forward(self, n: int) -> None: ...


def says(message: str) -> str:
    return re.escape(message)


def test_never_fed() -> None:
    with pytest.raises(
        WiringError, match=says("half.x: Float[Tensor, 'b'] is never fed: wire an output to it or give it an init=")
    ):
        Graph(Half())


def test_read_before_written_without_a_loop() -> None:
    ones, half = Ones(), Half()
    ones.y >> half.x
    with pytest.raises(
        WiringError,
        match=says("ones.y >> half.x: half.x is read before ones.y is first written, and no loop comes back"),
    ):
        Graph(half, ones)


def test_read_before_written_without_a_first_value() -> None:
    ones, half = Ones(), Half()
    ones.y >> half.x
    with pytest.raises(
        WiringError,
        match=says(
            "ones.y >> half.x: half.x is read before ones.y is first written; declare its first value, `x: In[…]"
        ),
    ):
        Graph(Loop(half, ones, times=2))


def test_a_module_that_is_not_in_the_graph() -> None:
    ones, half = Ones(), Half()
    ones.y >> half.x
    with pytest.raises(WiringError, match=says("ones.y >> half.x: module 'ones' is not in the graph; add it")):
        Graph(half)


def test_the_same_module_twice() -> None:
    ones = Ones()
    with pytest.raises(WiringError, match="module 'ones' stands in the graph twice"):
        Graph(ones, Loop(ones, times=2))


def test_two_modules_of_one_name() -> None:
    with pytest.raises(
        WiringError,
        match=says("two modules are called 'ones' (Ones and Ones); name one of them: Ones(…).named('ones2')"),
    ):
        Graph(Ones(), Ones())
    Graph(Ones(), Ones().named("ones2"))


def test_a_word_of_python_is_no_name() -> None:
    with pytest.raises(WiringError, match=says("no module can be called 'for', a word of Python: Ones(…).named(…)")):
        Graph(Ones().named("for"))


@pytest.mark.parametrize(
    "name", ["loss", "watch", "of", "actors", "note", "state", "keys", "half", "training", "parts"]
)
def test_names_that_torch_and_the_compiled_code_use_are_free(name: str) -> None:
    graph = Graph(*(part for part in _loop_of(name)))
    assert graph.unroll(2).of(graph.actors[0]).active.shape == (1, 2)
    graph.environment(2).reset(seed=0)
    twin = Graph(*(part for part in _loop_of(name)))
    twin.load_state_dict(graph.state_dict())
    assert list(graph.state_dict()) == [f"nodes.{name}.head.weight", f"nodes.{name}.head.bias"]
    assert graph.agent().act(torch.ones(3, 2)).shape == (3,)


def _loop_of(name: str) -> list[Loop]:
    walk, policy = Walk(), Policy().named(name)
    walk.screen >> policy.observation
    policy.action >> walk.move
    walk.reward >> policy.reward
    return [Loop(walk, policy, times=2)]


def test_two_ports_of_one_variable() -> None:
    class Split(Module):
        b_y: Out[Float[Tensor, "b"]]

    class Other(Module):
        y: Out[Float[Tensor, "b"]]

    with pytest.raises(WiringError, match=says("a.b_y and a_b.y would share one variable")):
        Graph(Split().named("a"), Other().named("a_b"))


def test_an_action_that_nothing_reads() -> None:
    images, eye, reader, score, gaze = Images(), Eye(), Reader(), Score(), Gaze()
    images.image >> eye.image
    eye.patch >> reader.patch
    reader.hidden >> reader.state
    reader.hidden >> gaze.observation
    reader.logits >> score.logits
    images.label >> score.label
    score.reward >> gaze.reward
    with pytest.raises(WiringError, match=says("nothing reads gaze.action: wire it, `gaze.action >> module.port`")):
        Graph(images, Loop(eye, reader, gaze, times=2), score)


def test_loops_that_make_no_sense() -> None:
    ones, half = Ones(), Half()
    ones.y >> half.x
    with pytest.raises(WiringError, match=says("Loop(…) never ends: give it times=, until= or both")):
        Loop(ones)
    with pytest.raises(WiringError, match="times must be 1 or more"):
        Loop(ones, times=0)
    with pytest.raises(WiringError, match="no modules in it"):
        Loop(times=2)
    with pytest.raises(WiringError, match=says("Loop(…, until=ones.stop): 'ones' is not inside that loop")):
        Graph(ones, Loop(half, until=ones.stop))
    with pytest.raises(
        WiringError, match=says("Loop(…, until=ones.y: Float[Tensor, 'b']): it must be Bool[Tensor, 'b']")
    ):
        Graph(Loop(ones, half, until=ones.y))
    with pytest.raises(WiringError, match=says("ones.stops: Bool[Tensor, 'b 2']): it must be Bool[Tensor, 'b']")):
        Graph(Loop(ones, half, until=ones.stops))
    with pytest.raises(WiringError, match="a graph is made of modules and loops, not of int: 3"):
        Graph(ones, 3)


class Bump(Module):
    x: In[Float[Tensor, "b k"]] = In(init=0.0)
    y: Out[Float[Tensor, "b k"]]

    def forward(self, x: Tensor) -> Tensor:
        return x + 1


class Six(Module):
    n: In[Batch]
    y: Out[Float[Tensor, "b 6"]]

    def forward(self, n: int) -> Tensor:
        return torch.zeros(n, 6)


def test_sizes_come_along_in_whatever_order_the_edges_are_made() -> None:
    six, a, b, c = Six(), Bump().named("a"), Bump().named("b"), Bump().named("c")
    c.y >> a.x
    b.y >> c.x
    six.y >> b.x
    graph = Graph(six, Loop(a, b, c, times=3))
    assert a.x.sizes() == (6,)
    assert graph.unroll(2, watch=[a.y])[a.y][:, 0, 0].tolist() == [1, 3, 3]


def test_the_actor_at_the_end_is_not_asked_last() -> None:
    assert [len(repeat.tail) for repeat in reading().graph.program.repeats] == [1]


def test_an_action_may_end_a_loop() -> None:
    class Stop(Policy):
        action: Out[Bool[Tensor, "b"]]

        @property
        def action_space(self) -> gym.Space[object]:
            return gym.spaces.Box(0, 1, (), bool)

        def decide(self, observation: Tensor, action: Tensor | None = None) -> Decision:
            stop = observation[:, 0] >= 1 if action is None else action
            zero = observation[:, 0] * 0
            return Decision(stop, zero, zero, zero)

    class Count(Module):
        x: In[Float[Tensor, "b 2"]] = In(init=-1.0)
        y: Out[Float[Tensor, "b 2"]]
        reward: Out[Float[Tensor, "b"]]

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            return x + 1, x[:, 0] + 1

    count, stop = Count(), Stop()
    count.y >> count.x
    count.y >> stop.observation
    count.reward >> stop.reward
    graph = Graph(Loop(count, stop, until=stop.action))
    assert graph.unroll(3).of(stop).action.int().tolist() == [[0] * 3, [1] * 3]
    env = graph.environment(1)
    env.reset()
    assert [env.step([flag])[2].item() for flag in (False, False, False, True)] == [False, False, False, True]


class Next(Module):
    """Puts out something for the next iteration."""

    is_for_next = True

    step: In[Step]
    y: Out[Float[Tensor, "b"]]

    def forward(self, step: int) -> Tensor:
        return torch.full((1,), step + 1.0)


class Shown(Module):
    x: In[Float[Tensor, "b"]] = In(init=0.5)
    z: Out[Float[Tensor, "b"]]

    def forward(self, x: Tensor) -> Tensor:
        return x.clone()


@pytest.mark.parametrize(
    ("order", "seen"),
    [
        (lambda ahead, shown, other: (ahead, shown, other), [0.5, 1, 2]),
        (lambda ahead, shown, other: (shown, other, ahead), [0.5, 1, 2]),
        (lambda ahead, shown, other: (ahead, Loop(shown, times=1), other), [0.5, 1, 2]),
        (lambda ahead, shown, other: (Loop(ahead, shown, other, times=1),), [0.5, 1, 1]),
    ],
)
def test_what_is_for_the_next_iteration_runs_after_its_readers(
    order: Callable[..., tuple[Module | Loop, ...]], seen: list[float]
) -> None:
    ahead, shown, other = Next(), Shown(), Shown().named("other")
    ahead.y.detach() >> shown.x
    graph = Graph(Loop(*order(ahead, shown, other), times=3))
    assert graph.unroll(1, watch=(shown.z,))[shown.z][:, 0].tolist() == seen


def test_a_reader_without_a_first_value_cannot_wait() -> None:
    ahead, half = Next(), Half()
    ahead.y >> half.x
    assert Graph(Loop(ahead, half, times=2)).unroll(1, watch=(half.y,))[half.y][:, 0].tolist() == [0.5, 1]
