"""The settings of deep Q-learning, and what its recipes do: read when asked for, as it wants libraries that not everybody has."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from saccade.agents.q_settings import Precision, QSettings, Size
from saccade.extras import require
from saccade.worlds import DataError
from saccade.worlds.games.arcade import Arcade, ArcadeSplits
from saccade.worlds.games.protocol import Protocol

from saccade.training.settings import choice
from saccade.training.task import Task

_LEAST = 6  # remembered slots of a game: an observation, and two more
NEARLY_GREEDY = 0.01  # share of decisions by chance in a second test, as newer papers have it (Machado et al. 2018)
GAMES = {
    "beam_rider": "Beam Rider", "breakout": "Breakout", "enduro": "Enduro", "pong": "Pong", "qbert": "Q*bert",
    "seaquest": "Seaquest", "space_invaders": "Space Invaders",
}  # fmt: skip


@dataclass(frozen=True)
class DQNSettings:
    """Everything that a run depends on, besides the seed."""

    env: str
    """The game: an Atari game, or Gymnasium's name of an environment that shows pixels."""
    steps: int = 700_000
    """Decisions in training, of all parallel games together; of an Atari game, each holds for four frames."""
    games: int = 16
    """Parallel games."""
    protocol: Protocol = Protocol.PAPER
    """How Atari games are set up: of the paper, or the newer one with sticky actions."""
    network: Size = Size.SMALL
    """Which published network."""
    duelling: bool = False
    """State value and advantages in two streams (Wang et al. 2016)."""
    precision: Precision = Precision.AUTO
    """What the network's filters compute in."""
    memory: int = 100_000
    """Remembered moments."""
    priority: float = 0.0
    """Exponent of prioritised replay (Schaul et al. 2016), 0 to 1; 0: all moments have equal chances."""
    warm_up: int = 10_000
    """Decisions by chance before learning begins."""
    every: int = 4
    """Decisions between two updates."""
    epsilon: float = 0.05
    """Share of decisions left to chance, at the end of `epsilon_steps`."""
    epsilon_steps: int = 60_000
    """Decisions in which that share falls from 1."""
    test_epsilon: float = 0.05
    """The same share where it is measured."""
    test_episodes: int = 30
    """Episodes on which it is measured."""
    learner: QSettings = dataclasses.field(
        default_factory=lambda: QSettings(batch=32, steps=5, target_every=500, learning_rate=2.5e-4, final_rate=0.1)
    )
    """How values are learned."""

    def __post_init__(self) -> None:
        """Refuse what cannot run.

        Raises:
            ValueError: naming the option, its value and what it may be.
        """
        object.__setattr__(self, "protocol", choice(Protocol, self.protocol, "protocol"))
        object.__setattr__(self, "network", choice(Size, self.network, "network"))
        # Kept as what it is here: a run that goes on elsewhere computes as it began.
        object.__setattr__(self, "precision", choice(Precision, self.precision, "precision").known())
        lowest = {"steps": 1, "games": 1, "memory": 1, "warm_up": 1, "every": 1, "epsilon_steps": 1, "test_episodes": 1}
        for name, low in lowest.items():
            if getattr(self, name) < low:
                raise ValueError(f"--{name.replace('_', '-')} {getattr(self, name)}: it must be {low} or more")
        for name in ("priority", "epsilon", "test_epsilon"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"--{name.replace('_', '-')} {getattr(self, name)}: it must be between 0 and 1")
        if self.memory < _LEAST * self.games:
            raise ValueError(
                f"--memory {self.memory}: it must be {_LEAST * self.games} or more, {_LEAST} for each of --games {self.games}"
            )
        if self.steps < self.games:
            raise ValueError(f"--steps {self.steps}: it must be {self.games} or more, one for each of --games")
        if self.warm_up + self.every > self.steps // self.games * self.games:
            raise ValueError(
                f"--warm-up {self.warm_up}: it must be less than --steps {self.steps}, by --every {self.every} and more, or nothing is learned"
            )

    @property
    def budget(self) -> int:
        """Decisions that a run learns from."""
        return self.steps

    def describe(self) -> str:
        """What a run of these settings does, for the set-up of a figure."""
        q = self.learner
        parts = [
            f"{Arcade(self.env, self.protocol).title}, {self.steps} decisions of {self.games} parallel games",
            f"{self.network} network"
            + (", duelling" if self.duelling else "")
            + (", filters in bfloat16" if self.precision is Precision.HALF else ""),
            f"replay of {self.memory}" + (f" by priority (exponent {self.priority:g})" if self.priority else ""),
            f"batch {q.batch} every {self.every} decisions after {self.warm_up}",
            f"{'double ' if q.double else ''}Q-learning, {q.steps}-step returns, {q.optimiser} {q.learning_rate:g}"
            + (f" falling to {q.final_rate * q.learning_rate:g}" if q.final_rate < 1 else ""),
            f"chance 1 to {self.epsilon:g} in {self.epsilon_steps}",
        ]
        return ", ".join(parts)


def wire(settings: DQNSettings, arcade: Arcade) -> Any:
    """The wired game, to be drawn or looked at, with hardly any memory; see `dqn.wire`."""
    from .wiring import wire

    return wire(replace(settings, memory=_LEAST * settings.games), arcade)


def begin(_: Any, settings: DQNSettings, data: ArcadeSplits, seed: int, folder: Path) -> Task:
    """The task of a run."""
    from .task import DQNTask

    return DQNTask(settings, data.train, seed, folder)


def open_game(_: str | None, settings: DQNSettings, __: Callable[[float], None]) -> ArcadeSplits:
    """The game of the settings.

    Raises:
        DataError: there is none.
        MissingExtraError: what it needs is not installed.
    """
    if not settings.env:
        raise DataError(
            "which game? --env NAME: an Atari game such as pong, or Gymnasium's name of an environment that shows pixels"
        )
    require("playing from pixels", "atari", "numba", "cv2", "imageio", "imageio_ffmpeg", "ale_py")
    return ArcadeSplits(Arcade(settings.env, settings.protocol))


def blank(settings: DQNSettings) -> Arcade:
    """The game, to draw the graph around."""
    return Arcade(settings.env, settings.protocol)
