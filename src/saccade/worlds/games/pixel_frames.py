"""One Gymnasium environment as the learner sees it: grey frames of the usual size, whatever its author declared."""

from __future__ import annotations

import warnings
from typing import Any

import cv2
import gymnasium as gym
import numpy as np
import numpy.typing as npt

from saccade.own_code import fault
from saccade.worlds.data.files import DataError

from .emulators import SIDE
from .mends import in_words

LIMIT = 4_500  # decisions of an episode where the environment has no time limit: five minutes, as in the paper
_STRETCHED = 64  # a declared highest value below this is stretched to white: levels, not bytes of a screen

Frame = npt.NDArray[np.uint8]


def close(env: gym.Env[Any, Any], id_: str) -> None:
    """Close an environment; if it fails, that is a warning."""
    try:
        env.close()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        warnings.warn(f"{id_} cannot be closed ({fault(error)}); what it holds may stay", RuntimeWarning, stacklevel=2)


class PixelFrames(gym.Wrapper[Frame, int, Any, int]):
    """Grey frames `(84, 84)`; no `info`, which may be of any shape; episodes that end.

    Grey is the luma of ITU-R BT.601, as ALE's; Gymnasium's own GrayscaleObservation (1.4.0) takes other weights.

    Args:
        env: of the name `id_`.
        id_: for messages.

    Raises (when it is used):
        DataError: what it shows is not what it declares, or it has the interface of old Gym.
    """

    _close = staticmethod(close)  # at the end of Python the name `close` may be gone before the last environment

    def __init__(self, env: gym.Env[Any, Any], id_: str) -> None:
        super().__init__(env)
        self._id, self._steps = id_, 0
        space = env.observation_space
        assert isinstance(space, gym.spaces.Box)
        self._shape = space.shape
        highest = float(space.high.max())
        self._highest = highest if 0 < highest < _STRETCHED else 255.0
        self.endless = env.spec is None or env.spec.max_episode_steps is None  # nothing but itself ends an episode
        self.observation_space = gym.spaces.Box(0, 255, (SIDE, SIDE), np.uint8)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Frame, dict[str, Any]]:
        """Begin an episode."""
        self._steps = 0
        try:
            found = self.env.reset(seed=seed, options=options)
        except (DataError, KeyboardInterrupt):
            raise
        except BaseException as error:
            if isinstance(error, TypeError) and "unexpected keyword argument" in str(error):
                lacks = "options" if "options" in str(error) else "seed"
                raise of_old_gym(self._id, f"its reset takes no {lacks}") from error
            raise self._broken(error) from error
        if not isinstance(found, tuple) or len(found) != 2:
            raise of_old_gym(self._id, "its reset returns the observation alone")
        return self._frame(found[0]), {}

    def step(self, action: int) -> tuple[Frame, float, bool, bool, dict[str, Any]]:
        """Act."""
        try:
            found: tuple[Any, ...] = self.env.step(action)
        except (DataError, KeyboardInterrupt):
            raise
        except BaseException as error:
            if isinstance(error, ValueError) and "expected 5, got 4" in str(error):  # by a wrapper of Gymnasium's
                raise of_old_gym(self._id, "its step returns 4 values, not 5") from error
            raise self._broken(error) from error
        if len(found) != 5:
            raise of_old_gym(self._id, f"its step returns {len(found)} values, not 5")
        observation, reward, terminated, truncated, _ = found
        self._steps += 1
        late = self.endless and self._steps == LIMIT and not terminated
        return self._frame(observation), float(reward), bool(terminated), bool(truncated) or late, {}

    def close(self) -> None:
        """Close the environment; that it fails to is no reason to lose what was played."""
        self._close(self.env, self._id)

    def _broken(self, error: BaseException) -> DataError:
        return DataError(
            f"{self._id} fails when it is played ({fault(error)}): fix it; a run that it ends goes on by `saccade resume RUN`"
        )

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
        if self._highest != 255:
            if (most := pixels.max()) > self._highest:
                raise DataError(
                    f"{self._id} shows the value {most}, where it declares {in_words(self.env.observation_space)}: declare the "
                    "range that it shows"
                )
            grey = (grey * (255 / self._highest)).astype(np.uint8)
        small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        return small.astype(np.uint8, copy=False)


def of_old_gym(id_: str, why: str) -> DataError:
    """The error that an environment was written for Gym, before it became Gymnasium."""
    return DataError(
        f"{id_} has the interface of old Gym ({why}): bring it to Gymnasium's, where reset(seed=…, options=…) returns an "
        "observation and an info, and step five values"
    )
