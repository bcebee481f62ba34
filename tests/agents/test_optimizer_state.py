from __future__ import annotations

import pytest
import torch
from torch import nn

from saccade.agents.optimizer_state import by_prefix, load_optimizer_state, optimizer_state, with_prefix


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_an_optimiser_goes_on_as_if_it_had_never_stopped(layout: torch.memory_format) -> None:
    torch.manual_seed(0)
    start = nn.Conv2d(3, 4, 3).to(memory_format=layout)
    images = torch.randn(6, 2, 3, 5, 5)

    def learn(net: nn.Conv2d, optimizer: torch.optim.Optimizer, batches: torch.Tensor) -> None:
        for batch in batches:
            optimizer.zero_grad()
            torch.autograd.backward(net(batch).square().mean())
            optimizer.step()

    def copy(net: nn.Conv2d) -> tuple[nn.Conv2d, torch.optim.Optimizer]:
        other = nn.Conv2d(3, 4, 3).to(memory_format=layout)
        other.load_state_dict(net.state_dict())
        return other, torch.optim.Adam(other.parameters(), lr=0.1, fused=True)

    whole, optimizer = copy(start)
    learn(whole, optimizer, images[:3])
    again, other = copy(whole)
    load_optimizer_state(other, {name: value.contiguous() for name, value in optimizer_state(optimizer).items()})
    learn(whole, optimizer, images[3:])
    learn(again, other, images[3:])
    assert torch.equal(whole.weight, again.weight) and torch.equal(whole.bias, again.bias)  # type: ignore[arg-type]


def test_prefixes_are_put_on_and_taken_off() -> None:
    one, two = torch.tensor(1), torch.tensor(2)
    whole = with_prefix("graph", {"a/b": one, "": two}) | {"alone": two}
    assert whole == {"graph/a/b": one, "graph/": two, "alone": two}
    parts = by_prefix(whole)
    assert parts == {"graph": {"a/b": one, "": two}, "alone": {"": two}}
    assert parts["missing"] == {}
