"""The recipes of h-DQN. Optional libraries are imported when they are needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from saccade.extras import require
from saccade.runs import Metric
from saccade.training.recipe import Column, Recipe, in_training, lazily

from .games import GoalData, game_of
from .goal_game import GoalGame
from .settings import HDQNSettings

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
        DataError: there is none.
        MissingExtraError: what it needs is not installed.
    """
    require("sampling from a replay buffer", "atari", "numba")
    return GoalData(game_of(settings))


def _example(settings: HDQNSettings) -> GoalGame:
    """The game, to draw the graph around."""
    return game_of(settings)


CHAIN = Recipe(
    "hdqn-chain",
    "h-DQN on the chain of six states: goals above actions, in tables; twenty learners side by side",
    HDQNSettings(),
    lazily("saccade.recipes.hdqn.wiring:wire_small"),
    _open_game,
    replace(RETURN, low=0.01, high=1.0),
    lazily("saccade.recipes.hdqn.task:begin"),
    publication="Kulkarni et al. 2016, figure 4",
    unit="decisions",
    progress=_PROGRESS,
    columns=_COLUMNS,
    tables=lazily("saccade.recipes.hdqn.tables:tables"),
    page=lazily("saccade.recipes.hdqn.page:sections"),
    export=lazily("saccade.recipes.hdqn.export:export"),
    example=_example,
    data_help="",
)
