"""Parallel games that are played and learned from, by a hierarchy or by one policy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from saccade.agents.graph_state import graph_state, load_graph_state
from saccade.agents.optimizer_state import by_prefix, with_prefix
from saccade.agents.q_learner import QLearner
from saccade.agents.stored_transitions import StoredTransitions
from saccade.graph.halves import State
from saccade.training.replay_folder import warn_of_refilling
from saccade.worlds import DataError

from .goal_game import GoalGame
from .searching import demonstrate
from .settings import HDQNSettings
from .wiring import Buffers, FlatSystem, GoalSystem, wired

_KEPT, _LEAST = 0.97, 0.1  # of the running mean at each pursuit; the least weight of a goal that is practised
_CENTRED = 512  # observations whose mean is taken
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Student:
    """A learner, the replay buffer that it samples, and when.

    Args:
        learner, buffer: see there.
        every: decisions between two updates.
        starts: decisions before the first.
    """

    learner: QLearner
    buffer: StoredTransitions
    every: int
    starts: int

    def learn(self, seen: int, progress: float) -> list[float]:
        """Update as often as is due after so many decisions; the losses."""
        due = max(0, seen - self.starts) // self.every - self.learner.updates
        if not due or not len(self.buffer):
            return []
        if not self.learner.updates and self.learner.uncentred:
            self.learner.centre(self.buffer.sample(_CENTRED).observation)
        return [self.learner.update(progress).loss for _ in range(due)]


@dataclass(frozen=True)
class GoalStatistics:
    """What happened in some decisions; NaN where there was nothing to average.

    Attributes:
        loss: of the controller, or of the flat policy.
        meta_loss: of the meta-controller.
        episode_return: mean of the episodes that ended.
        epsilon, meta_epsilon: exploration rates at last; the controller's is the mean over games.
        visits: `(goals,)`: decisions after which the relation of each goal held, for each episode that ended.
        success: `(goals,)`: share of the times that each goal was pursued in which it was reached; NaN where it was not.
    """

    loss: float
    meta_loss: float
    episode_return: float
    epsilon: float
    meta_epsilon: float
    visits: Sequence[float]
    success: Sequence[float]


class GoalLearning:
    """Games, replay buffers and learners.

    Args:
        settings: see there.
        game: that is played.
        seed: of everything.
        folder: of the replay buffers.
        slack: of the replay buffers, see `StoredTransitions`.
        device: of the networks; the games and the replay buffers are on the CPU.
    """

    def __init__(
        self, settings: HDQNSettings, game: GoalGame, seed: int, folder: Path, slack: int, device: torch.device = _CPU
    ) -> None:
        self.settings, self._game = settings, game
        torch.manual_seed(seed)
        s = settings
        self.system = wired(s, game, s.games, Buffers(s.buffer, s.options, s.relabel, s.hindsight, folder, slack))
        self.system.graph.to(device)
        self.system.graph.seed(seed)
        self.students = _students(settings, self.system)
        self._halves = self.system.graph.halves(self.system.policy)
        self._score = self._halves.names.index(self.system.score.variable)
        self._state: State | None = None
        self._refilling = 0  # decisions that only fill replay buffers which were freed
        self._running = torch.zeros(settings.games, dtype=torch.float64, device=_CPU)
        self._pursued = torch.zeros(settings.games, len(game.goals), dtype=torch.int64, device=_CPU)
        self._reached = torch.zeros(len(game.goals), device=_CPU)  # running means

    def demonstrate(self, route: tuple[int, ...]) -> None:
        """Store the transitions of a route that a search has found, to be learned from as others are."""
        if len(route) * self.settings.games > self.settings.buffer:
            raise DataError(
                f"--buffer {self.settings.buffer}: a route of {len(route)} decisions does not fit into the share of one of {self.settings.games} games; it must be "
                f"{len(route) * self.settings.games} or more, or train without --demonstrate"
            )
        if isinstance(self.system, GoalSystem) and self.system.transitions is not None:
            demonstrate(self.system.transitions, self._game, route)

    def play(self, n: int, seen: int) -> GoalStatistics:
        """Decide `n` more times, after `seen`, and learn as often as is due."""
        tally = Tally(len(self._game.goals))
        for _ in range(n // self.settings.games):
            self._explore(seen)
            self._step(tally)
            seen += self.settings.games
        losses = [student.learn(seen - self._refilling, seen / self.settings.total) for student in self.students]
        rates = self.system.policy.epsilon
        epsilon = float(rates.mean()) if isinstance(rates, Tensor) else rates
        meta = float(self.system.meta.epsilon) if isinstance(self.system, GoalSystem) else math.nan
        return tally.statistics(_mean(losses[0]), _mean(losses[-1]) if len(losses) > 1 else math.nan, epsilon, meta)

    def _explore(self, seen: int) -> None:
        """Set the exploration rates: of the controller by how often each goal was pursued, of the others by the share of training."""
        s = self.settings
        random = 0.0 if isinstance(self.system, FlatSystem) else s.random_goals  # a flat policy has no goals
        joint = (seen / s.total - random) / max((1 - random) * s.exploring, 1e-9)
        above = min(1.0, max(0.0, 1 - joint))
        if isinstance(self.system, FlatSystem):
            self.system.policy.epsilon = s.epsilon + (1 - s.epsilon) * above
        else:
            self.system.meta.epsilon = s.meta_epsilon + (1 - s.meta_epsilon) * above
            if s.practice:
                self.system.meta.weights = (1 - self._reached).clamp(min=_LEAST)

    def _towards(self, goal: Tensor) -> Tensor:
        """The controller's exploration rates for the goals of all games."""
        s = self.settings
        share = self._game.groups / s.games  # a learner's decisions are made in several games
        made = self._pursued.gather(1, goal[:, None])[:, 0] / (s.goal_steps * share)
        return s.epsilon + (1 - s.epsilon) * (1 - made).clamp(min=0)

    @torch.no_grad()
    def _step(self, tally: Tally) -> None:
        """One decision in every game."""
        games, halves, system = self.settings.games, self._halves, self.system
        state = halves.reset(games) if self._state is None else self._state
        goal = None
        if isinstance(system, GoalSystem):
            goal = state[halves.names.index(system.meta.action.variable)].cpu()
            system.controller.epsilon = self._towards(goal)
            self._pursued.scatter_add_(1, goal[:, None], torch.ones_like(goal)[:, None])
        step = halves.step(state, system.policy.decide(halves.observe(state)["q"]).action)
        state = step.state
        self._running += state[self._score].cpu()
        over = step.done.cpu()
        tally.visited(self._holding(state))
        if isinstance(system, GoalSystem) and goal is not None:
            ended = system.pursuits_ended(halves, state)
            reached = state[halves.names.index(system.critic.reward.variable)].cpu() > 0
            tally.pursued(goal, ended, reached)
            self._follow(goal[ended], reached[ended])
        if bool(over.any()):
            tally.ended(self._running[over])
            self._running[over] = 0
            state = halves.merge(step.done, halves.reset(games, step.done), state)
        self._state = state

    def _follow(self, goals: Tensor, reached: Tensor) -> None:
        """The running mean of how often each goal is reached."""
        tried = torch.bincount(goals, minlength=len(self._reached))
        share = torch.bincount(goals[reached], minlength=len(self._reached)) / tried.clamp(min=1)
        self._reached = torch.lerp(self._reached, share, 1 - _KEPT**tried)

    def _holding(self, state: State) -> Tensor:
        """Which goals' relations hold in all games, bool `(games, goals)`."""
        if isinstance(self.system, GoalSystem):
            held: Tensor = state[self._halves.names.index(self.system.critic.holds.variable)].cpu()
            return held
        return self._game.holding(self.system.games)

    def state(self) -> dict[str, Tensor]:
        """Weights, target networks, optimisers, games, the replay buffers besides their files, and random generators."""
        found = graph_state(self.system.graph) | with_prefix("game", self.system.games.state())
        for place, student in enumerate(self.students):
            found |= with_prefix(f"learner{place}", student.learner.state())
            found |= with_prefix(f"buffer{place}", student.buffer.state())
        for place, value in enumerate(self._state or ()):
            if value is not None:
                found[f"halves/{place}"] = value
        refilling = torch.tensor(self._refilling, device=_CPU)
        own = {"running/": self._running, "pursued/": self._pursued, "refilling/": refilling, "reached/": self._reached}
        return found | own

    def load(self, state: Mapping[str, Tensor], anew: bool = False) -> None:
        """Go on from a `state`.

        Args:
            state: see there.
            anew: the replay buffers were freed when training ended: they fill again, from new episodes, before there are more updates.
        """
        parts = by_prefix(state)
        load_graph_state(parts, self.system.graph)
        for place, student in enumerate(self.students):
            student.learner.load_state(parts[f"learner{place}"])
        self._pursued, self._refilling = parts["pursued"][""].clone(), int(parts["refilling"][""])
        if "reached" in parts:  # not in checkpoints of before
            self._reached = parts["reached"][""].clone()
        if anew:
            self._refilling += self.settings.learning_starts
            warn_of_refilling(self.settings.learning_starts)
            return
        for place, student in enumerate(self.students):
            student.buffer.load_state(parts[f"buffer{place}"])
        if "halves" in parts:
            self.system.games.load_state(parts["game"])
            device = self.system.graph.device
            kept = {name: value.to(device) for name, value in parts["halves"].items()}
            self._state = tuple(kept.get(str(place)) for place in range(len(self._halves.names)))
        self._running = parts["running"][""].clone()


