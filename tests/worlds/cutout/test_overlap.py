from __future__ import annotations

import pytest
import torch

from saccade.worlds.cutout.overlap import Overlap, overlap
from saccade.worlds.cutout.rules import CutOutReward

GROUND_TRUTH = torch.tensor([[[True, True, False, False]]])
HALF = torch.tensor([[[True, False, False, False]]])


def test_intersection_over_union() -> None:
    masks = torch.stack([GROUND_TRUTH[0], HALF[0], ~GROUND_TRUTH[0], torch.ones(1, 4, dtype=torch.bool)])
    assert overlap(masks, GROUND_TRUTH.repeat(4, 1, 1)).tolist() == [1.0, 0.5, 0.0, 0.5]
    nothing = torch.zeros(1, 1, 4, dtype=torch.bool)
    assert overlap(nothing, nothing).tolist() == [1.0]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(CutOutReward.IOU, [1.0, 2.0]), (CutOutReward.GAIN, [0.5, 1.5]), (CutOutReward.AT_END, [0.0, 2.0])],
)
def test_rewards(kind: CutOutReward, expected: list[float]) -> None:
    measure, previous = Overlap(moves=2, kind=kind, scale=2.0), torch.tensor([0.25])
    found = [measure(mask, GROUND_TRUTH, previous, step)[1].item() for step, mask in ((1, HALF), (2, GROUND_TRUTH))]
    assert found == expected
    assert measure(HALF, GROUND_TRUTH, previous, torch.tensor([1]))[1].item() == expected[0]


def test_gains_add_up_to_the_last_overlap() -> None:
    measure, previous, total = Overlap(moves=3), torch.zeros(1), 0.0
    for step, mask in enumerate((HALF, ~GROUND_TRUTH, GROUND_TRUTH)):
        previous, reward = measure(mask, GROUND_TRUTH, previous, step)
        total += reward.item()
    assert total == pytest.approx(1.0)
