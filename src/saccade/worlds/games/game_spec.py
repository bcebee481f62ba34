"""Which game is played, and how it is opened."""

from __future__ import annotations

import importlib
import subprocess
import sys
from dataclasses import dataclass

import gymnasium as gym
import numpy as np

from .emulators import Emulators
from .protocol import Protocol


@dataclass(frozen=True)
class GameSpec:
    """A game that can be opened as often as one likes.

    Args:
        name: an Atari game, or Gymnasium's name of any other environment.
        protocol: of Atari games.
    """

    name: str
    protocol: Protocol = Protocol.PAPER

    @property
    def is_atari(self) -> bool:
        """Gymnasium's names have capitals, slashes, mostly versions, and perhaps a package; ALE's own ones are Atari games, too."""
        _, package, plain = self.name.rpartition(":")
        ours = plain.startswith("ALE/") or plain.endswith("NoFrameskip-v4")
        return ours or not (package or "-v" in plain or plain in gym.registry)

    @property
    def title(self) -> str:
        """What is played, and how; protocols are for Atari games."""
        return f"{self.name}, {self.protocol} protocol" if self.is_atari else self.name

    @property
    def notice(self) -> str | None:
        """What to know of the game before it is played, if there is anything."""
        if self.is_atari:
            return None
        from .pixel_frames import LIMIT

        package, _, plain = self.name.rpartition(":")
        try:
            if package:
                importlib.import_module(package)
            limit = gym.spec(plain).max_episode_steps
        except Exception:  # whatever the package does wrong; it is said where the game is opened
            return None
        return (
            f"{self.name} has no time limit: its episodes are truncated after {LIMIT:,} decisions"
            if limit is None
            else None
        )

    def check(self) -> None:
        """See that it can be played, before a run is begun.

        Raises:
            DataError: it cannot be opened, or what it shows is not what it declares.
        """
        if self.is_atari:
            return
        one = self.open(1)
        try:
            one.reset(np.ones(1, bool), np.zeros(1, np.int64))
            one.step(np.zeros(1, np.int64))
        finally:
            one.close()

    def only_here(self) -> str | None:
        """Why other processes cannot open it, if they cannot: a script may register an environment for itself."""
        if self.is_atari or ":" in self.name:
            return None
        call = [sys.executable, "-c", "import gymnasium, sys; gymnasium.spec(sys.argv[1])", self.name]
        if subprocess.run(call, capture_output=True, check=False).returncode == 0:
            return None
        return (
            f"{self.name} is registered in this process only, and several seeds are trained in processes of their own: put its "
            f"gymnasium.register into a module, and name it module:{self.name}"
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
        from .pixel_games import PixelGames

        return PixelGames(self.name, count)

    def in_colour(self) -> Emulators | None:
        """One game that, given the same seeds and actions, goes as the others do and shows its screen in colour; None: it has no colours."""
        if not self.is_atari:
            return None
        from .atari import Atari

        return Atari(self.name, 1, self.protocol, in_colour=True)


@dataclass(frozen=True)
class GameData:
    """A game to learn from, to choose by and to report on: the same one, seeded apart."""

    train: GameSpec
    notice: str | None = None

    def only_here(self) -> str | None:
        """Why other processes cannot open it, if they cannot."""
        return self.train.only_here()
