"""Any Gymnasium environment that shows pixels, as grey frames of the usual size."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import gymnasium as gym
import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import FrameStackObservation

from saccade.worlds.data.fetch import DataError

from .emulators import DEPTH, GO_ON, SIDE, Bools, EmulatorStep, Longs, shown
from .pixel_frames import PixelFrames


class PixelGames:
    """Parallel copies of a Gymnasium environment: 84x84 grey frames in stacks of four.

    Args:
        id_: Gymnasium's name for it; `package:name` imports the package first.
        count: parallel games.

    Raises:
        DataError: it is unknown, cannot be made, shows no pixels, or its actions are not a choice of one.
    """

    shows_limit = True

    def __init__(self, id_: str, count: int) -> None:
        self.name = id_
        env = _made(id_)
        pixels, actions = env.observation_space, env.action_space
        env.close()
        if not isinstance(actions, gym.spaces.Discrete):
            raise DataError(f"{id_} has the action space {shown(actions)}: only Discrete actions can be learned")
        box = pixels if isinstance(pixels, gym.spaces.Box) and pixels.dtype == np.uint8 else None
        if box is None or len(box.shape) not in (2, 3) or min(box.shape[:2]) < 8 or (*box.shape, 1)[2] not in (1, 3):
            raise DataError(
                f"{id_} shows {shown(pixels)}, not pixels: it must be an image, uint8 (height, width), (height, width, 1) or (height, width, 3)"
            )
        self.actions = tuple(f"action {number}" for number in range(int(actions.n)))
        self._least = int(actions.start)
        self.shape, self.per_second = (DEPTH, SIDE, SIDE), max(1, round(float(env.metadata.get("render_fps") or 15)))
        self._games = SyncVectorEnv([lambda: _stacked(_made(id_), id_)] * count, autoreset_mode=AutoresetMode.DISABLED)
        self._done = np.zeros(count, bool)

    def reset(self, which: Bools, seeds: Longs) -> npt.NDArray[np.uint8]:
        """Begin new episodes."""
        options = None if which.all() else {"reset_mask": which}
        given = [None if seed == GO_ON else int(seed) for seed in seeds]
        screens: npt.NDArray[np.uint8] = self._games.reset(seed=given, options=options)[0]
        self._done &= ~which
        return screens

    def step(self, actions: Longs) -> EmulatorStep:
        """Act in all games; those whose episode has ended are begun anew, as Gymnasium lets nobody act in them."""
        if self._done.any():
            self.reset(self._done.copy(), np.full(len(self._done), GO_ON))
        screen, score, terminated, truncated, _ = self._games.step(actions + self._least)
        self._done = terminated | truncated
        lives = np.zeros(len(terminated), np.int64)
        return EmulatorStep(screen, score.astype(np.float64), self._done.copy(), truncated & ~terminated, lives)

    def close(self) -> None:
        """Close the environments."""
        self._games.close()


def _made(id_: str) -> gym.Env[Any, Any]:
    try:
        return gym.make(id_, disable_env_checker=True)  # it raises and warns by declarations; ours looks at what comes
    except gym.error.DependencyNotInstalled as error:
        raise DataError(f"{id_} needs something that is not installed: {error}") from error
    except gym.error.Error as error:
        reason, name = " ".join(str(error).split()), id_.rpartition(":")[2]
        near = get_close_matches(name, gym.registry, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near and "Did you mean" not in reason else ""
        raise DataError(f"{id_} is no environment that Gymnasium can make ({reason}){hint}") from error
    except ImportError as error:
        raise DataError(
            f"{id_} cannot be made: {str(error).rstrip('.')}; install the package, or put its folder on PYTHONPATH"
        ) from error
    except Exception as error:  # whatever the environment's own code does
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise DataError(f"{id_} cannot be made ({reason}): see that gymnasium.make makes it") from error


def _stacked(env: gym.Env[Any, Any], id_: str) -> gym.Env[Any, Any]:
    # Filled with zeros before an episode's first frame, as ALE's stacks are.
    return FrameStackObservation(PixelFrames(env, id_), DEPTH, padding_type="zero")
