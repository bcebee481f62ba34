"""The recipes of deep Q-learning. Optional libraries are imported when they are needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from saccade.extras import require
from saccade.runs import Metric
from saccade.training.recipe import Column, Recipe, in_training, lazily
from saccade.worlds import DataError
from saccade.worlds.games.game_spec import GameData, GameSpec

from .published import SCORES, published
from .settings import GAMES, DQNSettings

RETURN = Metric("return", "return", "mean return", "{:,.1f}", fine="{:.3f}")


def return_of(env: str) -> Metric:
    """The return, with its range in a game of the paper."""
    scores = SCORES.get(env)
    return RETURN if scores is None else replace(RETURN, low=scores.low, high=scores.high)


_PROGRESS = (
    in_training(RETURN),
    Metric("epsilon", "ε", "", "{:.0%}", higher_is_better=False),
)
_COLUMNS = (
    Column("lowest", "test.lowest", ""),
    Column("highest", "test.highest", ""),
    Column("episodes", "test.episodes", "{:,.0f}"),
)


def _open_game(_: str | None, settings: DQNSettings, __: Callable[[float], None]) -> GameData:
    """The game of the settings.

    Raises:
        DataError: there is none.
        MissingExtraError: what it needs is not installed.
    """
    spec = _example(settings)
    require("playing from pixels", "atari", "numba", "cv2", "imageio", "imageio_ffmpeg", "ale_py")
    return GameData(spec, spec.check())


def _example(settings: DQNSettings) -> GameSpec:
    """The game, to draw the graph around.

    Raises:
        DataError: there is none.
    """
    if not settings.env:
        raise DataError(
            "which game? --env NAME: an Atari game such as pong, or Gymnasium's name of an environment that shows pixels; "
            f"or one of the recipes {', '.join(_name(game) for game in GAMES)}"
        )
    return settings.spec


def _recipe(name: str, summary: str, env: str) -> Recipe:
    return Recipe(
        name,
        summary,
        DQNSettings(env),
        lazily("saccade.recipes.dqn.wiring:wire_small"),
        _open_game,
        RETURN,
        lazily("saccade.recipes.dqn.task:begin"),
        publication="Mnih et al. 2013, table 1; Mnih et al. 2015",
        unit="decisions",
        progress=_PROGRESS,
        columns=_COLUMNS,
        published=published,
        tables=lazily("saccade.recipes.dqn.tables:tables"),
        page=lazily("saccade.recipes.dqn.page:sections"),
        export=lazily("saccade.recipes.dqn.export:export"),
        example=_example,
        data_help="",  # games come with their packages
    )


def _name(game: str) -> str:
    return f"dqn-{game.replace('_', '-')}"


def _of_game(game: str) -> Recipe:
    return _recipe(_name(game), f"Deep Q-learning on {GAMES[game]}, from pixels", game)


BEAM_RIDER = _of_game("beam_rider")
BREAKOUT = _of_game("breakout")
ENDURO = _of_game("enduro")
PONG = _of_game("pong")
QBERT = _of_game("qbert")
SEAQUEST = _of_game("seaquest")
SPACE_INVADERS = _of_game("space_invaders")
DQN = _recipe("dqn", "Deep Q-learning on any Atari game or Gymnasium environment that shows pixels: --env NAME", "")
