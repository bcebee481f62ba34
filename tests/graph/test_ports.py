from __future__ import annotations

import re

import pytest
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from saccade.graph import Batch, In, Module, Out, UnknownPortError, WiringError, World

from .parts import Eye, Gaze, Images, Reader, Score


class Mnist(World):
    n: In[Batch]
    image: Out[Float[Tensor, "b 1 28 28"]]
    label: Out[Int[Tensor, "b"]]


class Small(Module):
    patch: In[Float[Tensor, "b 1 9 9"]]
    flat: In[Float[Tensor, "b 784"]]
    hot: In[Bool[Tensor, "b"]]
    n: In[Batch]
    square: In[Float[Tensor, "b k k"]]
    out: Out[Float[Tensor, "b k"]]


def says(message: str) -> str:
    return re.escape(message)


def test_a_size_that_differs_names_both_ports() -> None:
    message = (
        "mnist.image: Float[Tensor, 'b 1 28 28'] >> small.patch: Float[Tensor, 'b 1 9 9'] — axis of size 28 is not 9"
    )
    with pytest.raises(WiringError, match=says(message)):
        Mnist().image >> Small().patch


def test_rank_and_dtype_that_differ() -> None:
    with pytest.raises(
        WiringError, match=says("mnist.image: Float[Tensor, 'b 1 28 28'] >> small.flat: ") + ".*rank 4 is not 2"
    ):
        Mnist().image >> Small().flat
    with pytest.raises(
        WiringError, match=says("mnist.label: Int[Tensor, 'b'] >> small.hot: Bool[Tensor, 'b'] — dtype Int is not Bool")
    ):
        Mnist().label >> Small().hot


def test_the_wrong_direction() -> None:
    with pytest.raises(
        WiringError, match=says("images.image >> reader.hidden: the right side must be an input port, it is an output")
    ):
        Images().image >> Reader().hidden
    with pytest.raises(WiringError, match="it is Reader, not a port"):
        Images().image >> Reader()
    with pytest.raises(TypeError):
        Reader().patch >> Eye().image


def test_an_input_fed_twice() -> None:
    eye, reader = Eye(), Reader()
    eye.patch >> reader.patch
    with pytest.raises(WiringError, match=says("eye2.patch >> reader.patch: reader.patch is already fed by eye.patch")):
        Eye().named("eye2").patch >> reader.patch


def test_what_the_graph_supplies_is_not_wired() -> None:
    with pytest.raises(
        WiringError, match=says("mnist.label: Int[Tensor, 'b'] >> small.n: Batch — Batch is supplied by the graph")
    ):
        Mnist().label >> Small().n


def test_a_misspelt_port_suggests_the_nearest() -> None:
    with pytest.raises(
        UnknownPortError,
        match=says("images has no port or attribute 'imege' — did you mean 'image'? (ports: n, image, label)"),
    ):
        Images().imege >> Eye().image
    assert not hasattr(Images(), "imege")


def test_named_sizes_come_along_the_wires() -> None:
    images, eye, reader, gaze = Images(), Eye(), Reader(units=7), Gaze(f=7)
    images.image >> eye.image
    assert eye.image.sizes() == (1, 4, 4)
    assert eye.image.describe() == "eye.image: Float[Tensor, 'b 1 4 4']"
    reader.hidden >> reader.state
    reader.hidden >> gaze.observation
    with pytest.raises(
        WiringError, match=says("reader.hidden: Float[Tensor, 'b 7'] >> gaze.observation: Float[Tensor, 'b 5'] — axis")
    ):
        reader.hidden >> Gaze(f=5).observation


def test_a_name_that_stands_twice_is_one_size() -> None:
    class Wide(Module):
        out: Out[Float[Tensor, "b 2 3"]]

    small = Small()
    with pytest.raises(
        WiringError,
        match=says(
            "wide.out: Float[Tensor, 'b 2 3'] >> small.square: Float[Tensor, 'b k k'] — axis of size 3 is not 2"
        ),
    ):
        Wide().out >> small.square
    assert small.out.sizes() == (None,)  # a refused edge leaves no sizes behind


def test_a_size_may_be_an_attribute_of_the_class_or_a_property() -> None:
    class Sized(Module):
        side = 3
        out: Out[Float[Tensor, "b side twice"]]

        @property
        def twice(self) -> int:
            return 2 * self.side

    assert Sized().out.sizes() == (3, 6)


def test_detach_cuts_one_edge_only() -> None:
    reader = Reader()
    assert reader.hidden.detach().detached
    assert not reader.hidden.detached


def test_first_values() -> None:
    cpu = torch.device("cpu")
    reader = Reader(units=2)
    assert reader.state.first(3, cpu).equal(torch.zeros(3, 2))
    assert reader.state.first(3, cpu, torch.float64).dtype == torch.float64
    reader.state.init = torch.tensor([1.0, 2.0])
    assert reader.state.first(2, cpu).tolist() == [[1, 2], [1, 2]]
    reader.state.init = lambda n: torch.full((n, 2), 4.0)
    assert reader.state.first(1, cpu).tolist() == [[4, 4]]

    class Counter(Module):
        count: In[Int[Tensor, "b"]] = In(init=3)
        stop: In[Bool[Tensor, "b"]] = In(init=False)
        open: In[Float[Tensor, "b k"]] = In(init=0.0)

    counter = Counter()
    assert counter.count.first(2, cpu).tolist() == [3, 3]
    assert counter.stop.first(1, cpu).dtype == torch.bool
    with pytest.raises(
        WiringError, match=says("counter.open: Float[Tensor, 'b k'] needs a first value, and its sizes are not all")
    ):
        counter.open.first(2, cpu)
    assert Counter().count.init == 3  # each module has its own port
    assert isinstance(Score(), nn.Module)


def test_fed_by() -> None:
    with pytest.raises(WiringError, match=says("reader.patch is not fed: wire an output to it")):
        Reader().patch.fed_by()
