"""A game with goals: everything that a hierarchical agent must know of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from saccade.graph import Module
from saccade.worlds.games.emulators import Emulators
from saccade.worlds.goals.goals import GoalSet


@dataclass(frozen=True)
class GoalGame:
    """A game with goals.

    Args:
        title: of the game, and how it is played.
        open: opens so many copies of it.
        goals: see there.
        masks: of all goals, bool `(goals, height, width)`: what a controller is shown with the screen; None: the boxes of what they are about.
        network: makes a network of the values of so many actions, from screens of so many frames; named by the last argument.
        clip: the learner's reward is the sign of the score.
        stacked: a screen is a stack of frames, of which the next one has all but the oldest.
        solved: an episode whose return is above this is solved.
        groups: independent learners side by side: game `i` is of learner `i % groups`, and none of them sees a state of another's.
    """

    title: str
    open: Callable[[int], Emulators]
    goals: GoalSet
    masks: Tensor | None
    network: Callable[[int, int, str], Module]
    clip: bool = False
    stacked: bool = True
    solved: float = 0.0
    groups: int = 1

    def places(self, screen: Tensor) -> Tensor:
        """The boxes of what the goals are about, on screens that show everything: `(b, goals, 4)`."""
        return self.goals.places(self.goals.objects(screen, screen.new_zeros(len(screen), 0)))
