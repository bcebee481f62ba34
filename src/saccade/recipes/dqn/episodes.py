"""Whole episodes of a trained policy, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.devices import device_of
from saccade.worlds.games.emulators import Emulators
from saccade.worlds.games.game_spec import GameSpec
from saccade.worlds.games.turns import Turns

from .settings import DQNSettings
from .wiring import DQNSystem, wire


@dataclass(frozen=True)
class Episodes:
    """Returns and lengths of `n` episodes, on the CPU."""

    returns: Tensor  # (n,) float64, unclipped and undiscounted
    lengths: Tensor  # (n,) int64, in decisions


@dataclass(frozen=True)
class GameStep:
    """One decision of all games, for whoever watches; on the network's device."""

    screen: Tensor  # (n, depth, height, width) uint8
    next_screen: Tensor  # the same, after the decision
    q: Tensor  # (n, actions)
    action: Tensor  # (n,)
    reward: Tensor  # (n,)
    going: Tensor  # (n,) bool: the episode goes on, or has yet to begin


class Player:
    """Plays whole episodes of a policy, on copies of the game that are kept for the next time.

    Args:
        settings: what is played, and how.
        spec: opens the game.
    """

    def __init__(self, settings: DQNSettings, spec: GameSpec) -> None:
        self._settings, self._spec = settings, spec
        self._copies: Emulators | None = None
        self._at_once = 0

    def play(
        self,
        brain: Mapping[str, Tensor],
        count: int,
        seed: int,
        epsilon: float,
        watch: Callable[[GameStep], None] = lambda _: None,
    ) -> tuple[DQNSystem, Episodes]:
        """Play an episode in each of `count` games, from its beginning to its end: none counts more because it is shorter.

        The numbers do not depend on how many are played at a time: every turn draws for all games.

        Args:
            brain: trained weights; the network is where they are.
            count: episodes.
            seed: of the games and of the exploration.
            epsilon: exploration rate.
            watch: called after every decision.
        """
        at_once = self._spec.at_once(count)
        if self._copies is None or self._at_once != at_once:
            self.close()
            self._copies, self._at_once = self._spec.open(at_once), at_once
        turns = Turns(self._copies, at_once, count)
        system = wire(self._settings, self._spec, learn=False, count=count, emulators=turns)
        system.graph.to(device_of(brain)).load_brain_state(brain)
        system.graph.eval()
        system.policy.epsilon = epsilon
        played, later = list[Episodes](), torch.ones(count, dtype=torch.bool, device="cpu")
        for games in map(torch.from_numpy, turns):
            later = later & ~games
            played.append(_play(system, games, later, seed, watch))
        returns, lengths = (torch.stack([getattr(each, name) for each in played]) for name in ("returns", "lengths"))
        return system, Episodes(returns.sum(0), lengths.sum(0))

    def close(self) -> None:
        """Close the copies."""
        if self._copies is not None:
            self._copies.close()
        self._copies = None


@torch.no_grad()
def _play(system: DQNSystem, active: Tensor, later: Tensor, seed: int, watch: Callable[[GameStep], None]) -> Episodes:
    """An episode in every active game; the others have none, those of `later` not yet."""
    games = system.game.count
    system.graph.seed(seed)
    halves = system.graph.halves(system.policy)
    active, later = (mask.to(system.graph.device) for mask in (active, later))
    state = halves.reset(games, active)
    returns, lengths = (torch.zeros(games, dtype=kind, device="cpu") for kind in (torch.float64, torch.int64))
    screen = halves.names.index(system.game.screen.variable)
    while bool(active.any()):
        q, shown = halves.observe(state)["q"], state[screen]
        action = system.policy.decide(q).action
        step = halves.step(state, action, active)
        returns += step.reward.cpu().double()
        lengths += active.cpu()
        state, active = step.state, active & ~step.done
        watch(GameStep(shown, step.state[screen], q, action, step.reward, active | later))
    return Episodes(returns, lengths)
