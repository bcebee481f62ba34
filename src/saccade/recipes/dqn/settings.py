"""The settings of deep Q-learning from pixels."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

import tyro
from tyro.constructors import PrimitiveConstructorSpec

from saccade.agents.q_settings import Architecture, Precision, QSettings
from saccade.ranges import AtLeast, Between, check_ranges, choice
from saccade.training.settings import later, replaced
from saccade.training.task import Rhythm
from saccade.worlds.games.env_arguments import parsed, words
from saccade.worlds.games.game_spec import GameSpec
from saccade.worlds.games.protocol import Protocol

LEAST = 6  # slots of an environment in the replay buffer: an observation, and two more
_BY_STEPS = tyro.conf.arg(metavar="INT", help_behavior_hint="")  # their help texts say what holds by default
_VALIDATIONS, _APART = 20, 10_000  # in training, at most, and decisions between them, at least
_SLOTS, _RANDOM, _EXPLORING = 100_000, 10_000, 60_000  # of trainings long enough: replay buffer, decisions
TEST_SEEDS = 2**40  # seeds of test episodes begin here
NEARLY_GREEDY = 0.01  # ε in a second test, as in newer papers (Machado et al. 2018)
GAMES = {
    "beam_rider": "Beam Rider", "breakout": "Breakout", "enduro": "Enduro", "pong": "Pong", "qbert": "Q*bert",
    "seaquest": "Seaquest", "space_invaders": "Space Invaders",
}  # fmt: skip
_ARGUMENTS: PrimitiveConstructorSpec[Mapping[str, Any]] = PrimitiveConstructorSpec(
    nargs="*",
    metavar="[NAME=VALUE ...]",
    instance_from_str=parsed,
    is_instance=lambda value: isinstance(value, Mapping),
    str_from_instance=words,
)


@dataclass(frozen=True)
class DQNSettings:
    """Everything that a run depends on, besides the seed."""

    env: Annotated[str, tyro.conf.arg(metavar="NAME")]
    """The environment: an Atari game, or Gymnasium's name of an environment that shows pixels."""
    steps: Annotated[int, AtLeast(1)] = 700_000
    """Decisions in training, of all parallel environments together; of an Atari game, each holds for four frames."""
    games: Annotated[int, AtLeast(1, 10_000)] = 16
    """Parallel environments."""
    protocol: Protocol = Protocol.PAPER
    """How Atari games are set up: as in the paper, or the newer way with sticky actions."""
    env_args: Annotated[Mapping[str, Any], _ARGUMENTS] = dataclasses.field(default_factory=dict)
    """Arguments of gymnasium.make, such as size=8 mode=hard; in Python a mapping."""
    wrapper: Annotated[str, tyro.conf.arg(metavar="PACKAGE:FUNCTION", help_behavior_hint="")] = ""
    """package:function that is called with every environment made, and returns the one to play; it is imported, also by a resumed run."""
    observation_key: Annotated[str, tyro.conf.arg(metavar="KEY", help_behavior_hint="")] = ""
    """Key of the picture to learn from, where observations are dictionaries; default: the only picture."""
    processes: Annotated[int, AtLeast(0, 10_000)] = 0
    """Processes among which --games are divided; 0: none of their own. As many as --games: for libraries that run one emulator in a process."""
    network: Annotated[str, tyro.conf.arg(metavar="2013|2015|PACKAGE:CLASS")] = Architecture.SMALL
    """Architecture of the network: that of 2013 or of 2015, or package:Class of your own, which is called with depth, height and width of the frames and
    the number of actions; it maps frames in [0, 1] to the values of the actions."""
    duelling: bool = False
    """Duelling network: state value and advantages in two streams (Wang et al. 2016)."""
    precision: Precision = Precision.AUTO
    """Precision of the convolutions and the hidden layer; auto: bfloat16 on an x86 processor with instructions for it, else float32."""
    buffer: Annotated[int | None, AtLeast(1, 1_000_000_000), _BY_STEPS] = None
    """Transitions in the replay buffer; default: as many as --steps, at most 100,000."""
    priority: Annotated[float, Between(0, 1)] = 0.0
    """Exponent of prioritised replay (Schaul et al. 2016), 0 to 1; 0: uniform sampling."""
    learning_starts: Annotated[int | None, AtLeast(1), _BY_STEPS] = None
    """Random decisions before learning starts; default: a tenth of --steps, at most 10,000."""
    every: Annotated[int, AtLeast(1)] = 4
    """Decisions between two updates."""
    epsilon: Annotated[float, Between(0, 1)] = 0.05
    """Exploration rate ε after --epsilon-steps decisions."""
    epsilon_steps: Annotated[int | None, AtLeast(1), _BY_STEPS] = None
    """Decisions in which ε falls linearly from 1; default: two fifths of --steps, at most 60,000."""
    test_epsilon: Annotated[float, Between(0, 1)] = 0.05
    """ε in validations and tests."""
    test_episodes: Annotated[int, AtLeast(1, 100_000)] = 30
    """Episodes of a test."""
    validate_every: Annotated[int | None, AtLeast(1), _BY_STEPS] = later(None)
    """Decisions between two validations; default: a twentieth of --steps, at least 10,000."""
    validation_episodes: Annotated[int, AtLeast(1, 100_000)] = later(8)
    """Episodes of a validation."""
    patience: Annotated[int, AtLeast(0, 10_000)] = later(0)
    """Stop after so many validations in a row without a new best return; 0: off."""
    learner: QSettings = dataclasses.field(
        default_factory=lambda: QSettings(batch=32, n_step=5, target_every=500, learning_rate=2.5e-4, final_rate=0.1)
    )
    """How action values are learned."""

    def __post_init__(self) -> None:
        """Refuse what cannot run.

        Raises:
            ValueError: naming the option, its value and what it may be.
        """
        check_ranges(self, as_option=True)
        # Kept as what it is here: a run that is resumed elsewhere computes as it began.
        object.__setattr__(self, "precision", self.precision.known())
        if ":" not in self.network:
            object.__setattr__(self, "network", choice(Architecture, self.network, "network"))
        elif self.duelling:
            raise ValueError(
                f"--duelling --network {self.network}: a network of your own has its own head, leave --duelling out"
            )
        if not isinstance(self.env_args, Mapping):
            raise ValueError(f"--env-args {self.env_args!r}: it must be a mapping of names to values")
        if self.slots < LEAST * self.games:
            raise ValueError(
                f"--buffer {self.slots}: it must be {LEAST * self.games} or more, {LEAST} for each of --games {self.games}"
            )
        if self.steps < self.games:
            raise ValueError(f"--steps {self.steps}: it must be {self.games} or more, one for each of --games")
        if self.random_steps + self.every > self.steps // self.games * self.games:
            raise ValueError(
                f"--learning-starts {self.random_steps}: it must be less than --steps {self.steps}, by --every {self.every} and more, or nothing is learned"
            )

    @property
    def slots(self) -> int:
        """Transitions in the replay buffer."""
        return max(LEAST * self.games, min(_SLOTS, self.steps)) if self.buffer is None else self.buffer

    @property
    def random_steps(self) -> int:
        """Random decisions before learning starts."""
        return max(1, min(_RANDOM, self.steps // 10)) if self.learning_starts is None else self.learning_starts

    @property
    def exploring_steps(self) -> int:
        """Decisions in which ε falls."""
        return max(1, min(_EXPLORING, self.steps * 2 // 5)) if self.epsilon_steps is None else self.epsilon_steps

    @property
    def spec(self) -> GameSpec:
        """What opens the game."""
        return GameSpec(
            self.env, self.protocol, self.env_args, self.wrapper, self.observation_key, self.games, self.processes
        )

    @property
    def budget(self) -> int:
        """Decisions that a run learns from."""
        return self.steps

    def with_budget(self, steps: int) -> Self:
        """The same for a longer run: what follows from the number of decisions stays as it was."""
        kept = {"buffer": self.slots, "learning_starts": self.random_steps, "epsilon_steps": self.exploring_steps}
        return replaced(self, {"steps": steps, **kept})

    @property
    def validations(self) -> Rhythm:
        """When it is validated."""
        total = self.steps // self.games * self.games
        if self.validate_every is not None:
            return Rhythm(self.validate_every)
        return Rhythm(total, min(_VALIDATIONS, max(1, total // _APART)))

    def describe(self) -> str:
        """What a run of these settings does, for the set-up of a figure."""
        q = self.learner
        parts = [
            f"{self.spec.title}, {self.steps} decisions of {self.games} parallel games",
            f"{self.network} network"
            + (", duelling" if self.duelling else "")
            + (", filters in bfloat16" if self.precision is Precision.HALF else ""),
            f"replay of {self.slots}" + (f" by priority (exponent {self.priority:g})" if self.priority else ""),
            f"batch {q.batch} every {self.every} decisions after {self.random_steps}",
            f"{'double ' if q.double else ''}Q-learning, {q.n_step}-step returns, {q.optimiser} {q.learning_rate:g}"
            + (f" falling to {q.final_rate * q.learning_rate:g}" if q.final_rate < 1 else ""),
            f"ε from 1 to {self.epsilon:g} in {self.exploring_steps}",
        ]
        return ", ".join(parts)
