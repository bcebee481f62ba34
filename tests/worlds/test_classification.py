import math

import pytest
import torch
from torch import Tensor

from saccade.graph import PortValueError
from saccade.worlds import ClassificationReward, Prediction, Reward

LIKELY = torch.tensor([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1]]).log()
LABEL = torch.tensor([0, 0])
BEFORE = torch.tensor([1.0, 1.0])


def paid(reward: Reward, step: int = 0, logits: Tensor = LIKELY, before: Tensor = BEFORE) -> list[float]:
    grade = ClassificationReward(3, reward, classes=3)
    value: list[float] = grade(logits, LABEL, before, step)[1].tolist()
    return value


def test_surprise() -> None:
    surprise = ClassificationReward(3, classes=3)(LIKELY, LABEL, BEFORE, 0)[0]
    assert surprise.tolist() == pytest.approx([-math.log(0.7), -math.log(0.3)])


def test_the_verdict() -> None:
    predicted, correct = Prediction()(LIKELY, LABEL)
    assert predicted.tolist() == [0, 1] and correct.tolist() == [True, False]


def test_the_rewards() -> None:
    assert paid(Reward.EACH_STEP) == [1, 0]
    assert paid(Reward.AT_END, 0) == [0, 0] and paid(Reward.AT_END, 1) == [0, 0]
    assert paid(Reward.AT_END, 2) == [1, 0]
    assert paid(Reward.CROSS_ENTROPY) == pytest.approx([math.log(0.7), math.log(0.3)])
    inverse = [math.tanh(-1 / math.log(0.7)), math.tanh(-1 / math.log(0.3))]
    assert paid(Reward.INVERSE_CROSS_ENTROPY) == pytest.approx(inverse)
    assert paid(Reward.GAIN) == pytest.approx([1 + math.log(0.7), 1 + math.log(0.3)])


def test_rewards_have_bounds() -> None:
    sure = torch.tensor([[0.0, -99, -99], [-99, 0, -99]])
    assert paid(Reward.GAIN, logits=sure, before=torch.tensor([9.0, 0.0])) == [3, -3]
    assert paid(Reward.INVERSE_CROSS_ENTROPY, logits=sure) == pytest.approx([1, math.tanh(1 / 99)])


@pytest.mark.parametrize("reward", list(Reward))
def test_episodes_at_different_steps(reward: Reward) -> None:
    grade = ClassificationReward(3, reward, classes=3)
    mixed = grade(LIKELY, LABEL, BEFORE, torch.tensor([0, 2]))
    for place, step in enumerate((0, 2)):
        alone = grade(LIKELY, LABEL, BEFORE, step)
        assert all(torch.equal(a[place], b[place]) for a, b in zip(mixed, alone, strict=True))


@pytest.mark.parametrize("spread", [0.0, 0.5, 1.0])
def test_the_weights_of_the_loss_sum_to_one(spread: float) -> None:
    grade = ClassificationReward(4, classes=3, spread=spread)
    losses = torch.stack([grade(LIKELY, LABEL, BEFORE, step)[2] for step in range(4)])
    surprise = grade(LIKELY, LABEL, BEFORE, 0)[0]
    assert torch.allclose(losses.sum(0), surprise)
    assert torch.allclose(losses[0], surprise * spread / 4)


def test_before_the_first_look_all_classes_are_alike() -> None:
    assert ClassificationReward(3).before.init == pytest.approx(math.log(10))
    assert ClassificationReward(3, classes=4).before.init == pytest.approx(math.log(4))


def test_only_the_loss_has_a_gradient() -> None:
    logits = LIKELY.clone().requires_grad_()
    surprise, value, loss = ClassificationReward(3, classes=3)(logits, LABEL, BEFORE, 2)
    assert loss.requires_grad and surprise.requires_grad
    assert not value.requires_grad


def test_a_loop_that_is_longer_than_the_weights() -> None:
    with pytest.raises(PortValueError, match="grade has times=3, and its loop goes on"):
        ClassificationReward(3, classes=3)(LIKELY, LABEL, BEFORE, 3)