def _students(s: HDQNSettings, system: GoalSystem | FlatSystem) -> list[Student]:
    """The learners: of the controller and the meta-controller, or of the flat policy."""
    if isinstance(system, FlatSystem):
        assert system.replay is not None
        learner = QLearner(system.graph, system.replay, s.learner)
        return [Student(learner, system.replay, s.every, s.learning_starts)]
    assert system.transitions is not None and system.options is not None
    controller = QLearner(system.graph, system.transitions, s.learner, system.controller)
    meta = QLearner(system.graph, system.options, s.meta, system.meta)
    starts = max(s.learning_starts, math.ceil(s.random_goals * s.total))
    return [
        Student(controller, system.transitions, s.every, s.learning_starts),
        Student(meta, system.options, s.meta_every, starts),
    ]


class Tally:
    """Counts what happens in some decisions.

    Args:
        goals: how many there are.
    """

    def __init__(self, goals: int) -> None:
        self._returns: list[Tensor] = []
        self._visits, self._chosen, self._reached = (
            torch.zeros(goals, dtype=torch.int64, device=_CPU) for _ in range(3)
        )

    def visited(self, holding: Tensor) -> None:
        """What holds on the screens of all games."""
        self._visits += holding.sum(0)

    def pursued(self, goal: Tensor, ended: Tensor, reached: Tensor) -> None:
        """Where the pursuit of a goal has ended, and whether it was reached."""
        self._chosen += torch.bincount(goal[ended], minlength=len(self._chosen))
        self._reached += torch.bincount(goal[ended & reached], minlength=len(self._reached))

    def ended(self, returns: Tensor) -> None:
        """Episodes that are over."""
        self._returns.append(returns.clone())

    def statistics(self, loss: float, meta_loss: float, epsilon: float, meta_epsilon: float) -> GoalStatistics:
        """The means."""
        returns = torch.cat(self._returns) if self._returns else torch.empty(0, device=_CPU)
        success = self._reached / self._chosen  # NaN where a goal was not chosen
        visits = self._visits / len(returns)  # NaN, or infinite, where no episode ended
        visits = visits.masked_fill(~visits.isfinite(), math.nan)
        return GoalStatistics(
            loss, meta_loss, float(returns.mean()) if len(returns) else math.nan, epsilon, meta_epsilon, visits.tolist(), success.tolist(),
        )  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
