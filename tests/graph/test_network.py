from __future__ import annotations

import copy
import re

import pytest
import torch
from jaxtyping import Float
from torch import Tensor, nn

from saccade.graph import Batch, Graph, In, Module, Network, Out, PortValueError, UnknownPortError

Vector = Float[Tensor, "b 2"]


class Source(Module):
    n: In[Batch]
    x: Out[Vector]

    def forward(self, n: int) -> Tensor:
        return torch.arange(2.0 * n).view(n, 2)


class Sum(Module):
    inner: In[Float[Tensor, "b 3"]]
    total: Out[Float[Tensor, "b"]]

    def forward(self, inner: Tensor) -> Tensor:
        return inner.sum(1)


def layers() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))


def test_an_inner_layer_is_a_port_and_passes_the_gradient() -> None:
    source, network, total = Source(), Network(layers(), Vector, Vector), Sum()
    source.x >> network.input
    network.layer("1", Float[Tensor, "b 3"]) >> total.inner
    graph = Graph(source, network, total)
    total_of_layer = graph.unroll(4, watch=[total.total])[total.total][0]
    x = source(4)
    torch.testing.assert_close(total_of_layer, network.network[:2](x).sum(1))
    total_of_layer.sum().backward()
    assert network.network[0].weight.grad.abs().sum() > 0
    assert network.network[2].weight.grad is None


def test_layers_keep_their_order_whatever_order_they_run_in() -> None:
    network = Network(layers(), Vector, Vector)
    last, first = network.layer("2", Vector), network.layer("0", Float[Tensor, "b 3"])
    assert network.layer("2", Vector) is last
    assert [port.name for port in network.outputs()] == ["output", "2", "0"]
    _, b, a = network(torch.ones(1, 2))
    torch.testing.assert_close(a, network.network[0](torch.ones(1, 2)))
    assert (b.shape, a.shape, first.sizes()) == ((1, 2), (1, 3), (3,))


def test_layer_names_that_are_taken() -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network, self.a, self.a_b = nn.Identity(), nn.Sequential(), nn.Identity()
            self.a.add_module("b", nn.Identity())

        def forward(self, x: Tensor) -> Tensor:
            return self.a_b(3 * self.a(2 * self.network(x)))

    network = Network(Odd(), Vector, Vector)
    ports = [network.layer(path, Vector) for path in ("network", "a.b", "a_b")]
    assert [port.name for port in ports] == ["network_layer", "a_b", "a_b_layer"]
    assert [network.layer(path, Vector) for path in ("network", "a.b", "a_b")] == ports
    assert [float(value.sum()) for value in network(torch.ones(1, 2))] == [12, 2, 4, 12]


def test_a_misspelt_layer() -> None:
    network = Network(nn.Sequential(), Vector, Vector)
    network.network.add_module("encoder", nn.Identity())
    with pytest.raises(
        UnknownPortError, match=re.escape("network has no layer 'encodr' — did you mean 'encoder'? (layers: encoder)")
    ):
        network.layer("encodr", Vector)
    with pytest.raises(UnknownPortError, match="no layer ''"):
        network.layer("", Vector)


def test_a_layer_that_is_not_called() -> None:
    whole = layers()
    whole[1].add_module("spare", nn.Identity())
    network = Network(whole, Vector, Vector)
    network.layer("1.spare", Vector)
    with pytest.raises(PortValueError, match=re.escape("network: the network did not call its layer 1.spare")):
        network(torch.ones(1, 2))


def test_two_modules_share_one_network() -> None:
    shared, source = layers(), Source()
    a, b = Network(shared, Vector, Vector).named("a"), Network(shared, Vector, Vector).named("b")
    total = Sum()
    source.x >> a.input
    a.output >> b.input
    b.layer("1", Float[Tensor, "b 3"]) >> total.inner
    graph = Graph(source, a, b, total)
    assert sum(1 for _ in graph.parameters()) == 4
    value = graph.unroll(3, watch=[total.total])[total.total]
    torch.testing.assert_close(value[0], shared[:2](shared(source(3))).sum(1))
    value.sum().backward()
    whole = shared[0].weight.grad.clone()
    shared.zero_grad()
    x = source(3)
    (shared[:2](shared(x).detach()).sum() + shared[:2](copy.deepcopy(shared)(x)).sum() * 0).backward()
    assert not torch.allclose(whole, shared[0].weight.grad)  # the other part of the gradient came through the first use


def test_a_copy_stands_alone() -> None:
    network = Network(layers(), Vector, Vector)
    network.layer("1", Float[Tensor, "b 3"])
    twin = copy.deepcopy(network)
    with torch.no_grad():
        twin.network[0].weight.zero_()
        twin.network[0].bias.zero_()
    assert twin(torch.ones(1, 2))[1].abs().sum() == 0
    assert network(torch.ones(1, 2))[1].abs().sum() > 0
