"""One Gymnasium environment as the learner sees it: grey frames of the usual size, whatever its author declared."""

from __future__ import annotations

from typing import Any

import cv2
import gymnasium as gym
import numpy as np
import numpy.typing as npt

from saccade.worlds.data.fetch import DataError

from .emulators import SIDE
from .mends import in_words

LIMIT = 4_500  # decisions of an episode where the environment has no time limit: five minutes, as in the paper
_STRETCHED = 64  # a declared highest value below this is stretched to white: levels, not bytes of a screen

Frame = npt.NDArray[np.uint8]


class PixelFrames(gym.Wrapper[Frame, int, Any, int]):
    """Grey frames `(84, 84)`; no `info`, which may be of any shape; episodes that end.

    Grey is the luma of ITU-R BT.601, as ALE's; Gymnasium's own GrayscaleObservation (1.4.0) takes other weights.

    Args:
        env: of the name `id_`.
        id_: for messages.

    Raises (when it is used):
        DataError: what it shows is not what it declares, or it has the interface of old Gym.
    """

    def __init__(self, env: gym.Env[Any, Any], id_: str) -> None:
        super().__init__(env)
        self._id, self._steps = id_, 0
        space = env.observation_space
        assert isinstance(space, gym.spaces.Box)
        self._shape = space.shape
        highest = float(space.high.max())
        self._scale = 255 / highest if 0 < highest < _STRETCHED else 1.0
        self.endless = env.spec is None or env.spec.max_episode_steps is None  # nothing but itself ends an episode
        self.observation_space = gym.spaces.Box(0, 255, (SIDE, SIDE), np.uint8)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Frame, dict[str, Any]]:
        """Begin an episode."""
        self._steps = 0
        try:
            found = self.env.reset(seed=seed, options=options)
        except TypeError as error:
            if "unexpected keyword argument" not in str(error):
                raise
            raise of_old_gym(
                self._id, f"its reset takes no {'options' if 'options' in str(error) else 'seed'}"
            ) from error
        if not isinstance(found, tuple) or len(found) != 2:
            raise of_old_gym(self._id, "its reset returns the observation alone")
        return self._frame(found[0]), {}

    def step(self, action: int) -> tuple[Frame, float, bool, bool, dict[str, Any]]:
        """Act."""
        found: tuple[Any, ...] = self.env.step(action)
        if len(found) != 5:
            raise of_old_gym(self._id, f"its step returns {len(found)} values, not 5")
        observation, reward, terminated, truncated, _ = found
        self._steps += 1
        late = self.endless and self._steps == LIMIT and not terminated
        return self._frame(observation), float(reward), bool(terminated), bool(truncated) or late, {}

    def _frame(self, raw: Any) -> Frame:
        pixels = np.asarray(raw)
        if pixels.dtype != np.uint8 or pixels.shape != self._shape:
            raise DataError(
                f"{self._id} shows {pixels.dtype} of shape {pixels.shape}, where it declares {in_words(self.env.observation_space)}: "
                "make both the same, uint8 from 0 to 255"
            )
        in_colour = pixels.ndim == 3 and pixels.shape[2] == 3
        grey: npt.NDArray[Any] = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY) if in_colour else pixels
        grey = grey.reshape(grey.shape[:2])
        if self._scale != 1:
            grey = np.minimum(grey * self._scale, 255).astype(np.uint8)
        small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        return small.astype(np.uint8, copy=False)


def of_old_gym(id_: str, why: str) -> DataError:
    """The error that an environment was written for Gym, before it became Gymnasium."""
    return DataError(
        f"{id_} has the interface of old Gym ({why}): bring it to Gymnasium's, where reset(seed=…, options=…) returns an "
        "observation and an info, and step five values"
    )
