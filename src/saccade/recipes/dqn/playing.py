"""Whole episodes of a trained player, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.worlds.games.arcade import Arcade

from .wiring import DQNSystem, wire
from .settings import DQNSettings


@dataclass(frozen=True)
class Episodes:
    """What `n` episodes ended with."""

    returns: Tensor  # (n,) float64, in points
    lengths: Tensor  # (n,) int64, in decisions


@dataclass(frozen=True)
class Glance:
    """One decision of all games, for who watches."""

    screen: Tensor  # (n, depth, height, width) uint8
    after: Tensor  # the same, once it is made
    q: Tensor  # (n, actions)
    action: Tensor  # (n,)
    score: Tensor  # (n,): points for it


def trained(settings: DQNSettings, arcade: Arcade, brain: Mapping[str, Tensor], count: int) -> DQNSystem:
    """Parallel games with a player of trained weights, who leaves `test_epsilon` to chance."""
    system = wire(settings, arcade, learn=False, count=count)
    system.graph.load_brain_state(brain)
    system.graph.eval()
    system.player.epsilon = settings.test_epsilon
    return system


@torch.no_grad()
def play(system: DQNSystem, seed: int, watch: Callable[[Glance], None] = lambda _: None) -> Episodes:
    """Play an episode in every game, from its beginning to its end: none counts more because it is shorter.

    Args:
        system: see `trained`.
        seed: of the games and of what is left to chance.
        watch: called after every decision.
    """
    games = system.game.count
    system.graph.seed(seed)
    halves = system.graph.halves(system.player)
    state, active = halves.reset(games), torch.ones(games, dtype=torch.bool)
    returns, lengths = torch.zeros(games, dtype=torch.float64), torch.zeros(games, dtype=torch.int64)
    screen = halves.names.index(system.game.screen.variable)
    while bool(active.any()):
        q, shown = halves.observe(state)["q"], state[screen]
        action = system.player.decide(q).action
        step = halves.step(state, action, active)
        watch(Glance(shown, step.state[screen], q, action, step.reward))
        returns += step.reward.double()
        lengths += active
        state, active = step.state, active & ~step.ended
    return Episodes(returns, lengths)
