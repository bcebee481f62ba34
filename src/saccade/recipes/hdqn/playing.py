"""Whole episodes of trained policies, side by side."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from saccade.agents.epsilon_greedy import EpsilonGreedy
from saccade.devices import device_of

from .goal_game import GoalGame
from .settings import Agent, HDQNSettings
from .wiring import wire, wire_flat

_LONGEST = 100_000  # decisions of an episode: a policy may never end it


@torch.no_grad()
def play(settings: HDQNSettings, game: GoalGame, brain: Mapping[str, Tensor], count: int, seed: int) -> Tensor:
    """The returns of an episode in each of `count` games, float64 `(count,)` on the CPU.

    Args:
        settings, game: see there.
        brain: trained weights; the networks are where they are.
        count: episodes.
        seed: of the games and of the exploration.
    """
    hierarchy = settings.agent is Agent.HIERARCHY
    system = wire(game, count, settings.limit, 1.0, None) if hierarchy else wire_flat(game, count, None)
    graph = system.graph.to(device_of(brain))
    graph.load_brain_state(brain)
    graph.eval()
    graph.seed(seed)
    for actor in graph.actors:
        if isinstance(actor, EpsilonGreedy):
            actor.epsilon = settings.test_epsilon
    halves = graph.halves(system.policy)
    score = halves.names.index(system.score.variable)
    going, returns = torch.ones(count, dtype=torch.bool), torch.zeros(count, dtype=torch.float64)
    state = halves.reset(count)
    for _ in range(_LONGEST):
        step = halves.step(state, system.policy.decide(halves.observe(state)["q"]).action, going.to(graph.device))
        state = step.state
        returns += torch.where(going, state[score].cpu(), 0.0)
        going &= ~step.done.cpu()
        if not bool(going.any()):
            break
    system.games.emulators.close()
    return returns
