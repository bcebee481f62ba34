"""The settings of h-DQN."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self

import tyro

from saccade.agents.q_settings import Optimiser, QSettings, ValueLoss
from saccade.ranges import AtLeast, Between, check_ranges
from saccade.training.settings import later, replaced
from saccade.training.task import Rhythm

TEST_SEEDS = 2**40  # seeds of test episodes begin here


class Agent(StrEnum):
    """Who plays."""

    HIERARCHY = "hierarchy"  # a meta-controller that chooses goals, and a controller that pursues them
    FLAT = "flat"  # one policy over the actions


def table_learning(learning_rate: float, **changes: object) -> QSettings:
    """Tabular Q-learning: the target is the table itself."""
    return QSettings(**{
        "batch": 160, "discount": 0.9, "double": False, "target_every": 1, "loss": ValueLoss.SQUARED, "optimiser": Optimiser.SGD,
        "learning_rate": learning_rate, "clip_norm": 1e9, **changes,
    })  # type: ignore[arg-type]  # fmt: skip


@dataclass(frozen=True)
class HDQNSettings:
    """Everything that a run depends on, besides the seed."""

    env: Annotated[str, tyro.conf.arg(metavar="NAME")] = "chain"
    """The game: chain, montezuma_revenge, MiniGrid-DoorKey-6x6-v0 and its like, or package:function, which returns a GoalGame."""
    agent: Agent = Agent.HIERARCHY
    """Who plays: a hierarchy of goals and actions, or one flat policy."""
    steps: Annotated[int, AtLeast(1)] = 272_000
    """Decisions in training, of all parallel games together."""
    games: Annotated[int, AtLeast(1, 10_000)] = 160
    """Parallel games."""
    learners: Annotated[int, AtLeast(1, 1_000)] = 20
    """Independent learners side by side (chain only): each has its own part of the games and of every table."""
    visited: bool = False
    """Chain only: the screen shows whether the right end has been visited."""
    limit: Annotated[int, AtLeast(1, 1_000_000)] = 100
    """Decisions that a goal is pursued, at most."""
    random_goals: Annotated[float, Between(0, 1)] = 0.0
    """Share of training in which goals are drawn at random, and only the controller learns; of no meaning to a flat policy."""
    relabel: Annotated[float, Between(0, 1)] = 1.0
    """Share of the controller's transitions that are learned from as if another goal had been in force, drawn from all."""
    goal_steps: Annotated[int, AtLeast(1)] = 1_000
    """Decisions towards a goal in which the controller's ε for it falls linearly from 1; of every learner."""
    epsilon: Annotated[float, Between(0, 1)] = 0.1
    """Exploration rate ε of the controller, or of the flat policy, at last."""
    meta_epsilon: Annotated[float, Between(0, 1)] = 0.1
    """ε of the meta-controller at last."""
    exploring: Annotated[float, Between(0, 1)] = 1.0
    """Share of training, after the random goals, in which ε of the meta-controller, or of the flat policy, falls linearly from 1."""
    buffer: Annotated[int, AtLeast(1, 1_000_000_000)] = 6_400
    """Transitions that are kept."""
    options: Annotated[int, AtLeast(1, 1_000_000_000)] = 6_400
    """Options that are kept: goals that were pursued, from beginning to end."""
    learning_starts: Annotated[int, AtLeast(1)] = 320
    """Decisions before learning starts."""
    every: Annotated[int, AtLeast(1)] = 160
    """Decisions between two updates of the controller, or of the flat policy."""
    meta_every: Annotated[int, AtLeast(1)] = 160
    """Decisions between two updates of the meta-controller."""
    learner: QSettings = dataclasses.field(default_factory=lambda: table_learning(0.1))
    """How the values of actions are learned."""
    meta: QSettings = dataclasses.field(default_factory=lambda: table_learning(0.1, batch=80, final_rate=0.0))
    """How the values of goals are learned."""
    test_epsilon: Annotated[float, Between(0, 1)] = 0.0
    """ε in validations and tests."""
    test_episodes: Annotated[int, AtLeast(1, 10_000_000)] = 20_000
    """Episodes of a test."""

    hindsight: Annotated[float, Between(0, 1)] = later(0.0)
    """Share of the controller's transitions that are taken from shortly before a goal was reached, all goals alike, and learned from for that goal."""
    practice: bool = later(False)
    """Random goals are drawn by how often they were missed lately, in place of evenly."""
    features: bool = later(False)
    """Montezuma's Revenge only: the agent sees where its objects are, read from the game's memory, and no pixels."""
    search: Annotated[int, AtLeast(0, 1_000_000_000)] = later(0)
    """Montezuma's Revenge only: decisions of a search over saved states before training; half of the episodes of training then begin in states that it has found, as often before each thing that was scored. 0: none."""
    demonstrate: bool = later(False)
    """The best route that the search has found is put into the replay buffer before training."""
    attempts: Annotated[int, AtLeast(0, 100_000)] = later(0)
    """Attempts at every goal, from the start of the game, in a test; a tenth as many in a validation, which the weights are kept by."""

    def __post_init__(self) -> None:
        """Refuse what cannot run.

        Raises:
            ValueError: naming the option, its value and what it may be.
        """
        check_ranges(self, as_option=True)
        if self.steps < self.games:
            raise ValueError(f"--steps {self.steps}: it must be {self.games} or more, one for each of --games")
        if self.meta.n_step > 1:
            raise ValueError(f"--meta.n-step {self.meta.n_step}: it must be 1, as options are sampled one at a time")
        if self.demonstrate and not self.search:
            raise ValueError("--demonstrate: without --search there is no route to put into the replay buffer")
        if self.demonstrate and self.agent is Agent.FLAT:
            raise ValueError("--demonstrate: a flat policy pursues no goals, leave it out")
        for name, count in (("games", self.games), ("test-episodes", self.test_episodes)):
            if count % self.learners:
                raise ValueError(f"--{name} {count}: it must be a multiple of --learners {self.learners}")

    @property
    def total(self) -> int:
        """Decisions that are made: as many in each game."""
        return self.steps // self.games * self.games

    @property
    def budget(self) -> int:
        """Decisions that a run learns from."""
        return self.steps

    def with_budget(self, steps: int) -> Self:
        """The same for a longer run: random goals, and the fall of ε, last as many decisions as before."""
        random = self.random_goals * self.steps / steps
        after = (1 - self.random_goals) * self.steps
        exploring = min(1.0, self.exploring * after / max((1 - random) * steps, 1.0))
        return replaced(self, {"steps": steps, "random_goals": random, "exploring": exploring})

    @property
    def validations(self) -> Rhythm:
        """When it is validated."""
        return Rhythm(self.total, min(20, max(4, self.total // 5_000)))

    def _of_search(self) -> list[str]:
        """What `describe` says of it."""
        shown = ", whose best route is in the replay buffer" if self.demonstrate else ""
        return (
            [f"half of the episodes begin in states found by a search of {self.search} decisions{shown}"]
            if self.search
            else []
        )

    def describe(self) -> str:
        """What a run of these settings does, for the set-up of a figure."""
        q = self.learner
        parts = [
            f"{self.steps} decisions of {self.games} parallel games"
            + (f" and {self.learners} independent learners" if self.learners > 1 else ""),
            *(["random goals by how often they were missed"] if self.practice else []),
            *(["boxes of objects in place of pixels"] if self.features else []),
            *self._of_search(),
            f"{self.agent}" + (", visits of the right end shown" if self.visited else ""),
            f"{'double ' if q.double else ''}Q-learning, discount {q.discount:g}, {q.optimiser} {q.learning_rate:g}"
            + (f" falling to {q.final_rate * q.learning_rate:g}" if q.final_rate < 1 else "")
            + (f", returns over {q.n_step} steps" if q.n_step > 1 else ""),
        ]
        return ", ".join(parts)


def in_rooms(env: str) -> HDQNSettings:
    """The settings for rooms of MiniGrid."""
    learner = QSettings(batch=64, discount=0.95, target_every=500, learning_rate=5e-4)
    return HDQNSettings(
        env, steps=250_000, games=16, learners=1, limit=60, random_goals=0.3, relabel=0.8, goal_steps=30_000, epsilon=0.05, meta_epsilon=0.05,
        exploring=0.3, buffer=100_000, options=20_000, learning_starts=2_000, every=4, meta_every=16, learner=learner,
        meta=QSettings(batch=64, target_every=200, learning_rate=5e-4), test_epsilon=0.02, test_episodes=100,
    )  # fmt: skip


def in_montezuma() -> HDQNSettings:
    """The settings for Montezuma's Revenge."""
    # A value spreads by three decisions for each copy of the network; to the key there are a hundred.
    learner = QSettings(batch=32, discount=0.99, n_step=3, target_every=250, learning_rate=2.5e-4)
    return HDQNSettings(
        "montezuma_revenge", steps=120_000, games=8, learners=1, limit=150, random_goals=0.6, relabel=0.5, goal_steps=12_000, epsilon=0.05,
        meta_epsilon=0.2, exploring=0.3, buffer=200_000, options=50_000, learning_starts=5_000, every=4, meta_every=32, learner=learner,
        meta=QSettings(batch=32, discount=0.99, target_every=250, learning_rate=2.5e-4), test_epsilon=0.02, test_episodes=30, hindsight=0.125,
        attempts=100, practice=True,
    )  # fmt: skip
