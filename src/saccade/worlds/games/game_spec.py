"""Which game is played, and how it is opened."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from saccade.worlds.data.files import DataError

from .emulators import GO_ON, Emulators
from .env_arguments import words
from .protocol import Protocol

if TYPE_CHECKING:
    from .pixel_games import PixelGames
    from .process_games import ProcessGames

_TRIED, _DARK = 16, 16  # decisions before a run; a screen that stays below this looks black
AT_ONCE = 8  # copies of an environment that play whole episodes side by side; an Atari game is cheap


@dataclass(frozen=True)
class GameSpec:
    """A game that can be opened as often as one likes.

    Args:
        name: an Atari game, or Gymnasium's name of any other environment.
        protocol: of Atari games.
        arguments, wrapper, key: of any other environment, see `PixelEnv`.
        games: copies that are trained on, for `processes`.
        processes: that these are divided among; 0: none but this one.
    """

    name: str
    protocol: Protocol = Protocol.PAPER
    arguments: Mapping[str, Any] = field(default_factory=dict)
    wrapper: str = ""
    key: str = ""
    games: int = 1
    processes: int = 0

    @property
    def is_atari(self) -> bool:
        """Gymnasium's names have capitals, slashes, mostly versions, and perhaps a package; ALE's own ones are Atari games, too."""
        package, colon, plain = self.name.rpartition(":")
        ours = package == "ale_py" or plain.startswith("ALE/") or plain.endswith("NoFrameskip-v4")
        return ours or not (colon or "-v" in plain or plain in gym.registry)

    @property
    def title(self) -> str:
        """What is played, and how; protocols are for Atari games."""
        if self.is_atari:
            return f"{self.name}, {self.protocol} protocol"
        how = [*words(self.arguments), *filter(None, [self.wrapper, self.key])]
        return f"{self.name} ({', '.join(how)})" if how else self.name

    def check(self) -> str | None:
        """See that it can be played, before a run is begun.

        Returns:
            What to know of it, if there is anything.

        Raises:
            DataError: it cannot be opened, or what it shows is not what it declares.
        """
        if self.is_atari:
            self._check_atari()
            return None
        if self.protocol is not Protocol.PAPER:
            raise DataError(
                f"--protocol {self.protocol}: {self.name} is no Atari game, and has no such protocol: leave the option out"
            )
        from .pixel_frames import LIMIT

        count = 1 if self.processes >= self.games else 2  # two: some libraries run one in a process
        some = self._open(count)
        try:
            brightest = _tried(some, count)
        finally:
            some.close()
        notices = []
        if some.endless:
            notices.append(
                f"{self.name} is registered without a time limit: an episode that it does not end itself is truncated after {LIMIT:,} decisions"
            )
        if brightest < _DARK:
            notices.append(
                f"{self.name} has shown nothing brighter than {brightest} of 255 in its first {_TRIED} decisions: if its pixels are of "
                "another range, such as 0 to 1, scale them by a --wrapper"
            )
        return "; ".join(notices) or None

    def _check_atari(self) -> None:
        package = self.name.rpartition(":")[0]
        top = package.partition(".")[0]
        if package and not (top and find_spec(top)):
            raise DataError(f"{self.name} cannot be made: there is no package {package}; Atari games come with ale_py")
        options = {
            "env-args": self.arguments, "wrapper": self.wrapper, "observation-key": self.key, "processes": self.processes,
        }  # fmt: skip
        if given := [f"--{name}" for name, value in options.items() if value]:
            raise DataError(
                f"{' and '.join(given)}: {self.name} is an Atari game, which runs in ale-py's own vector environment and has none of these "
                "(--protocol is how Atari games are set up)"
            )

    def only_here(self) -> str | None:
        """Why other processes cannot open it, if they cannot: a script may register an environment for itself."""
        if self.wrapper.startswith("__main__:"):
            return f"--wrapper {self.wrapper}: other processes cannot import it from a script, put it into a module"
        if self.is_atari or ":" in self.name:
            return None
        call = [sys.executable, "-c", "import gymnasium, sys; gymnasium.spec(sys.argv[1])", self.name]
        if subprocess.run(call, capture_output=True, check=False).returncode == 0:
            return None
        return (
            f"{self.name} is registered in this process only, and others are to play it: several seeds, and --processes, take processes "
            f"of their own. Put its gymnasium.register into a module, and name it module:{self.name}"
        )

    def open(self, count: int, threads: int = 1) -> Emulators:
        """Parallel games.

        Raises:
            DataError: there is no such game, or it cannot be learned from pixels.
            MissingExtraError: what it runs on is not installed.
        """
        if self.is_atari:
            from .atari import Atari

            return Atari(self.name, count, self.protocol, threads)
        return self._open(count)

    def _open(self, count: int) -> PixelGames | ProcessGames:
        from .pixel_env import PixelEnv
        from .pixel_games import PixelGames

        env = PixelEnv(self.name, self.arguments, self.wrapper, self.key)
        if not self.processes:
            return PixelGames(env, count)
        from .process_games import ProcessGames

        try:
            return ProcessGames(env, count, -(-count // self._each()))
        except DataError as error:
            if reason := self.only_here():
                raise DataError(reason) from error
            raise

    def _each(self) -> int:
        """Copies in a process, at most."""
        return max(1, -(-self.games // self.processes))

    def at_once(self, count: int) -> int:
        """How many of `count` episodes are played side by side: few copies of an environment, and in no process more than in training."""
        if self.is_atari:
            return count
        return min(count, AT_ONCE, self.games if self.processes else AT_ONCE)

    def in_colour(self) -> Emulators | None:
        """One game that, given the same seeds and actions, goes as the others do and shows its screen in colour; None: it has no colours."""
        if not self.is_atari:
            return None
        from .atari import Atari

        return Atari(self.name, 1, self.protocol, in_colour=True)


def _tried(games: PixelGames | ProcessGames, count: int) -> int:
    """Play random decisions, with seeds and without; the highest value of a pixel."""
    every, draw = np.ones(count, bool), np.random.default_rng(0)
    brightest = [games.reset(every, np.zeros(count, np.int64)).max(), games.reset(every, np.full(count, GO_ON)).max()]
    for _ in range(_TRIED):
        step = games.step(draw.integers(len(games.actions), size=count), every)
        brightest.append(step.screen.max())
        if step.done.any():
            games.reset(step.done, np.full(count, GO_ON))
    return int(max(brightest))


@dataclass(frozen=True)
class GameData:
    """A game to learn from, to choose by and to report on: the same one, seeded apart."""

    train: GameSpec
    notice: str | None = None

    def only_here(self) -> str | None:
        """Why other processes cannot open it, if they cannot."""
        return self.train.only_here()
