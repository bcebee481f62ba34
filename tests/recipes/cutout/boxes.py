"""Images that a scribbler learns from in seconds, and settings of a very small one."""

from __future__ import annotations

from typing import Any

import torch

from saccade.agents import LearnerSettings
from saccade.recipes.cutout.settings import CutOutSettings
from saccade.worlds.data.masked import MaskedImages

SIDE = 32


def boxes(n: int, seed: int) -> MaskedImages:
    """Bright boxes of all sizes on a dark noisy ground."""
    draw = torch.Generator().manual_seed(seed)
    top, left = torch.randint(2, 12, (2, n, 1, 1), generator=draw)
    high, wide = torch.randint(8, 18, (2, n, 1, 1), generator=draw)
    y, x = torch.arange(SIDE).view(1, SIDE, 1), torch.arange(SIDE).view(1, 1, SIDE)
    masks = (y >= top) & (y < top + high) & (x >= left) & (x < left + wide)
    noise = torch.randint(-25, 26, (n, 3, SIDE, SIDE), generator=draw)
    return MaskedImages((torch.where(masks[:, None], 150, 90) + noise).to(torch.uint8), masks, "boxes")


def tiny(**changes: Any) -> CutOutSettings:
    """Three updates of a very small scribbler."""
    small = {
        "seen": 12, "batch": 4, "episode_steps": 3, "length": 6, "size": SIDE, "forecast": 4, "units": 8, "minibatch": 6,
        "learner": LearnerSettings(learning_rate=1e-3, policy_learning_rate=1e-3, epochs=2, clip_norm=0.5),
    }  # fmt: skip
    return CutOutSettings(**{**small, **changes})
