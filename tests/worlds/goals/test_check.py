"""A look at goals before a run."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from saccade.worlds import DataError
from saccade.worlds.games.chain import STATES, Chain
from saccade.worlds.goals.check import check_goals
from saccade.worlds.goals.goals import Goal, GoalSet, overlaps

NAMES = ("agent", "left end", "ghost")


def objects(screen: Tensor, _: Tensor) -> Tensor:
    at = screen[:, 0, 0, :STATES].argmax(1).float()
    here, none = torch.ones_like(at), torch.zeros_like(at)
    agent, end, ghost = ((at, none, here, here), (none, none, here, here), (none, none, none, none))
    return torch.stack([torch.stack(box, 1) for box in (agent, end, ghost)], 1)


def checked(other: str = "left end", relation: Any = overlaps, finds: Any = objects) -> None:
    check_goals(Chain(2), 2, GoalSet(finds, NAMES, [Goal("home", relation, "agent", other)]))


def test_goals_that_can_be_reached() -> None:
    checked()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"other": "ghost"}, "goal 'home' is of 'ghost', which was never there in 600 random decisions in chain"),
        ({"other": "agent"}, "goal 'home' holds from the start and in all of 600 random decisions"),
        ({"finds": lambda screen, memory: screen}, r"`objects` gives uint8 of shape \(2, 1, 1, 6\) on cpu: it must give boxes"),
        ({"finds": lambda screen, memory: None}, "`objects` gives NoneType"),
        ({"finds": lambda screen, memory: 1 / 0}, r"`objects` fails on screens \(2, 1, 1, 6\) .*ZeroDivisionError"),
        ({"relation": lambda one, other: one[:, 0]}, r"the relation of goal 'home' gives float32 of shape \(2,\) on cpu"),
        ({"relation": lambda one, other: one[9]}, r"the relation of goal 'home' fails on boxes \(2, 4\) .IndexError"),
        ({"finds": lambda screen, memory: objects(screen, memory) + float("inf")}, "`objects` gives boxes that are not finite"),
        ({"finds": lambda screen, memory: objects(screen, memory).double()}, "`objects` gives float64"),
        ({"finds": lambda screen, memory: (objects(screen, memory), screen.zero_())[0]}, "`objects` changes the screens that it is given"),
    ],
)  # fmt: skip
def test_goals_that_cannot(options: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        checked(**options)
