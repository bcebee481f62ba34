"""Views of goals, and tables."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from saccade.agents.goal_networks import GoalQNetwork, GoalView, QTable
from saccade.agents.q_networks import QNetwork


def test_the_goal_is_one_more_frame() -> None:
    masks = torch.zeros(3, 2, 2, dtype=torch.bool)
    masks[2, 0, 1] = True
    view = GoalView((2, 2, 2), masks)
    screen = torch.full((2, 2, 2, 2), 7, dtype=torch.uint8)
    seen = view.forward(screen, torch.tensor([0, 2]))
    assert seen.shape == (2, 3, 2, 2) and torch.equal(seen[:, :2], screen)
    assert seen[:, 2].tolist() == [[[0, 0], [0, 0]], [[0, 255], [0, 0]]]
    for wrong in (torch.zeros(2, 2, 2), masks[:, :1]):
        with pytest.raises(ValueError, match=r"they must be torch\.bool of shape \(goals, 2, 2\), as the screen is"):
            GoalView((2, 2, 2), wrong)


def test_a_goal_that_moves_is_shown_where_it_is() -> None:
    def boxes(screen: Tensor) -> Tensor:
        at = screen[:, 0, 0, 0].float()
        return torch.stack([torch.stack([at, at, at * 0 + 2, at * 0 + 1], 1), torch.zeros(len(at), 4)], 1)

    view = GoalView((1, 3, 4), boxes)
    screen = torch.tensor([1, 0, 1], dtype=torch.uint8).view(3, 1, 1, 1).expand(3, 1, 3, 4)
    seen = view.forward(screen, torch.tensor([0, 0, 1]))[:, 1]
    assert seen[0].nonzero().tolist() == [[1, 1], [1, 2]] and seen[1].nonzero().tolist() == [[0, 0], [0, 1]]
    assert not seen[2].any()


def test_every_state_has_its_row() -> None:
    table = QTable(torch.tensor([[[0, 1, 2]], [[0, 3, 6]]]), 9, 2)
    with torch.no_grad():
        table.values.copy_(torch.arange(18.0).view(9, 2))
    screen = torch.zeros(3, 2, 1, 3, dtype=torch.uint8)
    screen[[0, 1, 2], 0, 0, [0, 2, 1]] = 255
    screen[[0, 1, 2], 1, 0, [0, 2, 1]] = 1
    assert table.forward(screen)[:, 0].tolist() == [0, 16, 8]


def test_a_mask_is_seen_as_one_more_frame_would_be() -> None:
    masks = torch.rand(3, 40, 40) < 0.3
    network = GoalQNetwork(QNetwork(4, 40, 40, 2), masks)
    whole = QNetwork(5, 40, 40, 2)
    first, theirs = network.base.see[0], whole.see[0]
    with torch.no_grad():
        whole.load_state_dict({
            **network.base.state_dict(), "mean": torch.zeros(1, 5, 40, 40), "see.0.weight": torch.cat([first.weight, network.of_mask.weight], 1),
        })  # fmt: skip
    assert theirs.weight.shape[1] == 5
    screen, goal = torch.randint(0, 256, (6, 4, 40, 40), dtype=torch.uint8), torch.tensor([0, 1, 2, 2, 0, 1])
    joined = torch.cat([screen, masks[goal][:, None].byte() * 255], 1)
    assert torch.allclose(network(screen, goal), whole(joined), atol=1e-5)
    with pytest.raises(ValueError, match=r"they must be torch\.bool of shape \(goals, 40, 40\)"):
        GoalQNetwork(QNetwork(4, 40, 40, 2), masks[:, :3])
