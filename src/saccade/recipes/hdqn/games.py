"""The games that have goals, by name."""

from __future__ import annotations

from dataclasses import dataclass

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
        return chain(settings.learners, settings.visited)
    if not settings.env.startswith("MiniGrid-DoorKey-"):
        raise DataError(
            f"--env {settings.env}: there is no such game with goals (there are chain and MiniGrid-DoorKey-6x6-v0, and its like)"
        )
    for name, value, plain in (("learners", settings.learners, 1), ("visited", settings.visited, False)):
        if value != plain:
            raise DataError(f"--{name} {value}: {settings.env} has no such thing, it must be {plain}")
    from .doorkey import doorkey

    return doorkey(settings.env)
