"""h-DQN: goals above actions."""

from saccade.worlds.goals.goals import Goal, GoalSet, overlaps

from .goal_game import GoalGame
from .own import GridObjects, grid_game, pixel_game

__all__ = ["Goal", "GoalGame", "GoalSet", "GridObjects", "grid_game", "overlaps", "pixel_game"]
