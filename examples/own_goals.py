"""Goals of your own: a function says what can be reached in an environment, and h-DQN calls it.

    saccade train hdqn-doorkey --env own_goals:small_room --steps 60000

trains in one of MiniGrid's rooms; wants the extras `atari` and `minigrid`, and this file in the present folder. Any other environment of
MiniGrid goes the same way; `pixel_game` in the place of `grid_game` takes every environment of Gymnasium that shows pixels.
"""

from __future__ import annotations

from saccade.recipes.hdqn import Goal, GoalGame, GoalSet, GridObjects, grid_game, overlaps

THINGS = ("agent", "key", "door", "goal")


def small_room() -> GoalGame:
    """Goals are to have the key, to stand in the door, and to come to the green cell."""
    goals = [
        Goal("have the key", overlaps, "agent", "key"),
        Goal("stand in the door", overlaps, "agent", "door"),
        Goal("come to the end", overlaps, "agent", "goal"),
    ]
    return grid_game("MiniGrid-DoorKey-5x5-v0", GoalSet(GridObjects(THINGS), THINGS, goals))
