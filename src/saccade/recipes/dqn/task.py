"""Training and measuring of a player by deep Q-learning."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade.agents.averaged import AveragedWeights
from saccade.agents.moments import parted
from saccade.report.clip import Clip, keep_clip
from saccade.runs import RunError
from saccade.runs.columns import has_columns
from saccade.worlds.games.arcade import Arcade
from saccade.worlds.games.emulators import DEPTH

from .learning import DQNLearning
from .settings import NEARLY_GREEDY, DQNSettings
from .playing import Episodes, play, trained
from .recording import record
from saccade.training.task import LOGS, Source

_ROW = 1_800  # decisions of a row of metrics, at most: a checkpoint can be written after each
_CHECKS, _APART = 20, 10_000  # validations in training, at most, and decisions between them, at least
_AVERAGED = 200  # times in a training that the weights are taken into their average, of which the last tenth counts
CHECK_EPISODES = 8
_TESTS = 2**40  # seeds of test episodes begin here


def validations(steps: int) -> int:
    """How many there are in a training of so many decisions."""
    return min(_CHECKS, max(1, steps // _APART))


class DQNTask:
    """The task of deep Q-learning.

    Args:
        settings: see there.
        arcade: opens the game.
        seed: of everything.
        folder: of the run; the memory lies in it.
    """

    unit, stage = "decisions", 0

    def __init__(self, settings: DQNSettings, arcade: Arcade, seed: int, folder: Path) -> None:
        self.settings, self.arcade, self._seed = settings, arcade, seed
        self.total = settings.steps // settings.games * settings.games
        self.logs = max(LOGS, -(-self.total // _ROW))
        # Slots that a memory may add in a row: of an observation whole where every decision begins an episode.
        self._row_slots = (1 + DEPTH) * (-(-(_ROW + self.batch(0)) // settings.games))
        self.source = Source(arcade.title)
        self._memory = folder / "memory"
        self._begun: DQNLearning | None = None
        self._kept: Mapping[str, Tensor] = {}  # what learning goes on from, once it does
        self._mean = AveragedWeights()  # of the learning network
        self._best: Mapping[str, Tensor] = {}  # the average that did best in a validation
        self._best_return = -math.inf

    def checks(self, seen: int) -> int:
        """At even distances."""
        return seen * validations(self.total) // self.total

    def overdue(self) -> bool:
        """What is remembered after a checkpoint must not overwrite what it draws from, nor what the one before it does."""
        return self.learning().memory.unsaved > 0

    def batch(self, seen: int) -> int:
        """Decisions up to the next update, at least one of each game."""
        steps = max(1, self.settings.every // self.settings.games)
        return min(steps * self.settings.games, self.total - seen)

    def learning(self) -> DQNLearning:
        """Games, memory and learner; made when training goes on, as measuring needs none of them."""
        if self._begun is None:
            if self._kept and not has_columns(self._memory):
                raise RunError(
                    f"{self._memory} is missing or not whole, and the run cannot go on without what it remembers: copy it as well, or train anew"
                )
            slack = 2 * self._row_slots * self.settings.games
            self._begun = DQNLearning(self.settings, self.arcade, self._seed, self._memory, slack)
            if self._kept:
                self._take_up(self._begun)
        return self._begun

    def _take_up(self, begun: DQNLearning) -> None:
        try:
            begun.load(self._kept)
        except RunError:
            raise
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise RunError(
                f"the checkpoint beside {self._memory} does not fit its settings.json: was it written by another version of saccade? ({reason})"
            ) from error
        self._kept = {}

    def update(self, n: int, seen: int) -> Mapping[str, float]:
        """Decide `n` more times, after so many, and learn as often as is due."""
        learning = self.learning()
        played = learning.play(n, seen, self.total)
        before, now = (part * _AVERAGED // self.total for part in (seen, seen + n))
        if now > before and learning.learner.updates:
            self._mean.update(learning.system.graph.brain_state())
        return {
            "loss": played.loss, "train_q": played.q, "train_return": played.points, "epsilon": played.epsilon,
        }  # fmt: skip

    def told(self, values: Mapping[str, float]) -> str:
        """Points by episode, and how much is left to chance."""
        points = values["train_return"]
        shown = f"{points:,.1f}" if math.isfinite(points) else "–"
        return f"return {shown}  chance {values['epsilon']:.0%}"

    def validate(self) -> Mapping[str, float]:
        """Points by episode, and what the player expects on observations kept from the beginning.

        The averaged weights that do best here are kept: they are the ones that are measured.
        """
        learning, brain = self.learning(), self._brain_now()
        seed = 1 + self._seed + 1_000_003 * learning.seen
        points = float(self._play(brain, CHECK_EPISODES, seed, self.settings).returns.mean())
        if points >= self._best_return:
            self._best, self._best_return = {name: value.clone() for name, value in brain.items()}, points
        return {"validation_return": points, "validation_q": learning.expected()}

    def _play(self, brain: Mapping[str, Tensor], count: int, seed: int, settings: DQNSettings) -> Episodes:
        system = trained(settings, self.arcade, brain, count)
        episodes = play(system, seed)
        system.emulators.close()
        return episodes

    def _brain(self) -> Mapping[str, Tensor]:
        """The best weights so far, or else those that are there."""
        return self._best or self._brain_now()

    def _brain_now(self) -> Mapping[str, Tensor]:
        """The average, or else the weights that are there."""
        if self._mean.state or not self._kept:
            return self._mean.state or self.learning().system.graph.brain_state()
        return parted(self._kept)["graph"]

    def record(self, seed: int) -> Clip:
        """An episode of the best player so far, to be looked at."""
        return record(self.settings, self.arcade, self._brain(), _TESTS + seed)

    def measure(self, folder: Path) -> dict[str, Any]:
        """Points of whole episodes, and one of them kept to be looked at."""
        clip = self.record(2 * self._seed + 1)
        keep_clip(folder, clip)
        return {
            "test": self._tested(self.settings.test_epsilon, clip.per_second),
            "test_nearly_greedy": self._tested(NEARLY_GREEDY, clip.per_second),
            "validation_return": self._best_return if self._best else None,
            "data": self.source.name,
        }

    def _tested(self, epsilon: float, per_second: float) -> dict[str, Any]:
        settings = replace(self.settings, test_epsilon=epsilon)
        episodes = self._play(self._brain(), settings.test_episodes, _TESTS + 2 * self._seed, settings)
        length = float(episodes.lengths.double().mean())
        return {
            "return": float(episodes.returns.mean()),
            "returns": episodes.returns.tolist(),
            "length": length,
            "seconds": length / per_second,
            "episodes": len(episodes.returns),
            "epsilon": epsilon,
        }

    def conclude(self) -> None:
        """Give back the room of the memory: nobody will learn from it any more."""
        shutil.rmtree(self._memory, ignore_errors=True)

    def state(self) -> dict[str, Tensor]:
        """What learning goes on from, the weights' average and the best of it."""
        found = {f"learning/{name}": value for name, value in self.learning().state().items()}
        found |= {f"mean/{name}": value for name, value in self._mean.state.items()}
        found["mean updates/"] = torch.tensor(self._mean.updates)
        if self._best:
            found |= {f"best/{name}": value for name, value in self._best.items()}
            found["best return/"] = torch.tensor(self._best_return, dtype=torch.float64)
        return found

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        parts = parted(state)
        self._kept = parts["learning"]
        if "mean" in parts:
            self._mean.state, self._mean.updates = parts["mean"], int(parts["mean updates"][""])
        if "best" in parts:
            self._best, self._best_return = parts["best"], float(parts["best return"][""])
