"""An environment of one's own: a ball falls, a paddle may be moved under it. Nothing in it knows of saccade."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

CELLS, CELL = 7, 6  # cells per side, and pixels of one


class Catch(gym.Env[np.ndarray, int]):
    """Three actions (left, stay, right); +1 for a ball that is caught, -1 for one that is not."""

    def __init__(self) -> None:
        self.observation_space = gym.spaces.Box(0, 255, (CELLS * CELL, CELLS * CELL, 3), np.uint8)
        self.action_space = gym.spaces.Discrete(3)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """A ball at the top."""
        super().reset(seed=seed)
        self.row, self.column, self.paddle = 0, int(self.np_random.integers(CELLS)), CELLS // 2
        return self._screen(), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """One row down."""
        self.paddle = min(max(self.paddle + int(action) - 1, 0), CELLS - 1)
        self.row += 1
        over = self.row == CELLS - 1
        reward = (1.0 if self.paddle == self.column else -1.0) if over else 0.0
        return self._screen(), reward, over, False, {}

    def _screen(self) -> np.ndarray:
        cells = np.zeros((CELLS, CELLS), np.uint8)
        cells[CELLS - 1, self.paddle] = 160
        cells[self.row, self.column] = 255
        return np.repeat(cells.repeat(CELL, 0).repeat(CELL, 1)[..., None], 3, 2)


gym.register("Catch-v0", Catch)
