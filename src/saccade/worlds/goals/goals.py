"""What a goal is: a relation between two objects of the screen (Kulkarni et al. 2016, section 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

Relation = Callable[[Tensor, Tensor], Tensor]
"""Of the boxes of two objects, each `(b, 4)`: x, y, width, height in pixels; bool `(b,)`. A box without a size is an object that is not there."""

Objects = Callable[[Tensor, Tensor], Tensor]
"""Finds objects: from screens `(b, depth, height, width)` uint8 and memories `(b, bytes)` uint8, their boxes `(b, objects, 4)` float."""


def is_there(boxes: Tensor) -> Tensor:
    """Which boxes `(…, 4)` have a size: bool `(…,)`."""
    return (boxes[..., 2:] > 0).all(-1)


def overlaps(one: Tensor, other: Tensor) -> Tensor:
    """Whether two objects share a pixel."""
    apart = (one[..., :2] >= other[..., :2] + other[..., 2:]) | (other[..., :2] >= one[..., :2] + one[..., 2:])
    return ~apart.any(-1) & is_there(one) & is_there(other)


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
        ValueError: there are no goals, two have one name, or a goal is of an object that there is not.
    """

    objects: Objects
    names: Sequence[str]
    goals: Sequence[Goal]

    def __post_init__(self) -> None:
        """Check the names."""
        if not self.goals:
            raise ValueError("there are no goals: a meta-controller needs one or more to choose from")
        titles = [goal.name for goal in self.goals]
        for title in titles:
            if titles.count(title) > 1:
                raise ValueError(f"two goals are called {title!r}: give each a name of its own")
        for goal in self.goals:
            for name in (goal.one, goal.other):
                if name not in self.names:
                    raise ValueError(
                        f"goal {goal.name!r} is of an object {name!r}, and there is none (objects: {', '.join(self.names)})"
                    )

    def __len__(self) -> int:
        """How many goals."""
        return len(self.goals)

    def holds(self, boxes: Tensor) -> Tensor:
        """Which goals' relations hold between objects `(b, objects, 4)`: bool `(b, goals)`. A relation is asked once for all its goals."""
        found = torch.empty(len(boxes), len(self.goals), dtype=torch.bool, device=boxes.device)
        for relation, (goals, ones, others) in self._asked.items():
            pairs = boxes[:, ones].flatten(0, 1), boxes[:, others].flatten(0, 1)
            found[:, goals] = relation(*pairs).view(len(boxes), len(goals))
        return found

    def places(self, boxes: Tensor) -> Tensor:
        """The boxes of what the goals are about, the second object of each: `(b, goals, 4)`."""
        place = {name: number for number, name in enumerate(self.names)}
        return boxes[:, [place[goal.other] for goal in self.goals]]

    @cached_property
    def _asked(self) -> dict[Relation, tuple[list[int], list[int], list[int]]]:
        """The relations, and for which goals, and between which objects, each is asked."""
        place, found = (
            {name: number for number, name in enumerate(self.names)},
            dict[Relation, tuple[list[int], list[int], list[int]]](),
        )
        for number, goal in enumerate(self.goals):
            for listed, entry in zip(
                found.setdefault(goal.relation, ([], [], [])), (number, place[goal.one], place[goal.other]), strict=True
            ):
                listed.append(entry)
        return found
