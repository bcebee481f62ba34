"""Whole episodes of a trained policy, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.worlds.games.game_spec import GameSpec

from .settings import DQNSettings
from .wiring import DQNSystem, wire


@dataclass(frozen=True)
class Episodes:
    """Returns and lengths of `n` episodes."""

    returns: Tensor  # (n,) float64, unclipped and undiscounted
    lengths: Tensor  # (n,) int64, in decisions


@dataclass(frozen=True)
class GameStep:
    """One decision of all games, for whoever watches."""

    screen: Tensor  # (n, depth, height, width) uint8
    next_screen: Tensor  # the same, after the decision
    q: Tensor  # (n, actions)
    action: Tensor  # (n,)
    reward: Tensor  # (n,)
    going: Tensor  # (n,) bool: the episode goes on


def trained(settings: DQNSettings, spec: GameSpec, brain: Mapping[str, Tensor], count: int) -> DQNSystem:
    """Parallel games with a policy of trained weights, at `test_epsilon`."""
    system = wire(settings, spec, learn=False, count=count)
    system.graph.load_brain_state(brain)
    system.graph.eval()
    system.policy.epsilon = settings.test_epsilon
    return system


@torch.no_grad()
def play(system: DQNSystem, seed: int, watch: Callable[[GameStep], None] = lambda _: None) -> Episodes:
    """Play an episode in every game, from its beginning to its end: none counts more because it is shorter.

    Args:
        system: see `trained`.
        seed: of the games and of the exploration.
        watch: called after every decision.
    """
    games = system.game.count
    system.graph.seed(seed)
    halves = system.graph.halves(system.policy)
    state, active = halves.reset(games), torch.ones(games, dtype=torch.bool)
    returns, lengths = torch.zeros(games, dtype=torch.float64), torch.zeros(games, dtype=torch.int64)
    screen = halves.names.index(system.game.screen.variable)
    while bool(active.any()):
        q, shown = halves.observe(state)["q"], state[screen]
        action = system.policy.decide(q).action
        step = halves.step(state, action, active)
        returns += step.reward.double()
        lengths += active
        state, active = step.state, active & ~step.done
        watch(GameStep(shown, step.state[screen], q, action, step.reward, active))
    return Episodes(returns, lengths)
