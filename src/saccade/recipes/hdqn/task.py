"""Training and measuring of h-DQN, and of a flat policy on the same game."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade.agents.averaged import BestWeights
from saccade.agents.optimizer_state import by_prefix, with_prefix
from saccade.devices import current
from saccade.report.clip import VIDEO, write_clip
from saccade.training.recipe import Recipe
from saccade.training.replay_folder import ReplayFolder
from saccade.training.task import LOGS, BaseTask, DataId

from .episode import keep_episode, record
from .games import GoalData
from .goal_game import GoalGame
from .learning import GoalLearning, GoalStatistics
from .playing import attempt, play
from .predictor import GoalPredictor
from .searching import load_search, searched
from .settings import TEST_SEEDS, Agent, HDQNSettings
from .wiring import buffer_names, wired

_APART = 10_000  # between the seeds of attempts of two runs
_OF_ATTEMPTS = 10  # attempts of a test for one of a validation
_SHARE, _LEAST = 10, 100  # of the episodes of a test, those of a validation; so many at least


def begin(_: Recipe, settings: HDQNSettings, data: GoalData, seed: int, folder: Path) -> HDQNTask:
    """The task of a run."""
    return HDQNTask(settings, data.train, seed, folder)


class HDQNTask(BaseTask):
    """The task of h-DQN. The networks are on the chosen device, games and replay buffers on the CPU.

    Args:
        settings: see there.
        game: that is played.
        seed: of everything.
        folder: of the run; the replay buffers are stored in it.
    """

    def __init__(self, settings: HDQNSettings, game: GoalGame, seed: int, folder: Path) -> None:
        self.settings, self.game, self._seed, self._folder = settings, game, seed, folder
        self.total = settings.total
        self.validations = settings.validations
        self.data_id = DataId(game.title)
        self._replay = ReplayFolder(folder / "replay", buffer_names(settings))
        self._device = current()
        # Slots that a replay buffer may add between two checkpoints, in a row of metrics: an episode begins with one more.
        self._slack = 4 * (self.total // LOGS + settings.games)
        self._begun: GoalLearning | None = None
        self._kept: Mapping[str, Tensor] = {}
        self._weights = BestWeights(latest_of_equals=True)

    def must_save(self) -> bool:
        """Transitions stored after a checkpoint must not overwrite those that it samples from, nor those of the one before it."""
        return any(student.buffer.unsaved > 0 for student in self.learning().students)

    def batch(self, seen: int) -> int:
        """A decision in every game."""
        return min(self.settings.games, self.total - seen)

    def learning(self) -> GoalLearning:
        """Games, replay buffers and learners; made when training goes on, as a test needs none of them."""
        if self._begun is None:
            resumed = bool(self._kept)
            freed = resumed and self._replay.is_freed(self._token())
            game, route = searched(self.game, self.settings, self._seed, self._folder)
            self._begun = GoalLearning(self.settings, game, self._seed, self._replay.path, self._slack, self._device)
            if self._kept:
                self._begun.load(self._kept, freed)
                self._kept = {}
            if self.settings.demonstrate and (freed or not resumed):
                self._begun.demonstrate(route)
        return self._begun

    def _token(self) -> str:
        """What tells a checkpoint from later ones."""
        return f"{int(self._kept['buffer0/digest'])} {int(self._kept['buffer0/written'].sum())}"

    def update(self, n: int, seen: int) -> Mapping[str, float]:
        """Decide `n` more times, after so many, and learn as often as is due."""
        return self._row(self.learning().play(n, seen))

    def _row(self, found: GoalStatistics) -> dict[str, float]:
        row = {
            "loss": found.loss, "meta_loss": found.meta_loss, "train_return": found.episode_return, "epsilon": found.epsilon,
            "meta_epsilon": found.meta_epsilon,
        }  # fmt: skip
        for goal, visits, success in zip(self.game.goals.goals, found.visits, found.success, strict=True):
            row |= {f"visits/{goal.name}": visits, f"success/{goal.name}": success}
        return row

    def validate(self) -> Mapping[str, float]:
        """Attempts at all goals, or else the mean return of some episodes, and how many of them were solved.

        The weights that do best here are kept, and they are the ones that are tested.
        """
        brain, tried = self.learning().system.graph.brain_state(), self._attempts()
        if tried:
            attempts = max(1, tried // _OF_ATTEMPTS)
            reached = attempt(self.settings, self.game, brain, attempts, 1 + self._seed)
            self._weights.validated(float(reached.mean()), brain)
            return {"validation_success": float(reached.mean())} | self._of_goals("validation/", reached)
        game = replace(self.game, open=self.game.training or self.game.open)
        groups, tested = game.groups, self.settings.test_episodes
        count = max(1, min(tested, max(_LEAST, tested // _SHARE)) // groups) * groups
        returns = play(self.settings, game, brain, count, 1 + self._seed)
        found = float(returns.mean())
        self._weights.validated(found, brain)
        return {"validation_return": found, "validation_success": self._solved(returns)}

    def _attempts(self) -> int:
        """At each goal, in a test; a flat policy pursues none."""
        return 0 if self.settings.agent is Agent.FLAT else self.settings.attempts

    def _of_goals(self, prefix: str, values: Tensor) -> dict[str, float]:
        """A number of each goal, by its name."""
        names = [goal.name for goal in self.game.goals.goals]
        return {f"{prefix}{name}": value for name, value in zip(names, values.tolist(), strict=True)}

    def _solved(self, returns: Tensor) -> float:
        return float((returns > self.game.solved).double().mean())

    def measure(self, folder: Path, watch: Callable[[float], None]) -> dict[str, Any]:
        """Returns of whole episodes, of every learner, and one episode kept to be looked at; and attempts at all goals."""
        search = load_search(folder)
        if search is None and self.settings.search:
            searched(self.game, self.settings, self._seed, folder)
            search = load_search(folder)
        episode, clip = record(self.settings, self.game, self._best(), TEST_SEEDS + 2 * self._seed + 1)
        keep_episode(folder, episode)
        if clip is not None:
            write_clip(clip, folder / VIDEO)
        watch(0.1)
        found: dict[str, Any] = {"test": self._tested(self.game), "data": self.data_id.name}
        for name, game in self.game.variants.items():
            found[f"test with {name}"] = self._tested(game)
        if search is not None:
            found["search"] = {name: search[name] for name in ("score", "decisions", "cells")}
        best = self._weights.value if self._weights.best else None
        return found | {"validation_success" if self._attempts() else "validation_return": best}

    def _tested(self, game: GoalGame) -> dict[str, Any]:
        """What the best weights do in a game."""
        count, seed = self.settings.test_episodes, TEST_SEEDS + 2 * self._seed
        returns = play(self.settings, game, self._best(), count, seed)
        of_learners = returns.view(-1, game.groups).mean(0)
        found = {
            "return": float(returns.mean()),
            "success": self._solved(returns),
            "return_of_learners": of_learners.tolist(),
            "lowest": float(of_learners.min()),
            "highest": float(of_learners.max()),
            "episodes": count,
            "epsilon": self.settings.test_epsilon,
        }
        if tried := self._attempts():
            reached = attempt(self.settings, game, self._best(), tried, TEST_SEEDS + _APART * (1 + self._seed))
            found |= {"attempts": tried, "goals": self._of_goals("", reached)}
        return found

    def _best(self) -> Mapping[str, Tensor]:
        """The best weights so far, or else those that are there."""
        if self._weights.best or not self._kept:
            return self._weights.best or self.learning().system.graph.brain_state()
        return {name: value.to(self._device) for name, value in by_prefix(self._kept)["graph"].items()}

    def conclude(self) -> None:
        """Free the disk space of the replay buffers: nothing will be learned from them any more."""
        self._replay.free()

    def close(self) -> None:
        """Close the games."""
        if self._begun is not None:
            self._begun.system.games.emulators.close()

    def state(self) -> dict[str, Tensor]:
        """What learning goes on from, and the best weights."""
        return with_prefix("learning", self.learning().state()) | self._weights.state()

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        parts = by_prefix(state)
        self._kept = parts["learning"]
        self._weights.load(parts, self._device)

    def weights(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Of a `state`, the weights that did best in a validation, or else the latest."""
        parts = by_prefix(state)
        return dict(parts.get("best") or by_prefix(parts["learning"])["graph"])

    def fresh_weights(self) -> Mapping[str, Tensor]:
        """Those of all networks, before anything is learned."""
        torch.manual_seed(self._seed)
        system = wired(self.settings, self.game, self.game.groups, None)
        system.games.emulators.close()
        return system.graph.brain_state()

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Begin with these weights, in the target networks, too."""
        learning = self.learning()
        learning.system.graph.load_brain_state({**learning.system.graph.brain_state(), **weights})
        for student in learning.students:
            student.learner.update_target()

    def predictor(self, weights: Mapping[str, Tensor]) -> GoalPredictor:
        """Chooses the greedy goal and the greedy action."""
        return GoalPredictor(self.settings, self.game, weights)
