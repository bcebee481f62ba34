"""A small game of pixels for tests: a ball falls, a paddle may be moved under it."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import numpy.typing as npt

SIDE = 42
_CELL, _CELLS = 6, 7


class Catch(gym.Env[npt.NDArray[np.uint8], int]):
    """Seven by seven cells; three actions; +1 for a ball caught, -1 for one that is lost, after `falls` steps."""

    def __init__(self, shape: tuple[int, ...] = (SIDE, SIDE, 3), falls: int = _CELLS - 1) -> None:
        self.observation_space: gym.Space[Any] = gym.spaces.Box(0, 255, shape, np.uint8)
        self.action_space: gym.Space[Any] = gym.spaces.Discrete(3)
        self._shape = shape
        self._ball, self._paddle, self._falls = [0, 0], 3, falls

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        super().reset(seed=seed)
        self._ball, self._paddle = [0, int(self.np_random.integers(_CELLS))], 3
        return self._drawn(), {}

    def step(self, action: int) -> Any:
        self._paddle = min(max(self._paddle + int(action) - 1, 0), _CELLS - 1)
        self._ball[0] += 1
        over = self._ball[0] == self._falls
        reward = (1.0 if abs(self._ball[1] - self._paddle) <= 0 else -1.0) if over else 0.0
        return self._drawn(), reward, over, False, {}

    def _drawn(self) -> Any:
        cells = np.zeros((_CELLS, _CELLS), np.uint8)
        cells[self._ball[0], self._ball[1]] = 255
        cells[_CELLS - 1, self._paddle] = 160
        grey = cells.repeat(_CELL, 0).repeat(_CELL, 1)
        return grey if len(self._shape) == 2 else grey[..., None].repeat(self._shape[2], 2)


class Oddly(Catch):
    """Catch, by an author with other habits."""

    def __init__(self, way: str) -> None:
        super().__init__((SIDE, SIDE))
        self.way = way
        if way == "broken":
            _ = 1 / 0
        if way in ("bits", "brighter"):
            self.observation_space = gym.spaces.Box(0, 1, (SIDE, SIDE), np.uint8)
        if way == "slow":
            self.metadata = {"render_modes": [], "render_fps": 0.4}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        if self.way == "old reset" and seed is not None:
            raise TypeError("reset() got an unexpected keyword argument 'seed'")
        return super().reset(seed=None if self.way == "unseeded" else seed, options=options)

    def step(self, action: int) -> Any:
        drawn, reward, over, late, _ = super().step(action)
        over = over and self.way != "endless"
        self._ball[0] %= _CELLS - 1
        info = {"near": np.arange(self._ball[0]), "caught": reward if over else None} if self.way == "ragged" else {}
        return (drawn, reward, over, {}) if self.way == "old step" else (drawn, reward, over, late, info)

    def close(self) -> None:
        if self.way == "open":
            raise OSError("still in use")

    def _drawn(self) -> Any:
        frame = super()._drawn()
        if self.way in ("bits", "dark"):
            return (frame > 0).astype(np.uint8)
        return frame / 255 if self.way == "floats" else frame


_ODD = {
    "Bits-v0": "bits", "Versionless": "", "Ragged-v0": "ragged", "Slow-v0": "slow", "Floats-v0": "floats", "OldReset-v0": "old reset",
    "OldStep-v0": "old step", "Broken-v0": "broken", "Endless-v0": "endless", "Unseeded-v0": "unseeded",
    "Brighter-v0": "brighter", "Dark-v0": "dark", "Open-v0": "open",
}  # fmt: skip


def register() -> None:
    """Make it known to Gymnasium."""
    if "Catch-v0" not in gym.registry:
        gym.register("Catch-v0", entry_point=Catch)
        gym.register("CatchShort-v0", entry_point=Catch, kwargs={"falls": 1})
        gym.register("CatchQuick-v0", entry_point=Catch, kwargs={"falls": 3})  # the paddle just gets everywhere
        for name, way in _ODD.items():
            gym.register(f"Catch{name}", entry_point=Oddly, kwargs={"way": way})
        gym.register("CatchOldStepLimited-v0", entry_point=Oddly, kwargs={"way": "old step"}, max_episode_steps=50)
        gym.register("CatchOneStep-v0", entry_point=Catch, max_episode_steps=1)
        gym.register("CatchLimited-v0", entry_point=Catch, max_episode_steps=50)
        gym.register("CatchGrey-v0", entry_point=Catch, kwargs={"shape": (SIDE, SIDE)})
        gym.register("CatchFlat-v0", entry_point=Catch, kwargs={"shape": (SIDE, SIDE, 1)})
