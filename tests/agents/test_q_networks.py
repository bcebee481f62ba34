"""Networks that estimate action values: how frames are scaled, and in which precision layers compute."""

from __future__ import annotations

import pytest
import torch

from saccade.agents import q_networks
from saccade.agents.q_learner import twin
from saccade.agents.q_networks import QNetwork


def network(half: bool, duelling: bool = False) -> QNetwork:
    torch.manual_seed(0)
    found = QNetwork(4, 40, 44, 6, duelling=duelling, half=half)
    found.centre(torch.randint(0, 255, (9, 4, 40, 44), dtype=torch.uint8))
    return found


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("n", [1, 3, 300])
def test_compiled_scaling_is_torch_s_to_the_bit(half: bool, n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made, frames = network(half), torch.randint(0, 256, (n, 5, 40, 44), dtype=torch.uint8)
    whole, turned = frames[:, :4].contiguous(), frames.transpose(2, 3).contiguous().transpose(2, 3)[:, :4]
    seen = [whole, frames[:, :4], frames[:, 1:], turned]
    compiled = [made.scaled(screen) for screen in seen]
    monkeypatch.setattr(q_networks, "_compiled", lambda: False)
    for screen, found in zip(seen, compiled, strict=True):
        expected = made.scaled(screen)
        assert found.dtype == expected.dtype and torch.equal(found, expected)
        assert found.is_contiguous(memory_format=torch.channels_last)


def test_scaling_follows_the_mean_image() -> None:
    made, screen = network(False), torch.full((2, 4, 40, 44), 100, dtype=torch.uint8)
    made.centre(screen)
    assert not made.scaled(screen).any()
    made.load_state_dict({**made.state_dict(), "mean": torch.zeros_like(made.mean)})
    assert torch.allclose(made.scaled(screen), torch.tensor(100 / 255))


@pytest.mark.parametrize("duelling", [False, True])
def test_half_precision_is_near_and_the_weights_learn_in_full(duelling: bool) -> None:
    screen = torch.randint(0, 256, (32, 4, 40, 44), dtype=torch.uint8)
    full, half = network(False, duelling), network(True, duelling)
    exact, found = full(screen), half(screen)
    assert found.dtype == torch.float32 and 0 < (exact - found).abs().max() < 0.02 * exact.abs().max()
    found.square().mean().backward()
    exact.square().mean().backward()
    for mine, theirs in zip(half.parameters(), full.parameters(), strict=True):
        assert mine.dtype == mine.grad.dtype == torch.float32
        assert torch.cosine_similarity(mine.grad.flatten(), theirs.grad.flatten(), 0) > 0.98


def test_a_frozen_twin_computes_the_same_and_has_weights_of_its_own() -> None:
    made, screen = network(True), torch.randint(0, 256, (8, 4, 40, 44), dtype=torch.uint8)
    copy = twin(made).requires_grad_(False)
    assert isinstance(copy, QNetwork)
    copy.freeze()
    expected = made(screen)
    assert torch.equal(copy(screen), expected) and copy.see[0].weight.dtype == torch.bfloat16
    with torch.no_grad():
        made.see[0].weight.zero_()
    assert torch.equal(copy(screen), expected) and not torch.equal(made(screen), expected)
