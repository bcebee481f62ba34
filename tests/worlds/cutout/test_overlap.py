from __future__ import annotations

import pytest
import torch

from saccade.worlds.cutout.overlap import Overlap, overlap
from saccade.worlds.cutout.rules import Pay

TRUTH = torch.tensor([[[True, True, False, False]]])
HALF = torch.tensor([[[True, False, False, False]]])


def test_intersection_over_union() -> None:
    masks = torch.stack([TRUTH[0], HALF[0], ~TRUTH[0], torch.ones(1, 4, dtype=torch.bool)])
    assert overlap(masks, TRUTH.repeat(4, 1, 1)).tolist() == [1.0, 0.5, 0.0, 0.5]
    nothing = torch.zeros(1, 1, 4, dtype=torch.bool)
    assert overlap(nothing, nothing).tolist() == [1.0]


@pytest.mark.parametrize(("pay", "expected"), [(Pay.IOU, [1.0, 2.0]), (Pay.GAIN, [0.5, 1.5]), (Pay.AT_END, [0.0, 2.0])])
def test_rewards(pay: Pay, expected: list[float]) -> None:
    judge, before = Overlap(moves=2, pay=pay, scale=2.0), torch.tensor([0.25])
    found = [judge(mask, TRUTH, before, step)[1].item() for step, mask in ((1, HALF), (2, TRUTH))]
    assert found == expected
    assert judge(HALF, TRUTH, before, torch.tensor([1]))[1].item() == expected[0]


def test_gains_add_up_to_the_last_overlap() -> None:
    judge, before, total = Overlap(moves=3), torch.zeros(1), 0.0
    for step, mask in enumerate((HALF, ~TRUTH, TRUTH)):
        before, reward = judge(mask, TRUTH, before, step)
        total += reward.item()
    assert total == pytest.approx(1.0)
