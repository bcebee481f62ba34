"""Action values of grids."""

from __future__ import annotations

import torch

from saccade.agents.grid_network import GridQNetwork


def test_values_depend_on_kind_colour_state_and_mask() -> None:
    torch.manual_seed(0)
    network, plain = GridQNetwork(4, 5, 6, 3), GridQNetwork(3, 5, 6, 3)
    screen = torch.randint(0, 4, (2, 4, 5, 6), dtype=torch.uint8)
    values = network.forward(screen)
    assert values.shape == (2, 3) and plain.forward(screen[:, :3]).shape == (2, 3)
    for plane in range(4):
        other = screen.clone()
        other[0, plane, 2, 3] = 0 if screen[0, plane, 2, 3] else 1
        changed = network.forward(other)
        assert not torch.allclose(changed[0], values[0]) and torch.equal(changed[1], values[1])
