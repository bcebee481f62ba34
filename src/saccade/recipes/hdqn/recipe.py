"""The recipes of h-DQN. Optional libraries are imported when they are needed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from saccade.extras import require
from saccade.runs import Metric
from saccade.training.recipe import Column, Recipe, in_training, lazily
from saccade.worlds import DataError
from saccade.worlds.goals.check import check_goals

from .games import GoalData, game_of
from .goal_game import GoalGame
from .settings import HDQNSettings, in_montezuma, in_rooms

_TRIED = 4  # copies of a game in which goals are looked for
RETURN = Metric("return", "return", "mean return", "{:,.3f}")
_PROGRESS = (
    in_training(RETURN),
    Metric("epsilon", "ε", "", "{:.0%}", higher_is_better=False),
    Metric("meta_epsilon", "ε of goals", "", "{:.0%}", higher_is_better=False),
)
_COLUMNS = (
    Column("lowest", "test.lowest", "{:.3f}"),
    Column("highest", "test.highest", "{:.3f}"),
    Column("episodes", "test.episodes", "{:,.0f}"),
)


def _open_game(_: str | None, settings: HDQNSettings, __: Callable[[float], None]) -> GoalData:
    """The game of the settings.

    Raises:
        DataError: there is none, or one of its goals can never be reached.
        MissingExtraError: what it needs is not installed.
    """
    require("sampling from a replay buffer", "atari", "numba")
    game = game_of(settings)
    count = max(_TRIED, game.groups)
    with closing(game.open(count)) as games:
        game.check_masks(games.shape)
        _check_buffers(settings, game, games.shape)
        check_goals(games, count, game.goals)
    return GoalData(game)


def _check_buffers(settings: HDQNSettings, game: GoalGame, shape: tuple[int, int, int]) -> None:
    """Refuse replay buffers that hold no transition of each game.

    Raises:
        DataError: one is too small.
    """
    depth = shape[0] if game.stacked else 1
    for name, size, least in (("buffer", settings.buffer, depth + 2), ("options", settings.options, 3)):
        if size < settings.games * least:
            raise DataError(
                f"--{name} {size}: for --games {settings.games} it must be {settings.games * least} or more"
            )


def _example(settings: HDQNSettings) -> GoalGame:
    """The game, to draw the graph around."""
    return game_of(settings)


def _recipe(
    name: str, summary: str, settings: HDQNSettings, low: float | None = None, high: float | None = None
) -> Recipe:
    return Recipe(
        name,
        summary,
        settings,
        lazily("saccade.recipes.hdqn.wiring:wire_small"),
        _open_game,
        replace(RETURN, low=low, high=high),
        lazily("saccade.recipes.hdqn.task:begin"),
        publication="Kulkarni et al. 2016",
        unit="decisions",
        progress=_PROGRESS,
        columns=_COLUMNS,
        tables=lazily("saccade.recipes.hdqn.tables:tables"),
        page=lazily("saccade.recipes.hdqn.page:sections"),
        export=lazily("saccade.recipes.hdqn.export:export"),
        example=_example,
        data_help="",
    )


CHAIN = _recipe(
    "hdqn-chain",
    "h-DQN on the chain of six states: goals above actions, in tables; twenty learners side by side",
    HDQNSettings(),
    0.01,
    1.0,
)
DOORKEY = _recipe(
    "hdqn-doorkey",
    "h-DQN in a room of MiniGrid with a door and a key: goals are to have the key, to stand in the door, and to come to the end",
    in_rooms("MiniGrid-DoorKey-6x6-v0"),
)
MONTEZUMA = _recipe(
    "hdqn-montezuma",
    "h-DQN in the first room of Montezuma's Revenge: goals are ladders, a rope, a key and doors",
    in_montezuma(),
)
