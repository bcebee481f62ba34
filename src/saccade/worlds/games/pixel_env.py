"""Any Gymnasium environment: how it is made, and where its pictures are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import gymnasium as gym
from gymnasium.spaces import Dict, Discrete
from gymnasium.wrappers import FrameStackObservation, TransformObservation

from saccade.hints import nearest
from saccade.own_code import OwnCodeError, fault, named, present_folder_first
from saccade.worlds.data.files import DataError

from .emulators import DEPTH
from .env_arguments import words
from .mends import in_words, is_picture, mend_of_actions, mend_of_pictures
from .pixel_frames import PixelFrames, close, of_old_gym

_IMAGE = (
    "it must be an image, uint8 (height, width), (height, width, 1) or (height, width, 3), 8 pixels or more each way"
)


@dataclass(frozen=True)
class PixelEnv:
    """An environment that can be made as often as one likes.

    Args:
        id_: Gymnasium's name for it; `package:name` imports the package first.
        arguments: of `gymnasium.make`.
        wrapper: `package.module:function`, which is called with the environment and returns the one to play; "": none.
        key: of the picture, where observations are dictionaries; "": the only picture.
    """

    id_: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    wrapper: str = ""
    key: str = ""

    def make(self) -> gym.Env[Any, Any]:
        """A copy as the learner sees it: `(4, 84, 84)` uint8, the newest frame last; black before an episode's first frame, as ALE's stacks are.

        Raises:
            DataError: it is unknown, cannot be made, shows no picture, or its actions are not a choice of one.
        """
        env = self._made()
        try:
            env = self._picture(self._wrapped(env))
            self._check(env)
            return FrameStackObservation(PixelFrames(env, self.id_), DEPTH, padding_type="zero")
        except BaseException as error:
            close(env, self.id_)
            if isinstance(error, (DataError, KeyboardInterrupt)):
                raise
            raise DataError(f"{self.id_} cannot be played ({fault(error)}): is it a whole gymnasium.Env?") from error

    def _made(self) -> gym.Env[Any, Any]:
        try:
            # Gymnasium's checker raises and warns by declarations; ours looks at what comes.
            with present_folder_first():
                return gym.make(self.id_, **{"disable_env_checker": True, **self.arguments})
        except gym.error.DependencyNotInstalled as error:
            raise DataError(f"{self.id_} needs something that is not installed: {error}") from error
        except gym.error.Error as error:
            reason, name = " ".join(str(error).split()), self.id_.rpartition(":")[2]
            near = [each for each in get_close_matches(name, gym.registry, n=3, cutoff=0.7) if each != name]
            hint = f"; did you mean {' or '.join(near)}?" if near and "Did you mean" not in reason else ""
            if name == self.id_ and not near:
                hint = f"; where a package registers it, name it package:{name}"
            raise DataError(f"{self.id_} is no environment that Gymnasium can make ({reason}){hint}") from error
        except ImportError as error:
            raise DataError(
                f"{self.id_} cannot be made: {str(error).rstrip('.')} (it is looked for in {Path.cwd()} and among the packages); "
                "install the package, or put its folder on PYTHONPATH"
            ) from error
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever the environment's own code does; some end the process
            if isinstance(error, TypeError) and "must inherit from the gymnasium.Env class" in str(error):
                raise of_old_gym(self.id_, "its class is not derived from gymnasium.Env") from error
            given = f" with --env-args {' '.join(words(self.arguments))}" if self.arguments else ""
            raise DataError(
                f"{self.id_} cannot be made{given} ({fault(error)}): see that gymnasium.make makes it"
            ) from error

    def _wrapped(self, env: gym.Env[Any, Any]) -> gym.Env[Any, Any]:
        if not self.wrapper:
            return env
        try:
            found: Any = named(self.wrapper, "--wrapper", "a function that wraps an environment")(env)
        except OwnCodeError as error:
            raise DataError(str(error)) from error
        except (DataError, KeyboardInterrupt):
            raise
        except BaseException as error:  # whatever the wrapper's own code does
            raise DataError(f"--wrapper {self.wrapper} fails on {self.id_} ({fault(error)}): fix it") from error
        if not isinstance(found, gym.Env):
            raise DataError(f"--wrapper {self.wrapper} returns {type(found).__name__}: it must return an environment")
        return found

    def _picture(self, env: gym.Env[Any, Any]) -> gym.Env[Any, Any]:
        """The environment with one picture as its observation, of a dictionary of observations."""
        space = env.observation_space
        if not isinstance(space, Dict):
            if self.key:
                raise DataError(
                    f"--observation-key {self.key}: {self.id_} shows {in_words(space)}, no dictionary: leave the option out"
                )
            return env
        if self.key and self.key not in space.spaces:
            raise DataError(
                f"--observation-key {self.key}: {self.id_} has no such observation{nearest(self.key, space)} "
                f"(observations: {', '.join(space)})"
            )
        key = self.key or self._only_picture(space)
        if not is_picture(space[key]):
            raise DataError(self._no_picture(space[key], f"seen[{key!r}]"))
        return TransformObservation(env, lambda seen: seen[key], space[key])

    def _only_picture(self, space: Dict) -> str:
        """The one picture among the observations, or what can be made one."""
        pictures = [name for name, each in space.items() if is_picture(each)]
        pictures = pictures or [name for name, each in space.items() if mend_of_pictures(each)]
        if len(pictures) > 1:
            raise DataError(
                f"{self.id_} shows pictures under {' and '.join(pictures)}: choose one, such as --observation-key {pictures[0]}"
            )
        if not pictures:
            raise DataError(f"{self.id_} shows {in_words(space)}, and none of it is pixels: {_IMAGE}")
        return pictures[0]

    def _check(self, env: gym.Env[Any, Any]) -> None:
        actions = env.action_space
        if not isinstance(actions, Discrete):
            raise DataError(
                f"{self.id_} has the action space {in_words(actions)}: only Discrete actions can be learned{mend_of_actions(actions)}"
            )
        if not is_picture(env.observation_space):
            raise DataError(self._no_picture(env.observation_space))

    def _no_picture(self, space: gym.Space[Any], seen: str = "seen") -> str:
        return f"{self.id_} shows {in_words(space)}, not pixels: {_IMAGE}{mend_of_pictures(space, seen)}"
