"""Deep Q-learning from pixels (Mnih et al. 2013 and 2015).

    [ game --> network --> player ]  until the episode is over
        ^---- memory  <------'

The game shows its screen, the network judges every action, the player takes the best, or any. The memory hears all of it; who learns
draws from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from saccade.agents.player import Player
from saccade.agents.q_networks import QNetwork
from saccade.agents.q_settings import Precision
from saccade.agents.replay import Replay
from saccade.graph import Graph, Loop, Module
from saccade.worlds.games.arcade import Arcade
from saccade.worlds.games.emulators import Emulators
from saccade.worlds.games.game import Game

from .settings import DQNSettings


@dataclass(frozen=True)
class DQNSystem:
    """The wired game, and the modules that training reads."""

    graph: Graph
    emulators: Emulators
    game: Game
    network: QNetwork
    player: Player
    memory: Replay | None


def wire(
    settings: DQNSettings,
    arcade: Arcade,
    learn: bool = True,
    folder: Path | None = None,
    slack: int = 0,
    count: int = 0,
    threads: int = 1,
) -> DQNSystem:
    """Wire a player around parallel games.

    Args:
        settings: see there.
        arcade: opens the games.
        learn: False: without a memory, paid in points and not told of lost lives.
        folder: where the memory lies; None: in memory.
        slack: of the memory, see `Replay`.
        count: parallel games; 0: those of the settings.
        threads: of the emulators.
    """
    count = count or settings.games
    emulators = arcade.open(count, threads)
    clip = arcade.is_atari  # other rewards have a scale that means something
    game = Game(emulators, count, clip and learn, arcade.protocol.rules.life_counts and learn)
    depth, height, width = emulators.shape
    actions, half = len(emulators.actions), settings.precision is Precision.HALF
    network = QNetwork(depth, height, width, actions, settings.network, settings.duelling, half)
    player = Player(actions, 1.0)

    game.screen >> network.screen
    network.q >> player.q
    game.reward >> player.reward
    player.action >> game.action

    parts: tuple[Module, ...] = (game, network, player)
    memory = None
    if learn:
        memory = Replay(settings.memory, count, emulators.shape, folder, arcade.title, slack, alpha=settings.priority)  # fmt: skip
        game.screen >> memory.seen
        game.reward >> memory.reward
        game.done >> memory.done
        player.action >> memory.action
        parts = (game, memory, network, player)
    graph = Graph(Loop(*parts, until=game.over))
    return DQNSystem(graph, emulators, game, network, player, memory)
