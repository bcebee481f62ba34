"""Deep Q-learning from pixels (Mnih et al. 2013 and 2015).

    [ game --> network --> policy ]  until the episode is over
         `---> replay <------'

The game shows its screen, the network estimates the value of every action, the policy is ε-greedy. The replay buffer stores every transition;
the learner samples from it.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from saccade.agents.epsilon_greedy import EpsilonGreedy
from saccade.agents.q_networks import OwnQNetwork, QNetwork
from saccade.agents.q_settings import Architecture, Precision
from saccade.agents.replay import Replay
from saccade.devices import on_cpu
from saccade.graph import Graph, Loop, Module
from saccade.training.own_network import own_network
from saccade.worlds.games.emulators import Emulators
from saccade.worlds.games.game import Game, Rewarding
from saccade.worlds.games.game_spec import GameSpec
from saccade.worlds.games.played import PlayedGames

from .settings import LEAST, DQNSettings


@dataclass(frozen=True)
class DQNSystem:
    """The wired game, and the modules that training reads."""

    graph: Graph
    emulators: Emulators
    game: Game
    network: QNetwork | OwnQNetwork
    policy: EpsilonGreedy
    replay: Replay | None


@on_cpu
def wire(
    settings: DQNSettings,
    spec: GameSpec,
    learn: bool = True,
    folder: Path | None = None,
    slack: int = 0,
    count: int = 0,
    threads: int = 1,
    emulators: Emulators | None = None,
) -> DQNSystem:
    """Wire an ε-greedy policy around parallel games.

    Args:
        settings: see there.
        spec: opens the games.
        learn: False: without a replay buffer, with unclipped rewards, and lost lives are no terminal states.
        folder: of the replay buffer; None: in memory.
        slack: of the replay buffer, see `Replay`.
        count: parallel games; 0: those of the settings.
        threads: of the emulators.
        emulators: that are played; None: others, which the spec opens.
    """
    count = count or settings.games
    if emulators is None:
        with ExitStack() as opened:
            emulators = spec.open(count, threads)
            opened.callback(emulators.close)
            system = wire(settings, spec, learn, folder, slack, count, threads, emulators)
            opened.pop_all()
            return system
    clip = spec.is_atari  # other rewards have a scale that means something
    rewarding = Rewarding(clip and learn, spec.protocol.rules.life_counts and learn)
    game = Game(PlayedGames(emulators, count), rewarding)
    depth, height, width = emulators.shape
    actions = len(emulators.actions)
    network = _network(settings, (depth, height, width, actions))
    policy = EpsilonGreedy(actions, 1.0).named("policy")

    game.screen >> network.screen
    network.q >> policy.q
    game.reward >> policy.reward
    policy.action >> game.action

    parts: tuple[Module, ...] = (game, network, policy)
    replay = None
    if learn:
        replay = Replay(settings.slots, count, emulators.shape, folder, spec.title, slack, alpha=settings.priority)
        game.screen >> replay.observation
        game.reward >> replay.reward
        game.terminal >> replay.terminal
        game.shown >> replay.shown
        policy.action >> replay.action
        parts = (game, replay, network, policy)
    graph = Graph(Loop(*parts, until=game.done))
    return DQNSystem(graph, emulators, game, network, policy, replay)


def _network(settings: DQNSettings, shape: tuple[int, int, int, int]) -> QNetwork | OwnQNetwork:
    """The network of the settings, for frames of a depth, height and width, and so many actions.

    Raises:
        SettingsError: there is no such network of one's own, or it gives something else than action values.
    """
    if isinstance(settings.network, Architecture):
        return QNetwork(*shape, settings.network, settings.duelling, settings.precision is Precision.HALF)
    words = "depth, height, width and actions"
    return own_network(settings.network, shape, words, lambda network: OwnQNetwork(network, *shape)).named("qnetwork")


def wire_small(settings: DQNSettings, spec: GameSpec) -> DQNSystem:
    """The wired game, to be drawn or looked at, with one copy of it, which is closed, and the smallest replay buffer."""
    system = wire(replace(settings, buffer=LEAST, games=1), spec)
    system.emulators.close()
    return system
