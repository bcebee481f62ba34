"""Which game is played, and how it is opened."""

from __future__ import annotations

from dataclasses import dataclass

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
        """Gymnasium's names have capitals, slashes and versions; ALE's own ones are Atari games, too."""
        return self.name.startswith("ALE/") or self.name.endswith("NoFrameskip-v4") or "-v" not in self.name

    @property
    def title(self) -> str:
        """What is played, and how; protocols are for Atari games."""
        return f"{self.name}, {self.protocol} protocol" if self.is_atari else self.name

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
