"""Parallel games that are played and learned from: everything of a run that only training needs."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from saccade.agents.moments import parted
from saccade.agents.q_learner import QLearner
from saccade.graph.halves import State
from saccade.worlds.games.arcade import Arcade

from .wiring import wire
from .settings import DQNSettings

_HELD = 128  # observations whose values are followed through training
_CENTRED = 1024  # observations whose mean is zero to the network
_RECENT = 100  # episodes of the running mean


@dataclass(frozen=True)
class Played:
    """What some decisions brought; NaN where there was nothing."""

    loss: float
    q: float  # mean value of the actions that were learned from
    points: float  # of the last episodes that have ended
    epsilon: float


class DQNLearning:
    """Games, memory and learner.

    Args:
        settings: see there.
        arcade: opens the games.
        seed: of everything.
        folder: where the memory lies.
        slack: of the memory, see `Replay`.
    """

    def __init__(self, settings: DQNSettings, arcade: Arcade, seed: int, folder: Path, slack: int) -> None:
        self.settings = settings
        torch.manual_seed(seed)
        self.system = wire(settings, arcade, folder=folder, slack=slack, threads=torch.get_num_threads())
        assert self.system.memory is not None
        self.memory = self.system.memory
        self.system.graph.seed(seed)
        self.learner = QLearner(self.system.graph, self.memory, settings.learner)
        self._halves = self.system.graph.halves(self.system.player)
        self._score = self._halves.names.index(self.system.game.score.variable)
        self._state: State | None = None  # of the games, before the next decision
        self._running = torch.zeros(settings.games, dtype=torch.float64)  # points of the episodes that go on
        self._ended: deque[float] = deque(maxlen=_RECENT)
        self._held: Tensor | None = None
        self.seen = 0  # decisions so far

    def play(self, n: int, seen: int, total: int) -> Played:
        """Decide `n` more times, after `seen` of `total`, and learn as often as is due."""
        losses, values = list[float](), list[float]()
        for _ in range(n // self.settings.games):
            self.system.player.epsilon = self._epsilon(seen)
            self._step()
            seen += self.settings.games
        self.seen = seen
        if self._held is None and seen >= self.settings.warm_up:
            self._begin()
        for _ in range(self._due(seen) - self.learner.updates):
            update = self.learner.update(seen / total)
            losses.append(update.loss + update.supervised_loss)
            values.append(update.q)
        return Played(_mean(losses), _mean(values), _mean(self._ended), self.system.player.epsilon)

    def _begin(self) -> None:
        """What learning begins with: the mean picture of what was seen by chance."""
        seen = self.memory.sample(_CENTRED).seen
        self.system.network.centre(seen)
        self.learner.renew()
        self._held = seen[:_HELD].clone()

    def _due(self, seen: int) -> int:
        """Updates that are due after so many decisions."""
        return max(0, seen - self.settings.warm_up) // self.settings.every

    def _epsilon(self, seen: int) -> float:
        """Falls in a straight line once learning has begun."""
        share = max(0.0, 1 - max(0, seen - self.settings.warm_up) / self.settings.epsilon_steps)
        return self.settings.epsilon + share * (1 - self.settings.epsilon)

    @torch.no_grad()
    def _step(self) -> None:
        """One decision of every game."""
        games, halves = self.settings.games, self._halves
        state = halves.reset(games) if self._state is None else self._state
        step = halves.step(state, self.system.player.decide(halves.observe(state)["q"]).action)
        state = step.state
        self._running += state[self._score]
        if bool(step.ended.any()):
            self._ended.extend(self._running[step.ended].tolist())
            self._running[step.ended] = 0
            state = halves.merge(step.ended, halves.reset(games, step.ended), state)
        self._state = state

    @torch.no_grad()
    def expected(self) -> float:
        """Mean value of the best action on observations that were kept when learning began; NaN before."""
        return math.nan if self._held is None else float(self.system.network(self._held).amax(1).mean())

    def state(self) -> dict[str, Tensor]:
        """Weights, target network, optimiser, games, what the memory has beside its files, and random streams."""
        graph = self.system.graph
        parts: dict[str, Mapping[str, Tensor]] = {
            "graph": graph.state_dict(), "random": graph.random_state(), "learner": self.learner.state(),
            "game": self.system.game.state(), "memory": self.memory.state(),
        }  # fmt: skip
        found = {f"{kind}/{name}": value for kind, part in parts.items() for name, value in part.items()}
        for place, value in enumerate(self._state or ()):
            if value is not None:
                found[f"halves/{place}"] = value
        found |= {"running/": self._running, "ended/": torch.tensor(list(self._ended), dtype=torch.float64)}
        return found if self._held is None else {**found, "held/": self._held}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        parts = parted(state)
        graph = self.system.graph
        graph.load_state_dict(parts["graph"])
        graph.set_random_state(parts["random"])
        self.learner.load_state(parts["learner"])
        self.memory.load_state(parts["memory"])
        if "halves" in parts:
            self.system.game.load_state(parts["game"])
            self._state = tuple(parts["halves"].get(str(place)) for place in range(len(self._halves.names)))
        self._running = parts["running"][""].clone()
        self._ended.extend(parts["ended"][""].tolist())
        self._held = parts["held"][""] if "held" in parts else None


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
