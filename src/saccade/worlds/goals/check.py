"""A look at goals before a run: what can never be reached is found out by random play."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from saccade.own_code import FAULTS, fault
from saccade.worlds.data.files import DataError
from saccade.worlds.games.emulators import GO_ON, Emulators, WithMemory

from .goals import GoalSet, is_there

_DECISIONS = 300


def check_goals(games: Emulators, count: int, goals: GoalSet) -> None:
    """Play some random decisions, and see that every goal's object is there at times, and that its relation does not always hold.

    Args:
        games: the game.
        count: of its copies.
        goals: see there.

    Raises:
        DataError: a goal can never be reached, or `objects` or a relation is not what it must be.
    """
    every, draw = np.ones(count, bool), np.random.default_rng(0)
    screen = games.reset(every, np.arange(count))
    seen, held = (np.zeros((_DECISIONS * count, len(goals)), bool) for _ in range(2))
    for step in range(_DECISIONS):
        memory = games.memory() if isinstance(games, WithMemory) else np.zeros((count, 0), np.uint8)
        boxes = _boxes(goals, torch.from_numpy(screen.copy()), torch.from_numpy(memory))
        rows = slice(step * count, (step + 1) * count)
        seen[rows], held[rows] = is_there(goals.places(boxes)).numpy(), _relations(goals, boxes).numpy()
        played = games.step(draw.integers(len(games.actions), size=count), every)
        screen = games.reset(played.done, np.full(count, GO_ON)) if played.done.any() else played.screen
    for number, goal in enumerate(goals.goals):
        if not seen[:, number].any():
            raise DataError(
                f"goal {goal.name!r} is of {goal.other!r}, which was never there in {len(seen)} random decisions in {games.name}: "
                "see that `objects` finds it, or leave the goal out"
            )
        if held[:, number].all():
            raise DataError(
                f"goal {goal.name!r} holds from the start and in all of {len(seen)} random decisions in {games.name}: it is reached when it "
                f"begins to hold, so see that `objects` tells {goal.one!r} from {goal.other!r}, or choose another relation"
            )


def _boxes(goals: GoalSet, screen: Tensor, memory: Tensor) -> Tensor:
    """What `objects` finds on the screens of a batch."""
    wanted = (len(screen), len(goals.names), 4)
    try:
        boxes = goals.objects(screen, memory)
    except FAULTS as error:  # whatever the user's own code does
        raise DataError(
            f"`objects` fails on screens {tuple(screen.shape)} and memories {tuple(memory.shape)}: {fault(error)}"
        ) from error
    if not isinstance(boxes, Tensor) or boxes.shape != wanted or not boxes.is_floating_point():
        made = f"{boxes.dtype} of shape {tuple(boxes.shape)}" if isinstance(boxes, Tensor) else type(boxes).__name__
        raise DataError(
            f"`objects` gives {made}: it must give boxes of x, y, width and height of {', '.join(goals.names)}, float32 {wanted}"
        )
    return boxes


def _relations(goals: GoalSet, boxes: Tensor) -> Tensor:
    """Which goals hold."""
    for goal in goals.goals:
        one, other = (boxes[:, list(goals.names).index(name)] for name in (goal.one, goal.other))
        try:
            found = goal.relation(one, other)
        except FAULTS as error:  # whatever the user's own code does
            raise DataError(
                f"the relation of goal {goal.name!r} fails on boxes {tuple(one.shape)}: {fault(error)}"
            ) from error
        if not isinstance(found, Tensor) or found.shape != (len(boxes),) or found.dtype != torch.bool:
            made = f"{found.dtype} of shape {tuple(found.shape)}" if isinstance(found, Tensor) else type(found).__name__
            raise DataError(
                f"the relation of goal {goal.name!r} gives {made}: it must give one truth value for each pair of boxes, torch.bool ({len(boxes)},)"
            )
    return goals.holds(boxes)
