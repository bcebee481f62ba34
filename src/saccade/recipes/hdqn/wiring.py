"""h-DQN (Kulkarni et al. 2016): a policy over goals, and inside it one that pursues them.

    [ look --> values of goals --> meta --> [ see --> view --> values --> controller --> press --> critic ]  until the goal is reached
         `---------------------> options <----------------------------------------------'   `--> transitions  or nothing can be
                                                                                                              ]  until the episode is over

The critic rewards the controller for the goal; the meta-controller gets the discounted sum of the game's rewards while a goal was pursued.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from saccade.agents.epsilon_greedy import EpsilonGreedy
from saccade.agents.goal_networks import GoalView
from saccade.agents.goal_replay import GoalReplay, OptionReplay
from saccade.agents.replay import Replay
from saccade.devices import on_cpu
from saccade.graph import Graph, Loop, Module, Out
from saccade.graph.halves import Halves, State
from saccade.worlds.games.game import Game, Look, Press, Rewarding, See
from saccade.worlds.games.played import PlayedGames
from saccade.worlds.goals.critic import Critic
from saccade.worlds.goals.option_return import OptionReturn

from .goal_game import GoalGame
from .settings import Agent, HDQNSettings


@dataclass(frozen=True)
class Buffers:
    """The replay buffers.

    Args:
        transitions, options: slots in each.
        relabel, hindsight: see `GoalReplay`.
        folder: where they are stored; None: in memory.
        slack: see `StoredTransitions`.
    """

    transitions: int
    options: int
    relabel: float
    hindsight: float = 0.0
    folder: Path | None = None
    slack: int = 0

    def place(self, name: str) -> Path | None:
        """Where one of them is stored."""
        return None if self.folder is None else self.folder / name


@dataclass(frozen=True)
class GoalSystem:
    """The wired hierarchy, and the modules that training reads."""

    graph: Graph
    games: PlayedGames
    meta: EpsilonGreedy
    controller: EpsilonGreedy
    press: Press
    critic: Critic
    option: OptionReturn
    limit: int
    transitions: GoalReplay | None
    options: OptionReplay | None

    @property
    def policy(self) -> EpsilonGreedy:
        """Who chooses actions."""
        return self.controller

    def pursuits_ended(self, halves: Halves, state: State) -> Tensor:
        """After a step of the graph cut at the controller: where the pursuit of a goal has ended, also by its limit; bool `(n,)` on the CPU."""
        done, length = (state[halves.names.index(port.variable)] for port in (self.critic.done, self.option.length))
        found: Tensor = (done | (length >= self.limit)).cpu()
        return found

    @property
    def score(self) -> Out[Any]:
        """The game's score for an action."""
        return self.press.score


@dataclass(frozen=True)
class FlatSystem:
    """One policy that plays the same game."""

    graph: Graph
    games: PlayedGames
    policy: EpsilonGreedy
    game: Game
    replay: Replay | None

    @property
    def score(self) -> Out[Any]:
        """The game's score for the last action."""
        return self.game.score


def _opened(game: GoalGame, count: int, buffers: Buffers | None) -> PlayedGames:
    """The games, as they are trained on where something is stored to learn from."""
    opens = game.open if buffers is None or game.training is None else game.training
    return PlayedGames(opens(count), count)


