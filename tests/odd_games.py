"""Small games of pixels by authors with other habits, registered when this module is imported: other processes can, too."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import numpy.typing as npt
from gymnasium.spaces import Box, Dict

from .catching import SIDE, Catch

_RANGES = {"around zero": (-1, 1), "unbounded": (-np.inf, np.inf)}
made_in: list[int] = []  # in which processes an emulator was made; a forked one starts with its parent's


class Counted(Catch):
    """Notes in a file when a copy is made and closed, and in which process."""

    def __init__(self, log: str, breaks_after: int = 0) -> None:
        super().__init__()
        self._log, self._open, self._left = Path(log), True, breaks_after
        self._note("made")

    def step(self, action: int) -> Any:
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt
        return super().step(action)

    def close(self) -> None:
        if self._open:
            self._note("closed")
        self._open = False

    def _note(self, what: str) -> None:
        with self._log.open("a") as log:
            log.write(f"{what} {os.getpid()}\n")


class OnePerProcess(Catch):
    """An emulator of which a process can run one, ever."""

    def __init__(self) -> None:
        if os.getpid() in made_in:
            raise RuntimeError("Cannot create multiple emulator instances per process")
        made_in.append(os.getpid())
        super().__init__()


class Dying(Catch):
    """Its emulator crashes."""

    def step(self, action: int) -> Any:
        os._exit(7)


class Failing(Catch):
    """An error of the author's own, which no other process can read."""

    def step(self, action: int) -> Any:
        class OwnError(Exception):
            pass

        raise OwnError("no such lever")


class Leaving(Catch):
    """It ends the process where it cannot begin."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        raise SystemExit("no display")


class Unplayable(gym.Env[Any, int]):
    """Its author forgot to say what it shows and what can be done."""


class Sized(Catch):
    """It has options."""

    def __init__(self, falls: int, mode: str = "easy") -> None:
        if mode not in ("easy", "hard"):
            raise ValueError(f"there is no mode {mode}")
        super().__init__(falls=falls)


class Shown(Catch):
    """The same game, shown in another way."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self._way = way
        seen = self._drawn()
        low, high = _RANGES.get(way, (0, 1 if seen.dtype.kind == "f" else 255))
        self.observation_space = Box(low, high, seen.shape, seen.dtype.type)

    def _drawn(self) -> Any:
        return shown(super()._drawn(), self._way)


def shown(frame: npt.NDArray[np.uint8], way: str) -> npt.NDArray[Any]:
    """A frame `(height, width, 3)` in another form."""
    opaque = np.full((*frame.shape[:2], 1), 255, np.uint8)
    ways = {
        "rgba": np.concatenate([frame, opaque], 2),
        "channels first": frame.transpose(2, 0, 1),
        "floats": (frame / 255).astype(np.float32),
        "unbounded": (frame / 255).astype(np.float32),
        "around zero": frame / 127.5 - 1,
        "floats first": (frame / 255).astype(np.float32).transpose(2, 0, 1),
        "grey first": frame[None, ..., 0],
        "red": frame * np.array([1, 0, 0], np.uint8),
        "green": frame * np.array([0, 1, 0], np.uint8),
        "blue": frame * np.array([0, 0, 1], np.uint8),
    }
    return ways[way]


class Several(Catch):
    """Observations by key: pictures, and what is none."""

    def __init__(self, pictures: int = 1, floats: bool = False) -> None:
        super().__init__()
        self._pictures, self._floats = pictures, floats
        kind = Box(0, 1, (SIDE, SIDE, 3), np.float32) if floats else Box(0, 255, (SIDE, SIDE, 3), np.uint8)
        names = ["screen", "map"][:pictures]
        self.observation_space = Dict({**dict.fromkeys(names, kind), "health": Box(0, 100, (1,), np.float32)})

    def _drawn(self) -> Any:
        frame = super()._drawn()
        pictures = dict(list({"screen": frame, "map": 255 - frame}.items())[: self._pictures])
        if self._floats:
            pictures = {name: (each / 255).astype(np.float32) for name, each in pictures.items()}
        return {**pictures, "health": np.zeros(1, np.float32)}


class Steered(Catch):
    """Its action is how far the paddle goes."""

    def __init__(self) -> None:
        super().__init__()
        self.action_space = Box(-1, 1, (1,), np.float32)

    def step(self, action: Any) -> Any:
        assert self.action_space.contains(action)
        return super().step(1 + int(np.sign(action[0])))


class LateAsDoom(Catch):
    """At its time limit it is terminated and truncated, and the last picture is black (ViZDoom 1.3.2)."""

    def __init__(self, black: bool = True) -> None:
        super().__init__()
        self._black = black

    def step(self, action: int) -> Any:
        drawn, reward, over, _, info = super().step(action)
        return np.zeros_like(drawn) if over and self._black else drawn, reward, over, over, info


def upside_down(env: gym.Env[Any, Any]) -> gym.Env[Any, Any]:
    """A wrapper as people write them."""
    return gym.wrappers.TransformObservation(env, lambda seen: seen[::-1].copy(), env.observation_space)


def nothing(env: gym.Env[Any, Any]) -> None:
    """A wrapper that forgets to return."""


def broken(env: gym.Env[Any, Any]) -> gym.Env[Any, Any]:
    """A wrapper that fails."""
    raise KeyError("rgb")


MODULE = __name__
for kind in (Counted, OnePerProcess, Dying, Failing, Leaving, Unplayable, Sized, Shown, Several, Steered, LateAsDoom):
    if f"{kind.__name__}-v0" not in gym.registry:
        gym.register(f"{kind.__name__}-v0", entry_point=kind)
