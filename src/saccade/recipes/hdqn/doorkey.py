"""MiniGrid's rooms with a door and a key, as a game with goals: the user's example."""

from __future__ import annotations

from saccade.worlds.goals.goals import Goal, GoalSet, overlaps

from .goal_game import GoalGame
from .own import GridObjects, grid_game

_THINGS = ("agent", "key", "door", "goal")


def doorkey(id_: str) -> GoalGame:
    """A room with a door and a key."""
    goals = [Goal(name, overlaps, "agent", name) for name in _THINGS[1:]]
    return grid_game(id_, GoalSet(GridObjects(_THINGS), _THINGS, goals))
