"""The training step: one pass of the graph, all losses summed, one backward pass."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from typing import Annotated, Any, Protocol, cast

import torch
from torch import Tensor, nn

from saccade.arguments import check_whole
from saccade.graph import Actor, Decision, Graph, Out, RecordedSteps, Trace, Trajectory
from saccade.memory import keep as keep_memory
from saccade.ranges import Above, AtLeast, Between, check_ranges

from .objective import Objective, Targets
from .optimizer_state import by_prefix, load_optimizer_state, optimizer_state, with_prefix
from .schedule import check_progress, linear


class LearningActor(Protocol):
    """An actor that the learner can train."""

    objective: Objective
    anneal: Callable[[float], None]


@dataclass(frozen=True)
class LearnerSettings:
    """Settings of the optimiser."""

    learning_rate: Annotated[float, AtLeast(0)] = 3e-3
    """Peak learning rate of Adam for all but the actors."""
    policy_learning_rate: Annotated[float, AtLeast(0)] = 3e-3
    """Peak learning rate of Adam for the actors."""
    epochs: Annotated[int, AtLeast(1, 10_000)] = 1
    """Passes over every rollout; from the second on the recorded actions are evaluated again (PPO)."""
    warm_up: Annotated[float, Between(0, 1)] = 0.02
    """Share of training in which the learning rates rise to their peak."""
    clip_norm: Annotated[float, Above(0)] = 1.0
    """Largest norm of the gradient."""
    separate: bool = False
    """Train reader and actors by separate backward passes and optimisers, in turn."""

    def __post_init__(self) -> None:
        """Refuse values out of range.

        Raises:
            ValueError: naming the setting, its value and what it may be.
        """
        check_ranges(self)


@dataclass(frozen=True)
class Update:
    """What one update saw, as Python numbers: its first epoch, or the mean over all of its minibatches."""

    loss: float
    supervised_loss: float
    policy_loss: float
    reward: float


_MOST = 10**9  # episodes or steps at a time: more is a slip of the keyboard
_MEND = "lower the learning rates (--learner.learning-rate, --learner.policy-learning-rate), or look at the data for values that are not finite"


class DivergedError(RuntimeError):
    """A loss or its gradient is not finite."""


class Learner:
    """Trains a graph: supervised losses and every actor's objective together.

    From the first learner on, memory that is freed stays with the process, see `saccade.memory`.

    Args:
        graph: the graph; its parameters are split into those of the actors and the rest.
        settings: of the optimiser.
        minibatch: evaluate every step of a rollout on its own, so many at a time in shuffled order; 0: whole passes. It needs a
            brain without recurrence from step to step, see `RecordedSteps`.

    Raises:
        ValueError: `minibatch` is negative, or not 0 with separate optimisers.
    """

    def __init__(self, graph: Graph, settings: LearnerSettings, minibatch: int = 0) -> None:
        check_whole(0, _MOST, minibatch=minibatch)
        if minibatch and settings.separate:
            raise ValueError(f"minibatch is {minibatch}: it must be 0 with separate optimisers")
        keep_memory()
        self.graph = graph
        self.settings = settings
        self.minibatch = minibatch
        acting = {id(p) for actor in graph.actors for p in actor.parameters()}
        self._brain = [p for p in graph.parameters() if id(p) not in acting]
        self._policy = [p for p in graph.parameters() if id(p) in acting]
        rates = [(self._brain, settings.learning_rate), (self._policy, settings.policy_learning_rate)]
        if not settings.separate and settings.learning_rate == settings.policy_learning_rate:
            rates = [(self._brain + self._policy, settings.learning_rate)]  # one fused step, not two
        groups = [{"params": list(p), "height": rate} for p, rate in rates if p]
        chosen = [[group] for group in groups] if settings.separate else [groups]
        self.optimizers = [torch.optim.Adam(part, lr=1e-3, betas=(0.9, 0.99), fused=True) for part in chosen]

    def update(self, episodes: int, progress: float, watch: tuple[Out[Any], ...] = ()) -> tuple[Update, Trace]:
        """One rollout of `episodes` and the updates on it.

        Args:
            episodes: parallel episodes.
            progress: share of training done, 0 to 1; sets learning rates and exploration.
            watch: ports whose values the returned trace keeps.

        Raises:
            ValueError: `episodes` is below 1, or `progress` not between 0 and 1.
            DivergedError: the loss or its gradient is not finite; the parameters are as before that epoch or minibatch.
        """
        check_whole(1, _MOST, episodes=episodes)
        check_progress(progress)
        self._schedule(progress)
        if self.minibatch:
            return self._in_minibatches(episodes, watch)
        trace = self.graph.unroll(episodes, watch)
        asked = [actor for actor in self.graph.actors if trace.asked(actor)]
        targets = {actor: _learning(actor).objective.targets(trace.of(actor)) for actor in asked}
        update = self._descend(trace, targets)
        for _ in range(1, self.settings.epochs):
            self._descend(self.graph.unroll(episodes, replay=trace), targets)
        return update, trace

    def _in_minibatches(self, episodes: int, watch: tuple[Out[Any], ...]) -> tuple[Update, Trace]:
        with torch.no_grad():
            trace = self.graph.unroll(episodes, watch)
        targets = {actor: _learning(actor).objective.targets(trace.of(actor)) for actor in self.graph.actors}
        steps, seen = RecordedSteps(self.graph.runtime, trace), list[Update]()
        for _ in range(self.settings.epochs):
            order = torch.randperm(steps.count, generator=self.graph.actors[0].rng, device="cpu").to(self.graph.device)
            for which in torch.split(order, self.minibatch):
                now = steps.evaluate(which)
                policies = [
                    _learning(actor).objective.loss(*_alone(trace.of(actor), now.decisions[actor], aim, which))
                    for actor, aim in targets.items()
                ]
                seen.append(self._add_up(now.supervised_loss, policies, _mean_return(trace, targets)))
        return Update(*(sum(column) / len(seen) for column in zip(*map(astuple, seen), strict=True))), trace

    def state(self) -> dict[str, Tensor]:
        """The optimisers' running averages and step counts, by name, for a checkpoint."""
        found: dict[str, Tensor] = {}
        for place, optimizer in enumerate(self.optimizers):
            found |= with_prefix(str(place), optimizer_state(optimizer))
        return found

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Go on from a `state`."""
        parts = by_prefix(state)
        for place, optimizer in enumerate(self.optimizers):
            load_optimizer_state(optimizer, parts[str(place)])

    def _schedule(self, progress: float) -> None:
        s = self.settings
        rise = min(1.0, progress / s.warm_up + 0.05) if s.warm_up else 1.0
        shape = rise * linear(1.0, 0.0).at(progress) ** 0.9
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["height"] * shape + 1e-6
        for actor in self.graph.actors:
            _learning(actor).anneal(progress)

    def _descend(self, trace: Trace, targets: dict[Actor, Any]) -> Update:
        supervised = trace.supervised_loss
        policies = [_learning(actor).objective.loss(trace.of(actor), aim) for actor, aim in targets.items()]
        return self._add_up(supervised, policies, _mean_return(trace, targets))

    def _add_up(self, supervised: Tensor, policies: list[Tensor], reward: float) -> Update:
        """One step down the sum of all losses."""
        policy = functools.reduce(torch.add, policies) if policies else supervised.new_zeros(())
        total = supervised + policy
        update = Update(total.item(), supervised.item(), policy.item(), reward)
        if not math.isfinite(update.loss):
            raise DivergedError(
                f"the loss became {update.loss} (supervised {update.supervised_loss}, policy {update.policy_loss}): "
                + _MEND
            )
        self._step([supervised, policy] if self.settings.separate else [total])
        return update

    def _step(self, losses: list[Tensor]) -> None:
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        for loss in losses:
            if loss.requires_grad:
                torch.autograd.backward(loss, retain_graph=loss is not losses[-1])
        parts: Iterable[list[nn.Parameter]] = (
            [self._brain, self._policy] if self.settings.separate else [self._brain + self._policy]
        )
        for part in parts:
            norm = float(nn.utils.clip_grad_norm_(part, self.settings.clip_norm, foreach=True))
            if not math.isfinite(norm):
                raise DivergedError(f"the gradient's norm became {norm} while the loss was finite: {_MEND}")
        for optimizer in self.optimizers:
            optimizer.step()


def _learning(actor: Actor) -> LearningActor:
    return cast(LearningActor, actor)


def _mean_return(trace: Trace, targets: dict[Actor, Any]) -> float:
    return sum(float(trace.of(actor).reward.sum(0).mean()) for actor in targets)


def _alone(trajectory: Trajectory, now: Decision, aim: Targets, which: Tensor) -> tuple[Trajectory, Targets]:
    """Some steps of a rollout as a trajectory of one step, evaluated under the present policy."""
    steps = [value.flatten(0, 1)[which][None] for value in (trajectory.active, trajectory.reward, *aim)]
    return Trajectory([now], [steps[0][0]], steps[1]), Targets(*steps[2:])
