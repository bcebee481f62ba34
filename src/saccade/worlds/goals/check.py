"""A look at goals before a run: what can never be reached is found out by random play."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from saccade.worlds.data.files import DataError
from saccade.worlds.games.emulators import GO_ON, Emulators, WithMemory

from .goals import GoalSet, in_words, is_there

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
        seen[rows], held[rows] = is_there(goals.places(boxes)).numpy(), goals.holds(boxes).numpy()
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
                f"begins to hold, so see that {goal.other!r} is in the game and `objects` tells {goal.one!r} from it, or choose another relation"
            )


def _boxes(goals: GoalSet, screen: Tensor, memory: Tensor) -> Tensor:
    """What `objects` finds on the screens of a batch."""
    wanted, before = (len(screen), len(goals.names), 4), screen.clone()
    boxes = goals.boxes(screen, memory)
    if not isinstance(boxes, Tensor) or (boxes.shape, boxes.dtype, boxes.device) != (
        wanted,
        torch.float32,
        screen.device,
    ):
        raise DataError(
            f"`objects` gives {in_words(boxes)}: it must give boxes of x, y, width and height of {', '.join(goals.names)}, "
            f"float32 {wanted} on {screen.device}, as the screens are"
        )
    if not bool(boxes.isfinite().all()):
        raise DataError(
            "`objects` gives boxes that are not finite: an object that is not there has a width and a height of 0"
        )
    if not torch.equal(screen, before):
        raise DataError("`objects` changes the screens that it is given: let it work on a copy")
    return boxes
