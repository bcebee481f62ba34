"""Whole episodes of trained policies, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional as F

from saccade.agents.epsilon_greedy import EpsilonGreedy
from saccade.devices import device_of
from saccade.graph import In, Module, Out
from saccade.graph.halves import Halves, State
from saccade.worlds.games.played import PlayedGames

from .goal_game import GoalGame
from .settings import HDQNSettings
from .wiring import FlatSystem, GoalSystem, wire, wired

_CPU = torch.device("cpu")
_AT_ONCE = 20  # attempts at each goal, side by side
_LONGEST = 100_000  # decisions of an episode: a policy may never end it


@dataclass(frozen=True)
class Decided:
    """One decision of all games, for whoever watches; on the CPU. Of a flat policy the goal is -1, and none is reached or ends."""

    goal: Tensor  # (n,) int64, that was pursued
    reached: Tensor  # (n,) bool: the decision has reached it
    ended: Tensor  # (n,) bool: the pursuit has ended with it
    holds: Tensor  # (n, goals) bool: the relations that hold after it
    values: Tensor  # (n, actions) float32: of all actions, towards the goal
    action: Tensor  # (n,) int64
    score: Tensor  # (n,) float32
    going: Tensor  # (n,) bool: the episode went on before it
    actions: tuple[str, ...]  # names


class Watcher(Protocol):
    """Whoever watches games being played."""

    def begun(self, games: PlayedGames) -> None:
        """All episodes have begun."""

    def decided(self, games: PlayedGames, decision: Decided) -> None:
        """A decision was made in every game."""


@torch.no_grad()
def play(
    settings: HDQNSettings, game: GoalGame, brain: Mapping[str, Tensor], count: int, seed: int,
    watch: Watcher | None = None,
) -> Tensor:  # fmt: skip
    """The returns of an episode in each of `count` games, float64 `(count,)` on the CPU.

    Args:
        settings, game: see there.
        brain: trained weights; the networks are where they are.
        count: episodes.
        seed: of the games and of the exploration.
        watch: see there.
    """
    system = wired(settings, game, count, None)
    graph = system.graph.to(device_of(brain))
    graph.load_brain_state(brain)
    graph.eval()
    graph.seed(seed)
    for actor in graph.actors:
        if isinstance(actor, EpsilonGreedy):
            actor.epsilon = settings.test_epsilon
    halves = graph.halves(system.policy)
    score = halves.names.index(system.score.variable)
    going = torch.ones(count, dtype=torch.bool, device=_CPU)
    returns = torch.zeros(count, dtype=torch.float64, device=_CPU)
    state = halves.reset(count)
    if watch is not None:
        watch.begun(system.games)
    for _ in range(_LONGEST):
        q = halves.observe(state)["q"]
        action = system.policy.decide(q).action
        step = halves.step(state, action, going.to(graph.device))
        if watch is not None:
            watch.decided(system.games, _decided(system, game, halves, state, step.state, q, action, going))
        state = step.state
        returns += torch.where(going, state[score].cpu(), 0.0)
        going = going & ~step.done.cpu()
        if not bool(going.any()):
            break
    system.games.emulators.close()
    return returns


class _Wanted(Module):
    """In the place of the values of goals: each game has a goal that it is worth most."""

    screen: In[UInt8[Tensor, "b depth height width"]]
    q: Out[Float[Tensor, "b goals"]]

    def __init__(self, shape: tuple[int, ...], goal: Tensor, goals: int) -> None:
        super().__init__()
        self.depth, self.height, self.width = shape
        self.goals = goals
        self.register_buffer("wanted", F.one_hot(goal, goals).float(), persistent=False)
        self.wanted: Tensor

    def forward(self, screen: Tensor) -> Tensor:
        """Values `(b, goals)`, whatever the screens."""
        return self.wanted[: len(screen)]


@torch.no_grad()
def attempt(settings: HDQNSettings, game: GoalGame, brain: Mapping[str, Tensor], attempts: int, seed: int) -> Tensor:
    """How often every goal is reached from the start of the game, float64 `(goals,)` on the CPU.

    An attempt is one pursuit: it ends where the goal is reached, its limit is over, a life is lost, or the episode ends.

    Args:
        settings, game: see there; the agent is a hierarchy.
        brain: trained weights; the networks are where they are.
        attempts: of each goal.
        seed: of the games and of the exploration.
    """
    with closing(game.open(1)) as one:
        shape = one.shape
    tried = [min(_AT_ONCE, attempts - done) for done in range(0, attempts, _AT_ONCE)]
    found = [_attempted(settings, game, brain, shape, many, seed + turn) for turn, many in enumerate(tried)]
    return torch.cat(found, 1).double().mean(1)


def _attempted(
    settings: HDQNSettings,
    game: GoalGame,
    brain: Mapping[str, Tensor],
    shape: tuple[int, ...],
    attempts: int,
    seed: int,
) -> Tensor:
    """Whether some attempts side by side reach each goal, bool `(goals, attempts)`."""
    goals = len(game.goals)
    goal = torch.arange(goals, device=_CPU).repeat_interleave(attempts)
    system = wire(game, len(goal), settings.limit, 1.0, None, _Wanted(shape, goal, goals).named("goal_values"))
    graph = system.graph.to(device_of(brain))
    mine = graph.brain_state()
    graph.load_brain_state({name: value for name, value in brain.items() if name in mine})
    graph.eval()
    graph.seed(seed)
    system.meta.epsilon, system.controller.epsilon = 0.0, settings.test_epsilon
    halves = graph.halves(system.controller)
    gained = halves.names.index(system.critic.reward.variable)
    going, reached = (torch.full((len(goal),), flag, device=_CPU) for flag in (True, False))
    state = halves.reset(len(goal))
    while bool(going.any()):
        step = halves.step(state, system.controller.decide(halves.observe(state)["q"]).action, going.to(graph.device))
        state = step.state
        reached |= going & (state[gained].cpu() > 0)
        going &= ~(system.pursuits_ended(halves, state) | step.done.cpu())
    system.games.emulators.close()
    return reached.view(goals, attempts)


def _decided(
    system: GoalSystem | FlatSystem, game: GoalGame, halves: Halves, before: State, after: State, q: Tensor,
    action: Tensor, going: Tensor,
) -> Decided:  # fmt: skip
    """What has just been decided, and what it led to."""

    def held(state: State, port: Out[Any]) -> Tensor:
        found: Tensor = state[halves.names.index(port.variable)].cpu()
        return found

    nothing = torch.zeros_like(going)
    goal, reached, ended = torch.full((len(going),), -1, device=_CPU), nothing, nothing
    if isinstance(system, GoalSystem):
        goal, ended = held(before, system.meta.action), system.pursuits_ended(halves, after)
        reached, holds = held(after, system.critic.reward) > 0, held(after, system.critic.holds)
    else:
        holds = game.holding(system.games)
    score = held(after, system.score)
    return Decided(goal, reached, ended, holds, q.cpu(), action.cpu(), score, going, system.games.emulators.actions)
