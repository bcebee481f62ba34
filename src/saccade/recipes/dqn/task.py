"""Training and measuring of deep Q-learning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade.agents.averaged import BestWeights
from saccade.agents.optimizer_state import by_prefix, with_prefix
from saccade.devices import current
from saccade.report.clip import Clip, keep_clip
from saccade.runs import RunError
from saccade.runs.old_names import replay_folder
from saccade.training.recipe import Recipe
from saccade.training.replay_folder import ReplayFolder
from saccade.training.task import LOGS, Advance, BaseTask, DataId, Share, silently
from saccade.worlds.games.emulators import DEPTH
from saccade.worlds.games.game_spec import GameData, GameSpec

from .episodes import GameStep, Player
from .learning import DQNLearning
from .predictor import QPredictor
from .recording import record
from .settings import NEARLY_GREEDY, TEST_SEEDS, DQNSettings
from .wiring import wire

_ROW = 1_800  # decisions of a row of metrics, at most: a checkpoint can be written after each
_AVERAGED = 200  # times in a training that the weights are taken into their average, of which the last tenth counts


def begin(_: Recipe, settings: DQNSettings, data: GameData, seed: int, folder: Path) -> DQNTask:
    """The task of a run."""
    return DQNTask(settings, data.train, seed, folder)


class DQNTask(BaseTask):
    """The task of deep Q-learning. The networks are on the chosen device, the games and the replay buffer on the CPU.

    Args:
        settings: see there.
        spec: opens the game.
        seed: of everything.
        folder: of the run; the replay buffer is stored in it.
    """

    def __init__(self, settings: DQNSettings, spec: GameSpec, seed: int, folder: Path) -> None:
        self.settings, self.spec, self._seed = settings, spec, seed
        self.total = settings.steps // settings.games * settings.games
        self.logs = max(LOGS, -(-self.total // _ROW))
        self.validations = settings.validations
        # Slots that a replay buffer may add in a row: of an observation whole where every decision begins an episode.
        self._row_slots = (1 + DEPTH) * (-(-(_ROW + self.batch(0)) // settings.games))
        self.data_id = DataId(spec.title)
        self._replay = ReplayFolder(replay_folder(folder))
        self._device = current()
        self._begun: DQNLearning | None = None
        self._player = Player(settings, spec)
        self._kept: Mapping[str, Tensor] = {}  # what learning goes on from, once it does
        self._weights = BestWeights(latest_of_equals=True)

    def must_save(self) -> bool:
        """Transitions stored after a checkpoint must not overwrite those that it samples from, nor those of the one before it."""
        return self.learning().replay.unsaved > 0

    def batch(self, seen: int) -> int:
        """Decisions up to the next update, at least one of each game."""
        steps = max(1, self.settings.every // self.settings.games)
        return min(steps * self.settings.games, self.total - seen)

    def learning(self) -> DQNLearning:
        """Games, replay buffer and learner; made when training goes on, as a test needs none of them."""
        if self._begun is None:
            freed = bool(self._kept) and self._replay.is_freed(self._token())
            slack = 2 * self._row_slots * self.settings.games
            self._begun = DQNLearning(self.settings, self.spec, self._seed, self._replay.path, slack, self._device)
            if self._kept:
                self._take_up(self._begun, freed)
        return self._begun

    def _token(self) -> str:
        """What tells a checkpoint from later ones."""
        return f"{int(self._kept['replay/digest'])} {int(self._kept['replay/written'].sum())}"

    def _take_up(self, begun: DQNLearning, anew: bool) -> None:
        try:
            begun.load(self._kept, anew)
        except RunError:
            raise
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise RunError(
                f"the checkpoint next to {self._replay.path} does not fit its settings.json: was it written by another version of saccade? ({reason})"
            ) from error
        self._kept = {}

    def update(self, n: int, seen: int) -> Mapping[str, float]:
        """Decide `n` more times, after so many, and learn as often as is due."""
        learning = self.learning()
        played = learning.play(n, seen, self.total)
        before, now = (part * _AVERAGED // self.total for part in (seen, seen + n))
        if now > before and learning.learner.updates:
            self._weights.mean.update(learning.system.graph.brain_state())
        return {
            "loss": played.loss, "train_q": played.q, "train_return": played.episode_return, "epsilon": played.epsilon,
        }  # fmt: skip

    def validate(self) -> Mapping[str, float]:
        """Mean return, and mean value of the greedy action on observations kept from the beginning.

        The averaged weights that do best here are kept: they are the ones that are tested.
        """
        learning, brain = self.learning(), self._averaged()
        seed = 1 + self._seed + 1_000_003 * learning.seen
        _, episodes = self._player.play(brain, self.settings.validation_episodes, seed, self.settings.test_epsilon)
        mean_return = float(episodes.returns.mean())
        self._weights.validated(mean_return, brain)
        return {"validation_return": mean_return, "validation_q": learning.expected()}

    def at_first(self) -> Mapping[str, float]:
        """Mean return of the random policy, before the first decision."""
        brain = self._averaged()  # whatever it is, it does not decide
        with torch.random.fork_rng(devices=()):  # training draws the same with and without it
            _, episodes = self._player.play(brain, self.settings.validation_episodes, 1 + self._seed, 1.0)
        return {"validation_return": float(episodes.returns.mean())}

    def _best(self) -> Mapping[str, Tensor]:
        """The best weights so far, or else those that are there."""
        return self._weights.best or self._averaged()

    def _averaged(self) -> Mapping[str, Tensor]:
        """The average, or else the weights that are there."""
        if self._weights.mean.state or not self._kept:
            return self._weights.mean.state or self.learning().system.graph.brain_state()
        return {name: value.to(self._device) for name, value in by_prefix(self._kept)["graph"].items()}

    def record(self, seed: int, advance: Advance = silently) -> Clip:
        """An episode of the best policy so far, to be looked at; `advance` is called after every decision, with the episodes that it ended."""
        return record(self.settings, self.spec, self._best(), TEST_SEEDS + seed, advance)

    def measure(self, folder: Path, watch: Callable[[float], None]) -> dict[str, Any]:
        """Returns of whole episodes, and one of them kept to be looked at."""
        share = Share(watch, 1 + 2 * self.settings.test_episodes)
        clip = self.record(2 * self._seed + 1, share.add)
        keep_clip(folder, clip)
        return {
            "test": self._tested(self.settings.test_epsilon, clip.per_second, share.add),
            "test_nearly_greedy": self._tested(NEARLY_GREEDY, clip.per_second, share.add),
            "validation_return": self._weights.value if self._weights.best else None,
            "data": self.data_id.name,
        }

    def _tested(self, epsilon: float, per_second: float, advance: Advance) -> dict[str, Any]:
        count = going = self.settings.test_episodes

        def watch(step: GameStep) -> None:
            nonlocal going
            left = int(step.going.sum())
            advance(going - left)
            going = left

        _, episodes = self._player.play(self._best(), count, TEST_SEEDS + 2 * self._seed, epsilon, watch)
        length = float(episodes.lengths.double().mean())
        return {
            "return": float(episodes.returns.mean()),
            "returns": episodes.returns.tolist(),
            "lowest": float(episodes.returns.min()),
            "highest": float(episodes.returns.max()),
            "length": length,
            "seconds": length / per_second,
            "episodes": len(episodes.returns),
            "epsilon": epsilon,
        }

    def conclude(self) -> None:
        """Free the disk space of the replay buffer: nothing will be learned from it any more."""
        self._replay.free()

    def close(self) -> None:
        """Close the games."""
        self._player.close()
        if self._begun is not None:
            self._begun.system.emulators.close()

    def state(self) -> dict[str, Tensor]:
        """What learning goes on from, the weights' average and the best of it."""
        return with_prefix("learning", self.learning().state()) | self._weights.state()

    def weights(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Of a `state`, the weights that did best in a validation, or else their average, or else the latest."""
        parts = by_prefix(state)
        return dict(parts.get("best") or parts.get("mean") or by_prefix(parts["learning"])["graph"])

    def fresh_weights(self) -> Mapping[str, Tensor]:
        """Those of network and policy."""
        system = wire(self.settings, self.spec, learn=False, count=1)
        system.emulators.close()
        return system.graph.brain_state()

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Begin with these weights, in the target network, too."""
        learning = self.learning()
        learning.system.graph.load_brain_state({**learning.system.graph.brain_state(), **weights})
        learning.learner.update_target()

    def predictor(self, weights: Mapping[str, Tensor]) -> QPredictor:
        """Chooses the greedy action."""
        return QPredictor(self.settings, self.spec, weights)

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        parts = by_prefix(state)
        self._kept = parts["learning"]
        self._weights.load(parts, self._device)
