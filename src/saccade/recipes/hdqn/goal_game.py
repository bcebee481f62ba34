"""A game with goals: everything that a hierarchical agent must know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from saccade.graph import Module
from saccade.worlds import DataError
from saccade.worlds.games.emulators import Emulators
from saccade.worlds.games.played import PlayedGames
from saccade.worlds.games.search import CellOf, Searchable
from saccade.worlds.goals.goals import GoalSet


@dataclass(frozen=True)
class Searching:
    """How a game is searched for states in which episodes of training can begin.

    Args:
        open: opens so many copies to search in, whose episodes all begin alike, and observe as in training.
        cell_of: see there.
        begin_in: opens so many copies for training, a share of whose episodes begins in some states, drawn evenly from groups of them.
    """

    open: Callable[[int], Searchable]
    cell_of: CellOf
    begin_in: Callable[[int, Sequence[Sequence[Any]], float], Emulators]


@dataclass(frozen=True)
class GoalGame:
    """A game with goals.

    Args:
        title: of the game, and how it is played.
        open: opens so many copies of it.
        goals: see there.
        masks: of all goals, bool `(goals, height, width)`: what a controller is shown with the screen; None: the boxes of what they are about.
        network: makes a network of the values of so many actions, from screens of so many frames; named by the last argument.
        directed: makes a network of the values of so many actions that takes the goal next to the screen; None: `network` is shown the
            goal as one more frame.
        clip: the learner's reward is the sign of the score.
        stacked: a screen is a stack of frames, of which the next one has all but the oldest.
        life_counts: a lost life is a terminal state: nothing that was pursued can be reached any more.
        extent: height and width that boxes of objects are in; None: those of a screen.
        training: opens copies to be trained on, where they are played otherwise.
        searching: see there; None: the game cannot be searched.
        variants: the same game played otherwise, to be tested on as well, by name.
        solved: an episode whose return is above this is solved.
        groups: independent learners side by side: game `i` is of learner `i % groups`, and none of them sees a state of another's.
    """

    title: str
    open: Callable[[int], Emulators]
    goals: GoalSet
    masks: Tensor | None
    network: Callable[[int, int, str], Module]
    directed: Callable[[int, str], Module] | None = None
    clip: bool = False
    stacked: bool = True
    life_counts: bool = False
    extent: tuple[int, int] | None = None
    training: Callable[[int], Emulators] | None = None
    searching: Searching | None = None
    variants: Mapping[str, GoalGame] = field(default_factory=dict)
    solved: float = 0.0
    groups: int = 1

    def __post_init__(self) -> None:
        """Check what the user gave.

        Raises:
            ValueError: it is no function, or there is not one mask for each goal.
        """
        for name in ("open", "network"):
            if not callable(getattr(self, name)):
                raise ValueError(f"`{name}` is {getattr(self, name)!r}: it must be a function")
        if self.masks is None:
            return
        if not isinstance(self.masks, Tensor) or self.masks.dtype != torch.bool:
            kind = self.masks.dtype if isinstance(self.masks, Tensor) else type(self.masks).__name__
            raise ValueError(f"the masks of goals are {kind}: they must be a tensor, torch.bool")
        if self.masks.ndim != 3 or len(self.masks) != len(self.goals):
            raise ValueError(
                f"the masks of goals are of shape {tuple(self.masks.shape)}: they must be (goals, height, width), one for each of "
                f"{', '.join(goal.name for goal in self.goals.goals)}"
            )

    def check_masks(self, shape: tuple[int, int, int]) -> None:
        """Refuse masks that are no masks of screens of that shape.

        Raises:
            DataError: they are not.
        """
        if self.masks is not None and self.masks.shape[1:] != shape[1:]:
            raise DataError(
                f"the masks of goals are of shape {tuple(self.masks.shape)}: they must be {(len(self.goals), *shape[1:])}, as the screen is"
            )

    def places(self, screen: Tensor) -> Tensor:
        """The boxes of what the goals are about, on screens that show everything: `(b, goals, 4)`."""
        return self.places_from(screen, screen.new_zeros(len(screen), 0))

    def places_from(self, screen: Tensor, memory: Tensor) -> Tensor:
        """The same with the games' memories, `(b, bytes)`."""
        return self.goals.places(self.goals.boxes(screen, memory))

    def holding(self, games: PlayedGames) -> Tensor:
        """Which goals' relations hold in all games, bool `(games, goals)`."""
        screen, memory = torch.from_numpy(games.screen.copy()), torch.from_numpy(games.memory().copy())
        return self.goals.holds(self.goals.boxes(screen, memory))
