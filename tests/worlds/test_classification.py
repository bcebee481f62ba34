import math

import pytest
import torch
from torch import Tensor

from saccade.graph import PortValueError
from saccade.worlds import ClassificationReward, Prediction, Reward

LIKELY = torch.tensor([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1]]).log()
LABEL = torch.tensor([0, 0])
PREVIOUS = torch.tensor([1.0, 1.0])


def rewards(kind: Reward, step: int = 0, logits: Tensor = LIKELY, previous: Tensor = PREVIOUS) -> list[float]:
    reward = ClassificationReward(3, kind, classes=3)
    value: list[float] = reward(logits, LABEL, previous, step)[1].tolist()
    return value


def test_cross_entropy() -> None:
    cross_entropy = ClassificationReward(3, classes=3)(LIKELY, LABEL, PREVIOUS, 0)[0]
    assert cross_entropy.tolist() == pytest.approx([-math.log(0.7), -math.log(0.3)])


def test_the_prediction() -> None:
    predicted, correct = Prediction()(LIKELY, LABEL)
    assert predicted.tolist() == [0, 1] and correct.tolist() == [True, False]


def test_the_rewards() -> None:
    assert rewards(Reward.EACH_STEP) == [1, 0]
    assert rewards(Reward.AT_END, 0) == [0, 0] and rewards(Reward.AT_END, 1) == [0, 0]
    assert rewards(Reward.AT_END, 2) == [1, 0]
    assert rewards(Reward.CROSS_ENTROPY) == pytest.approx([math.log(0.7), math.log(0.3)])
    inverse = [math.tanh(-1 / math.log(0.7)), math.tanh(-1 / math.log(0.3))]
    assert rewards(Reward.INVERSE_CROSS_ENTROPY) == pytest.approx(inverse)
    assert rewards(Reward.GAIN) == pytest.approx([1 + math.log(0.7), 1 + math.log(0.3)])


def test_rewards_have_bounds() -> None:
    sure = torch.tensor([[0.0, -99, -99], [-99, 0, -99]])
    assert rewards(Reward.GAIN, logits=sure, previous=torch.tensor([9.0, 0.0])) == [3, -3]
    assert rewards(Reward.INVERSE_CROSS_ENTROPY, logits=sure) == pytest.approx([1, math.tanh(1 / 99)])


@pytest.mark.parametrize("kind", list(Reward))
def test_episodes_at_different_steps(kind: Reward) -> None:
    reward = ClassificationReward(3, kind, classes=3)
    mixed = reward(LIKELY, LABEL, PREVIOUS, torch.tensor([0, 2]))
    for place, step in enumerate((0, 2)):
        alone = reward(LIKELY, LABEL, PREVIOUS, step)
        assert all(torch.equal(a[place], b[place]) for a, b in zip(mixed, alone, strict=True))


@pytest.mark.parametrize("spread", [0.0, 0.5, 1.0])
def test_the_weights_of_the_loss_sum_to_one(spread: float) -> None:
    reward = ClassificationReward(4, classes=3, spread=spread)
    losses = torch.stack([reward(LIKELY, LABEL, PREVIOUS, step)[2] for step in range(4)])
    cross_entropy = reward(LIKELY, LABEL, PREVIOUS, 0)[0]
    assert torch.allclose(losses.sum(0), cross_entropy)
    assert torch.allclose(losses[0], cross_entropy * spread / 4)


def test_before_the_first_fixation_all_classes_are_equally_likely() -> None:
    assert ClassificationReward(3).previous.init == pytest.approx(math.log(10))
    assert ClassificationReward(3, classes=4).previous.init == pytest.approx(math.log(4))


def test_only_the_loss_has_a_gradient() -> None:
    logits = LIKELY.clone().requires_grad_()
    cross_entropy, value, loss = ClassificationReward(3, classes=3)(logits, LABEL, PREVIOUS, 2)
    assert loss.requires_grad and cross_entropy.requires_grad
    assert not value.requires_grad


def test_a_loop_that_is_longer_than_the_weights() -> None:
    with pytest.raises(PortValueError, match="classificationreward has times=3, and its loop goes on"):
        ClassificationReward(3, classes=3)(LIKELY, LABEL, PREVIOUS, 3)
