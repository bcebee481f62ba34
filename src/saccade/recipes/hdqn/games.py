"""The games that have goals, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saccade.own_code import FAULTS, OwnCodeError, fault, named
from saccade.worlds import DataError

from .chain import chain
from .goal_game import GoalGame
from .settings import HDQNSettings


@dataclass(frozen=True)
class GoalData:
    """A game to learn from, to choose by and to report on: the same one, seeded apart."""

    train: GoalGame
    notice: str | None = None


def game_of(settings: HDQNSettings) -> GoalGame:
    """The game of the settings.

    Raises:
        DataError: there is none of that name.
    """
    if settings.env == "chain":
        _refuse(settings, ("features", "search", "attempts"))
        return chain(settings.learners, settings.visited)
    if settings.env == "montezuma_revenge":
        _refuse(settings, ("learners", "visited"))
        from .montezuma import montezuma

        return montezuma(settings.features)
    if settings.env.startswith("MiniGrid-DoorKey-"):
        from .doorkey import doorkey

        return _plain(settings, doorkey(settings.env))
    if ":" in settings.env:
        return _plain(settings, _own(settings.env))
    raise DataError(
        f"--env {settings.env}: there is no such game with goals (there are chain, montezuma_revenge, MiniGrid-DoorKey-6x6-v0 and its like, "
        "and package:function, with a colon, which returns one, such as grid_game(...) for any other environment of MiniGrid)"
    )


def _plain(settings: HDQNSettings, game: GoalGame) -> GoalGame:
    """A game without what one of ours has."""
    _refuse(settings, ("learners", "visited", "features", "search"))
    return game


def _own(path: str) -> GoalGame:
    """What the user's function returns.

    Raises:
        DataError: it fails, or that is no game with goals.
    """
    try:
        found = named(path, "--env", "a function that returns a game")()
    except OwnCodeError as error:
        raise DataError(str(error)) from error
    except DataError:
        raise
    except FAULTS as error:  # whatever the function does
        raise DataError(f"--env {path} fails ({fault(error)}): fix it") from error
    if not isinstance(found, GoalGame):
        raise DataError(
            f"--env {path} returns {type(found).__name__}: it must return a GoalGame, such as grid_game(...) does"
        )
    return found


def _refuse(settings: HDQNSettings, names: Sequence[str]) -> None:
    """Refuse options that a game does not have.

    Raises:
        DataError: one is given.
    """
    plain = {"learners": 1, "visited": False, "features": False, "search": 0, "attempts": 0}
    for name in names:
        if getattr(settings, name) != plain[name]:
            if isinstance(plain[name], bool):
                raise DataError(f"--{name}: {settings.env} has no such thing, leave it out")
            raise DataError(
                f"--{name} {getattr(settings, name)}: {settings.env} has no such thing, it must be --{name} {plain[name]}"
            )
