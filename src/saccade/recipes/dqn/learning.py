"""Parallel games that are played and learned from: everything of a run that only training needs."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from saccade.agents import linear
from saccade.agents.graph_state import graph_state, load_graph_state
from saccade.agents.optimizer_state import by_prefix, with_prefix
from saccade.agents.q_learner import QLearner
from saccade.command_line import warn
from saccade.graph.halves import State
from saccade.training.replay_folder import warn_of_refilling
from saccade.worlds.games.game_spec import GameSpec

from .settings import DQNSettings
from .wiring import wire

_CPU = torch.device("cpu")
_HELD = 128  # observations whose values are followed through training
_CENTRED = 1024  # observations whose mean is zero to the network
_RECENT = 100  # episodes of the running mean
_EXPLORATION = linear(1.0, 0.0)  # how much ε is above its final value, as a share


@dataclass(frozen=True)
class PlayStatistics:
    """Means over some decisions; NaN where there was nothing to average."""

    loss: float
    q: float  # mean value of the actions that were learned from
    episode_return: float  # of the latest episodes that have ended
    epsilon: float


class DQNLearning:
    """Games, replay buffer and learner.

    Args:
        settings: see there.
        spec: opens the games.
        seed: of everything.
        folder: of the replay buffer.
        slack: of the replay buffer, see `Replay`.
        device: of the networks; the games and the replay buffer are on the CPU.
    """

    def __init__(
        self, settings: DQNSettings, spec: GameSpec, seed: int, folder: Path, slack: int, device: torch.device = _CPU
    ) -> None:
        self.settings = settings
        torch.manual_seed(seed)
        self.system = wire(settings, spec, folder=folder, slack=slack, threads=torch.get_num_threads())
        self.system.graph.to(device)
        assert self.system.replay is not None
        self.replay = self.system.replay
        self.system.graph.seed(seed)
        self.learner = QLearner(self.system.graph, self.replay, settings.learner)
        self._halves = self.system.graph.halves(self.system.policy)
        self._score = self._halves.names.index(self.system.game.score.variable)
        self._state: State | None = None  # of the games, before the next decision
        self._running = torch.zeros(
            settings.games, dtype=torch.float64, device=_CPU
        )  # returns of the episodes that go on
        self._ended: deque[float] = deque(maxlen=_RECENT)
        self._held: Tensor | None = None
        self.seen = 0  # decisions so far
        self._refilling = 0  # decisions that only fill a replay buffer which was freed

    def play(self, n: int, seen: int, total: int) -> PlayStatistics:
        """Decide `n` more times, after `seen` of `total`, and learn as often as is due."""
        losses, values = list[float](), list[float]()
        for _ in range(n // self.settings.games):
            self.system.policy.epsilon = epsilon = self._epsilon(seen)
            self._step()
            seen += self.settings.games
        self.seen = seen
        if self._held is None and seen >= self.settings.random_steps:
            self._begin()
        for _ in range(self._due(seen) - self.learner.updates):
            update = self.learner.update(seen / total)
            losses.append(update.loss + update.supervised_loss)
            values.append(update.q)
        return PlayStatistics(_mean(losses), _mean(values), _mean(self._ended), epsilon)

    def _begin(self) -> None:
        """Centre the network on the mean of the observations under random actions."""
        observation = self.replay.sample(_CENTRED).observation
        self.learner.centre(observation)
        self._held = observation[:_HELD].clone().to(self.system.graph.device)

    def _due(self, seen: int) -> int:
        """Updates that are due after so many decisions."""
        return max(0, seen - self.settings.random_steps - self._refilling) // self.settings.every

    def _epsilon(self, seen: int) -> float:
        """The exploration rate: falls linearly from 1 once learning has started."""
        s = self.settings
        return s.epsilon + _EXPLORATION.at((seen - s.random_steps) / s.exploring_steps) * (1 - s.epsilon)

    @torch.no_grad()
    def _step(self) -> None:
        """One decision in every game."""
        games, halves = self.settings.games, self._halves
        state = halves.reset(games) if self._state is None else self._state
        step = halves.step(state, self.system.policy.decide(halves.observe(state)["q"]).action)
        state = step.state
        self._running += state[self._score].cpu()
        if bool((over := step.done.cpu()).any()):
            self._ended.extend(self._running[over].tolist())
            self._running[over] = 0
            state = halves.merge(step.done, halves.reset(games, step.done), state)
        self._state = state

    @torch.no_grad()
    def expected(self) -> float:
        """Mean value of the greedy action on observations that were kept when learning started; NaN before."""
        return math.nan if self._held is None else float(self.system.network(self._held).amax(1).mean())

    def state(self) -> dict[str, Tensor]:
        """Weights, target network, optimiser, games, the replay buffer besides its files, and random generators."""
        parts: dict[str, Mapping[str, Tensor]] = {
            "learner": self.learner.state(), "game": self.system.game.games.state(), "replay": self.replay.state(),
        }  # fmt: skip
        found = graph_state(self.system.graph)
        for kind, part in parts.items():
            found |= with_prefix(kind, part)
        for place, value in enumerate(self._state or ()):
            if value is not None:
                found[f"halves/{place}"] = value
        found |= {
            "running/": self._running,
            "ended/": torch.tensor(list(self._ended), dtype=torch.float64, device=_CPU),
        }
        if self._refilling:
            found["refilling/"] = torch.tensor(self._refilling, device=_CPU)
        return found if self._held is None else {**found, "held/": self._held}

    def load(self, state: Mapping[str, Tensor], anew: bool = False) -> None:
        """Go on from a `state`.

        Args:
            state: see there.
            anew: the replay buffer was freed when training ended: it fills again, from new episodes, before there are more updates.
        """
        parts = by_prefix(state)
        load_graph_state(parts, self.system.graph)
        self.learner.load_state(parts["learner"])
        self._ended.extend(parts["ended"][""].tolist())
        self._held = parts["held"][""].to(self.system.graph.device) if "held" in parts else None
        self._refilling = int(parts["refilling"][""]) if "refilling" in parts else 0
        if anew:
            self._refilling += self.settings.random_steps
            warn_of_refilling(self.settings.random_steps)
            return
        self.replay.load_state(parts["replay"])
        if "halves" in parts:
            self.system.game.games.load_state(parts["game"])
            if not self.system.game.games.repeats:
                warn(
                    [
                        f"{self.system.emulators.name} does not go the same way with the same seeds and actions: the run goes on, "
                        "but not to the numbers of one that was never stopped"
                    ]
                )
            self._state = self._state_of(parts["halves"], "screen" in parts["game"])
        self._running = parts["running"][""].clone()

    def _state_of(self, kept: Mapping[str, Tensor], whole: bool) -> State:
        """The games' state from a checkpoint; one of before has no entry of whether the screen was shown."""
        device = self.system.graph.device
        kept = {name: value.to(device) for name, value in kept.items()}
        shown = self._halves.names.index(self.system.game.shown.variable)
        if whole:
            return tuple(kept.get(str(place)) for place in range(len(self._halves.names)))
        found = [kept.get(str(place)) for place in range(len(self._halves.names) - 1)]
        return (*found[:shown], torch.ones(self.settings.games, dtype=torch.bool, device=device), *found[shown:])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
