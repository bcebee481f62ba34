"""The objects of the first room of Montezuma's Revenge (Atari 2600), read from the game's memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from .goals import overlaps

Bytes = npt.NDArray[np.uint8]

HEIGHT, WIDTH = 210, 160  # pixels of the screen
FURNITURE = {  # what does not move: x, y, width, height
    "middle ladder": (72, 122, 16, 14),  # its lower end: the upper one is where an episode begins
    "rope": (110, 96, 5, 39),
    "right ladder": (128, 138, 16, 42),
    "left ladder": (16, 138, 16, 42),
    "right door": (135, 54, 6, 37),
    "left door": (19, 54, 6, 37),
}
KEY = (13, 99, 7, 15)
NAMES = ("agent", "skull", "key", *FURNITURE)

# Places in the memory. As read from 39,184 frames, and tried by tests against the pixels.
_ROOM, _X, _Y, _SKULL_X, _SKULL_Y, _DYING, _CARRIED, _HERE = 3, 42, 43, 47, 46, 55, 65, 67
_KEY_CARRIED, _KEY_HERE, _SKULL_HERE = 2, 1, 2
_FIRST = 1  # the room


def objects(_: Tensor, memory: Tensor) -> Tensor:
    """The objects of the first room, in pixels of the screen; what is not there has no size, in another room all.

    A key that is carried is where the agent is, with the agent's box.

    Args:
        memory: of the games, `(b, 128)` uint8.

    Returns:
        Boxes of `NAMES`, `(b, 9, 4)` float32: x, y, width, height.
    """
    m = memory.long()
    here = (m[:, _ROOM] == _FIRST) & (m[:, _DYING] == 0)
    agent = _box(m[:, _X] - 1, 308 - m[:, _Y], 8, 20)
    skull = _box(m[:, _SKULL_X] + 32, 406 - m[:, _SKULL_Y], 8, 13) * (m[:, _HERE] & _SKULL_HERE > 0)[:, None]
    key = torch.tensor(KEY, dtype=torch.float32, device=m.device) * (m[:, _HERE] & _KEY_HERE > 0)[:, None]
    key = torch.where((m[:, _CARRIED] & _KEY_CARRIED > 0)[:, None], agent, key)
    fixed = torch.tensor(list(FURNITURE.values()), dtype=torch.float32, device=m.device).expand(len(m), -1, -1)
    return torch.cat([agent[:, None], skull[:, None], key[:, None], fixed], 1) * here[:, None, None]


def _box(x: Tensor, y: Tensor, width: int, height: int) -> Tensor:
    return torch.stack([x, y, torch.full_like(x, width), torch.full_like(x, height)], 1).float()


def is_dying(memory: Bytes) -> bool:
    """Whether the agent has lost a life and takes no input, of one memory `(128,)`."""
    return bool(memory[_DYING] > 0)


def place(memory: Bytes) -> tuple[int, ...] | None:
    """The cell of a state for a search: room, place in steps of 8 pixels, what is carried, which doors are shut; None while the agent dies."""
    if memory[_DYING] > 0:
        return None
    m = [int(value) for value in memory]
    return m[_ROOM], m[_X] // 8, m[_Y] // 8, m[_CARRIED], m[26], m[28]


def stands_in(agent: Tensor, other: Tensor) -> Tensor:
    """Whether the lower part of the agent, eight pixels, overlaps with another box; both `(b, 4)`."""
    feet = torch.stack([agent[:, 0], agent[:, 1] + 12, agent[:, 2], agent[:, 3] - 12], 1)
    return overlaps(feet, other)


def carries(agent: Tensor, other: Tensor) -> Tensor:
    """Whether an object is carried: it is where the agent is; both `(b, 4)`."""
    return (agent == other).all(1) & (agent[:, 2] > 0)
