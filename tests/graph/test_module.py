from __future__ import annotations

import copy
import re

import jaxtyping
import pytest
import torch
from jaxtyping import Float, Shaped
from torch import Tensor

import saccade.graph as graph_room
from saccade.graph import Actor, Batch, Decision, Fresh, In, Loss, Module, Out, Step, WiringError, World

from .parts import Images, Reader


def test_forward_must_name_the_input_ports() -> None:
    with pytest.raises(
        WiringError, match=re.escape("Wrong.forward takes (x, z), but the class declares the input ports (x, y)")
    ):

        class Wrong(Module):
            x: In[Float[Tensor, "b"]]
            y: In[Float[Tensor, "b"]]

            def forward(self, x: Tensor, z: Tensor) -> None: ...


def test_forward_is_checked_against_inherited_ports_too() -> None:
    with pytest.raises(
        WiringError,
        match=re.escape("More.forward takes (patch, state), but the class declares the input ports (patch, state, n)"),
    ):

        class More(Reader):
            n: In[Batch]


def test_decide_must_name_the_observation_ports_and_the_action() -> None:
    with pytest.raises(
        WiringError,
        match=re.escape(
            "Blind.decide takes (observation), but must take its observation ports and the action, (observation, action)"
        ),
    ):

        class Blind(Actor):
            observation: In[Float[Tensor, "b"]]
            action: Out[Float[Tensor, "b"]]

            def decide(self, observation: Tensor) -> Decision: ...

    with pytest.raises(WiringError, match="Idle must declare one output port, `action: Out"):

        class Idle(Actor):
            observation: In[Float[Tensor, "b"]]
            move: Out[Float[Tensor, "b"]]

            def decide(self, observation: Tensor, action: Tensor | None = None) -> Decision: ...


def test_an_actor_that_cannot_decide_or_be_cut_at_says_so() -> None:
    class Torpid(Actor):
        action: Out[Float[Tensor, "b"]]

    class Guesser(Torpid):
        def decide(self, action: Tensor | None = None) -> Decision: ...

    with pytest.raises(WiringError, match="Torpid must implement decide"):
        Torpid()
    with pytest.raises(WiringError, match="Guesser must give its `action_space`"):
        Guesser().action_space  # noqa: B018  # reading it is the test


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (In[int], "has type <class 'int'>; use a shaped tensor type such as"),
        (In[Tensor], "use a shaped tensor type"),
        (In[Shaped[Tensor, "b 2"]], "use a shaped tensor type"),
        (In[Float[Tensor, "28 28"]], "axes '28 28' must be whole numbers or names, the first the episode 'b'"),
        (In[Float[Tensor, "b ..."]], "must be whole numbers or names"),
        (In[Float[Tensor, ""]], "must be whole numbers or names"),
        (Out[Step], "Step is for input ports only"),
        (Out[Fresh], "Fresh is for input ports only"),
        (In[Loss], "Loss is for output ports only"),
    ],
)
def test_an_unsupported_annotation(annotation: object, message: str) -> None:
    with pytest.raises(WiringError, match=r"Odd\.port.*" + re.escape(message)):
        type("Odd", (Module,), {"__annotations__": {"port": annotation}, "__module__": __name__})


def test_a_bare_default_is_an_error() -> None:
    with pytest.raises(WiringError, match=re.escape("Bare.x = 0.0: write In(init=0.0) for a first value")):

        class Bare(Module):
            x: In[Float[Tensor, "b"]] = 0.0


@pytest.mark.parametrize("name", ["forward", "train", "type", "name", "training", "rng"])
def test_a_port_may_not_hide_an_attribute(name: str) -> None:
    with pytest.raises(WiringError, match=f"every module has an attribute '{name}'; rename the port"):
        type("Hiding", (Module,), {"__annotations__": {name: In[Batch]}, "__module__": __name__})


def test_a_world_has_no_loss() -> None:
    with pytest.raises(
        WiringError, match=re.escape("Judge.loss: no gradient passes through a World; compute the loss in a Module")
    ):

        class Judge(World):
            loss: Out[Loss]


def test_annotations_may_be_local_aliased_or_have_a_package_in_front() -> None:
    Patch = Float[Tensor, "b 2"]

    class Plain(Module):
        a: In[Patch]
        b: graph_room.In[jaxtyping.Float[Tensor, "b 3"]]
        note: int = 3
        c: Out[Patch]

        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return a

    plain = Plain()
    assert [port.name for port in plain.inputs()] == ["a", "b"]
    assert [port.name for port in plain.outputs()] == ["c"]
    assert plain.b.sizes() == (3,)


def test_a_subclass_adds_ports_and_keeps_the_order() -> None:
    class Base(Module):
        x: In[Float[Tensor, "b"]]
        y: Out[Float[Tensor, "b"]]

    class Derived(Base):
        z: In[Float[Tensor, "b"]]
        x: In[Float[Tensor, "b 2"]]

        def forward(self, x: Tensor, z: Tensor) -> Tensor:
            return z

    assert [port.name for port in Derived().inputs()] == ["x", "z"]
    assert Derived().x.sizes() == (2,)
    assert Base().x.sizes() == ()


def test_names() -> None:
    assert Reader().name == "reader"
    assert Reader().named("left").name == "left"
    with pytest.raises(WiringError, match="module name 'left eye' must be a Python identifier, such as 'reader'"):
        Reader().named("left eye")


def test_every_module_has_its_own_stream() -> None:
    a, b = Images(), Images()
    a.rng.manual_seed(1)
    b.rng.manual_seed(1)
    assert a(2)[0].equal(b(2)[0])
    twin = copy.deepcopy(a)
    assert a(2)[0].equal(twin(2)[0])
    assert torch.rand(1, generator=a.rng).equal(torch.rand(1, generator=twin.rng))
