"""Views of goals, and tables."""

from __future__ import annotations

import pytest
import torch

from saccade.agents.goal_networks import GoalView, QTable


def test_the_goal_is_one_more_frame() -> None:
    masks = torch.zeros(3, 2, 2, dtype=torch.bool)
    masks[2, 0, 1] = True
    view = GoalView(masks, 2)
    screen = torch.full((2, 2, 2, 2), 7, dtype=torch.uint8)
    seen = view.forward(screen, torch.tensor([0, 2]))
    assert seen.shape == (2, 3, 2, 2) and torch.equal(seen[:, :2], screen)
    assert seen[:, 2].tolist() == [[[0, 0], [0, 0]], [[0, 255], [0, 0]]]
    with pytest.raises(
        ValueError,
        match=r"torch\.float32 of shape \(2, 2\): they must be torch\.bool of shape \(goals, height, width\)",
    ):
        GoalView(torch.zeros(2, 2), 1)


def test_every_state_has_its_row() -> None:
    table = QTable(torch.tensor([[[0, 1, 2]], [[0, 3, 6]]]), 9, 2)
    with torch.no_grad():
        table.values.copy_(torch.arange(18.0).view(9, 2))
    screen = torch.zeros(3, 2, 1, 3, dtype=torch.uint8)
    screen[[0, 1, 2], 0, 0, [0, 2, 1]] = 255
    screen[[0, 1, 2], 1, 0, [0, 2, 1]] = 1
    assert table.forward(screen)[:, 0].tolist() == [0, 16, 8]
