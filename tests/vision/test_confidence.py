import pytest
import torch

from saccade.vision import Confidence


def test_it_learns_when_the_answer_is_right() -> None:
    torch.manual_seed(0)
    module = Confidence(2, 3, times=1)
    optimizer = torch.optim.Adam(module.parameters(), 0.02)
    label = torch.randint(0, 3, (512,))
    known = torch.rand(512) < 0.5  # the state tells whether the reader knows
    guess = torch.where(known, label, torch.randint(0, 3, (512,)))
    hidden, logits = torch.stack([known.float(), torch.rand(512)], 1), torch.eye(3)[guess]
    for _ in range(200):
        loss = module(hidden, logits, label)[2].mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    confidence = module(hidden, logits, label)[0]
    assert confidence[known].min() > 0.9
    assert confidence[~known].mean() == pytest.approx(1 / 3, abs=0.06)


def test_nothing_flows_back() -> None:
    hidden, logits = torch.rand(4, 2, requires_grad=True), torch.rand(4, 3, requires_grad=True)
    confidence, _, loss = Confidence(2, 3, times=4)(hidden, logits, torch.zeros(4, dtype=torch.int64))
    assert not confidence.requires_grad
    loss.sum().backward()
    assert hidden.grad is None and logits.grad is None


def test_enough_is_said_after_training_only() -> None:
    inputs = torch.rand(4, 2), torch.rand(4, 3), torch.zeros(4, dtype=torch.int64)
    eager, never = Confidence(2, 3, times=4, threshold=1e-6), Confidence(2, 3, times=4)
    assert not eager(*inputs)[1].any()
    assert eager.eval()(*inputs)[1].all()
    torch.nn.init.constant_(never.judge[2].bias, 100.0)  # so confident that nothing is above
    assert not never.eval()(*inputs)[1].any()


@pytest.mark.parametrize("threshold", [0.0, 1.1])
def test_thresholds_are_probabilities(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold="):
        Confidence(2, 3, 4, threshold)
