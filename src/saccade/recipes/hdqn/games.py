"""The games that have goals, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saccade.worlds import DataError

from .chain import chain
from .goal_game import GoalGame
from .settings import HDQNSettings, Starts


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
        _refuse(settings, ("features", "starts", "attempts"))
        return chain(settings.learners, settings.visited)
    if settings.env == "montezuma_revenge":
        _refuse(settings, ("learners", "visited"))
        from .montezuma import montezuma

        return montezuma(settings.features)
    _refuse(settings, ("learners", "visited", "features", "starts"))
    if settings.env.startswith("MiniGrid-DoorKey-"):
        from .doorkey import doorkey

        return doorkey(settings.env)
    raise DataError(
        f"--env {settings.env}: there is no such game with goals (there are chain, montezuma_revenge, MiniGrid-DoorKey-6x6-v0 and its like)"
    )


def _refuse(settings: HDQNSettings, names: Sequence[str]) -> None:
    """Refuse options that a game does not have.

    Raises:
        DataError: one is given.
    """
    plain = {"learners": 1, "visited": False, "features": False, "starts": Starts.GAME, "attempts": 0}
    for name in names:
        if getattr(settings, name) != plain[name]:
            raise DataError(
                f"--{name} {getattr(settings, name)}: {settings.env} has no such thing, it must be {plain[name]}"
            )
