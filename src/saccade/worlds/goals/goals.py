"""What a goal is: a relation between two objects of the screen (Kulkarni et al. 2016, section 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from saccade.own_code import FAULTS, fault
from saccade.worlds.data.files import DataError

Relation = Callable[[Tensor, Tensor], Tensor]
"""Of the boxes of two objects, each `(b, 4)`: x, y, width, height in pixels; bool `(b,)`. A box without a size is an object that is not there."""

Objects = Callable[[Tensor, Tensor], Tensor]
"""Finds objects: from screens `(b, depth, height, width)` uint8 and memories `(b, bytes)` uint8, their boxes `(b, objects, 4)` float32, on the same device.

It is asked about any screens in any order, so it can keep no state between calls."""


def is_there(boxes: Tensor) -> Tensor:
    """Which boxes `(…, 4)` have a size: bool `(…,)`."""
    return (boxes[..., 2:] > 0).all(-1)


def overlaps(one: Tensor, other: Tensor) -> Tensor:
    """Whether two objects share a pixel."""
    apart = (one[..., :2] >= other[..., :2] + other[..., 2:]) | (other[..., :2] >= one[..., :2] + one[..., 2:])
    return ~apart.any(-1) & is_there(one) & is_there(other)


def in_words(value: object) -> str:
    """What something is that must be a tensor, for messages."""
    if not isinstance(value, Tensor):
        return type(value).__name__
    return f"{str(value.dtype).removeprefix('torch.')} of shape {tuple(value.shape)} on {value.device}"


@dataclass(frozen=True)
class Goal:
    """An object is to come into a relation with another one.

    Args:
        name: of the goal.
        relation: that is to hold.
        one, other: names of the objects.
    """

    name: str
    relation: Relation
    one: str
    other: str


@dataclass(frozen=True)
class GoalSet:
    """The goals of a game.

    Args:
        objects: finds them.
        names: of the objects, in their order.
        goals: that can be chosen.

    Raises:
        ValueError: there are no goals, two goals or objects have one name, or a goal is of an object that there is not.
    """

    objects: Objects
    names: Sequence[str]
    goals: Sequence[Goal]

    def __post_init__(self) -> None:
        """Check the names."""
        if not self.goals:
            raise ValueError("there are no goals: a meta-controller needs one or more to choose from")
        for what, titles in (("goals", [goal.name for goal in self.goals]), ("objects", list(self.names))):
            for title in titles:
                if not title or titles.count(title) > 1:
                    raise ValueError(f"some {what} are called {title!r}: give each a name of its own")
        for goal in self.goals:
            for name in (goal.one, goal.other):
                if name not in self.names:
                    raise ValueError(
                        f"goal {goal.name!r} is of an object {name!r}, and there is none (objects: {', '.join(self.names)})"
                    )

    def __len__(self) -> int:
        """How many goals."""
        return len(self.goals)

    def boxes(self, screen: Tensor, memory: Tensor) -> Tensor:
        """The boxes of all objects, `(b, objects, 4)`, on screens and memories.

        Raises:
            DataError: `objects` fails.
        """
        try:
            return self.objects(screen, memory)
        except FAULTS as error:  # whatever the user's own code does
            raise DataError(
                f"`objects` fails on screens {tuple(screen.shape)} and memories {tuple(memory.shape)} ({fault(error)}): fix it; "
                "a run that it ends goes on by `saccade resume`"
            ) from error

    def holds(self, boxes: Tensor) -> Tensor:
        """Which goals' relations hold between objects `(b, objects, 4)`: bool `(b, goals)`. A relation is asked once for all its goals.

        Raises:
            DataError: a relation fails, or gives something else.
        """
        columns = dict[int, Tensor]()
        for goals, ones, others in self._asked:
            pairs = (torch.cat([boxes[:, place] for place in places]) for places in (ones, others))
            held = self._related(self.goals[goals[0]], *pairs).view(len(goals), len(boxes))
            columns |= dict(zip(goals, held, strict=True))
        return torch.stack([columns[number] for number in range(len(self.goals))], 1)

    def _related(self, goal: Goal, one: Tensor, other: Tensor) -> Tensor:
        """Whether the relation of a goal holds, bool `(b,)`, between boxes `(b, 4)`."""
        try:
            found = goal.relation(one, other)
        except FAULTS as error:  # whatever the user's own code does
            raise DataError(
                f"the relation of goal {goal.name!r} fails on boxes {tuple(one.shape)} ({fault(error)}): fix it; a run that it ends goes on by "
                "`saccade resume`"
            ) from error
        if not isinstance(found, Tensor) or found.shape != (len(one),) or found.dtype != torch.bool:
            raise DataError(
                f"the relation of goal {goal.name!r} gives {in_words(found)}: it must give one truth value for each pair of boxes, torch.bool ({len(one)},)"
            )
        return found

    def places(self, boxes: Tensor) -> Tensor:
        """The boxes of what the goals are about, the second object of each: `(b, goals, 4)`."""
        place = {name: number for number, name in enumerate(self.names)}
        return torch.stack([boxes[:, place[goal.other]] for goal in self.goals], 1)

    @cached_property
    def _asked(self) -> list[tuple[list[int], list[int], list[int]]]:
        """For each relation, which goals have it, and between which objects."""
        place, found = (
            {name: number for number, name in enumerate(self.names)},
            dict[int, tuple[list[int], list[int], list[int]]](),
        )
        for number, goal in enumerate(self.goals):
            goals, ones, others = found.setdefault(id(goal.relation), ([], [], []))
            goals.append(number)
            ones.append(place[goal.one])
            others.append(place[goal.other])
        return list(found.values())