@on_cpu
def wire(
    game: GoalGame, count: int, limit: int, discount: float, buffers: Buffers | None, over_goals: Module | None = None
) -> GoalSystem:
    """Wire the hierarchy around parallel games.

    Args:
        game: see there.
        count: parallel games.
        limit: decisions that a goal is pursued, at most.
        discount: of the game's rewards while a goal is pursued.
        buffers: what is stored to learn from; None: nothing.
        over_goals: what the meta-controller goes by; default: the game's network.
    """
    games = _opened(game, count, buffers)
    shape, actions, goals = games.emulators.shape, len(games.emulators.actions), len(game.goals)
    rewarding = Rewarding(game.clip and buffers is not None, game.life_counts)
    look, see, press = Look(games), See(games), Press(games, rewarding)
    over_goals = over_goals or game.network(shape[0], goals, "goal_values")
    if game.directed is not None:
        view, over_actions = None, game.directed(actions, "values")
    else:
        view = GoalView(shape, game.places if game.masks is None else game.masks)
        over_actions = game.network(view.frames, actions, "values")
    meta, controller = EpsilonGreedy(goals).named("meta"), EpsilonGreedy(actions).named("controller")
    critic, option = Critic(game.goals, games.cells), OptionReturn(discount)

    look.screen >> over_goals.screen
    over_goals.q >> meta.q
    option.total >> meta.reward
    see.screen >> (over_actions if view is None else view).screen
    meta.action >> (over_actions if view is None else view).goal
    if view is not None:
        view.view >> over_actions.screen
    over_actions.q >> controller.q
    controller.action >> press.action
    meta.action >> critic.goal
    see.screen >> critic.screen
    see.memory >> critic.memory
    press.screen >> critic.next_screen
    press.memory >> critic.next_memory
    press.terminal >> critic.terminal
    press.done >> critic.over
    critic.reward >> controller.reward
    press.reward >> option.reward
    option.total >> option.so_far

    inner: list[Module] = [see, *([] if view is None else [view]), over_actions, controller, press, critic, option]
    outer: list[Module] = []
    transitions = options = None
    if buffers is not None:
        b = buffers
        transitions = GoalReplay(
            b.transitions,
            count,
            shape,
            goals,
            b.relabel,
            b.hindsight,
            b.place("transitions"),
            game.title,
            b.slack,
            game.stacked,
        ).named("transitions")
        options = OptionReplay(b.options, count, shape, b.place("options"), game.title, b.slack).named("options")
        _store(look, see, meta, controller, press, critic, option, transitions, options)
        inner.append(transitions)
        outer.append(options)
    pursue = Loop(*inner, times=limit, until=critic.done)
    graph = Graph(Loop(look, over_goals, meta, pursue, *outer, until=press.done))
    return GoalSystem(graph, games, meta, controller, press, critic, option, limit, transitions, options)


def _store(
    look: Look, see: See, meta: EpsilonGreedy, controller: EpsilonGreedy, press: Press, critic: Critic, option: OptionReturn,
    transitions: GoalReplay, options: OptionReplay,
) -> None:  # fmt: skip
    """Wire the replay buffers."""
    see.screen >> transitions.observation
    meta.action >> transitions.goal
    controller.action >> transitions.action
    critic.reached >> transitions.reached
    press.screen >> transitions.next_observation
    look.screen >> options.observation
    meta.action >> options.action
    option.total >> options.reward
    option.length >> options.length
    press.screen >> options.next_observation
    for buffer in (transitions, options):
        press.terminal >> buffer.terminal
        press.shown >> buffer.shown


@on_cpu
def wire_flat(game: GoalGame, count: int, buffers: Buffers | None) -> FlatSystem:
    """Wire one policy around the same games.

    Args:
        game: see there.
        count: parallel games.
        buffers: what is stored to learn from; None: nothing.
    """
    games = _opened(game, count, buffers)
    shape, actions = games.emulators.shape, len(games.emulators.actions)
    played = Game(games, Rewarding(game.clip and buffers is not None, game.life_counts))
    network, policy = game.network(shape[0], actions, "values"), EpsilonGreedy(actions).named("policy")
    played.screen >> network.screen
    network.q >> policy.q
    played.reward >> policy.reward
    policy.action >> played.action
    parts: list[Module] = [played, network, policy]
    replay = None
    if buffers is not None:
        replay = Replay(
            buffers.transitions,
            count,
            shape,
            buffers.place("transitions"),
            game.title,
            buffers.slack,
            stacked=game.stacked,
        )
        played.screen >> replay.observation
        played.reward >> replay.reward
        played.terminal >> replay.terminal
        played.shown >> replay.shown
        policy.action >> replay.action
        parts.insert(1, replay)
    return FlatSystem(Graph(Loop(*parts, until=played.done)), games, policy, played, replay)


def wired(settings: HDQNSettings, game: GoalGame, count: int, buffers: Buffers | None) -> GoalSystem | FlatSystem:
    """The system of the settings.

    Args:
        settings, game: see there.
        count: parallel games.
        buffers: what is stored to learn from; None: nothing.
    """
    if settings.agent is Agent.FLAT:
        return wire_flat(game, count, buffers)
    return wire(game, count, settings.limit, settings.meta.discount, buffers)


def buffer_names(settings: HDQNSettings) -> tuple[str, ...]:
    """The folders of the replay buffers of the settings' system."""
    return ("transitions",) if settings.agent is Agent.FLAT else ("transitions", "options")


def wire_small(settings: HDQNSettings, game: GoalGame) -> GoalSystem | FlatSystem:
    """The wired game, to be drawn or looked at, with as few copies of it as there may be, and the smallest replay buffers."""
    least = 8 * game.groups
    return wired(settings, game, game.groups, Buffers(least, least, settings.relabel))
