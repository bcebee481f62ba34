"""The chain as a game with goals: every state is one, and values are kept in tables."""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from saccade.agents.goal_networks import QTable
from saccade.worlds.games.chain import STATES, Chain
from saccade.worlds.goals.goals import Goal, GoalSet

from .goal_game import GoalGame

_NAMES = [f"s{number}" for number in range(1, STATES + 1)]


def same_place(one: Tensor, other: Tensor) -> Tensor:
    """Whether two objects, boxes `(b, 4)`, are in the same state."""
    return one[:, 0] == other[:, 0]


def objects(screen: Tensor, _: Tensor) -> Tensor:
    """The agent and the six states, boxes `(b, 7, 4)`."""
    agent = screen[:, 0, 0, :STATES].argmax(1, keepdim=True)
    x = torch.cat([agent, torch.arange(STATES, device=screen.device).expand(len(screen), -1)], 1).float()
    return torch.stack([x, torch.zeros_like(x), torch.ones_like(x), torch.ones_like(x)], 2)


def chain(learners: int, visited: bool = False) -> GoalGame:
    """The chain, for so many independent learners side by side.

    Args:
        learners: each has cells of its own in every table.
        visited: the screen shows whether the right end has been visited.
    """
    _, _, width = Chain(learners, learners, visited).shape
    masks = torch.zeros(STATES, 1, width, dtype=torch.bool)
    masks[range(STATES), 0, range(STATES)] = True
    return GoalGame(
        "chain of six states" + (", visits of the right end shown" if visited else ""),
        lambda count: Chain(count, learners, visited),
        GoalSet(objects, ("agent", *_NAMES), [Goal(name, same_place, "agent", name) for name in _NAMES]),
        masks,
        functools.partial(_table, width, visited),
        solved=0.5,
        groups=learners,
    )


def _table(width: int, visited: bool, frames: int, actions: int, name: str) -> QTable:
    """A table of the values of so many actions; with a second frame, which shows a goal, a part of it for each goal."""
    places = torch.zeros(frames, 1, width, dtype=torch.int64)
    places[0, 0, :STATES] = torch.arange(STATES)
    bits = width - STATES
    places[0, 0, STATES:] = STATES * 2 ** torch.arange(bits)
    states = STATES << bits
    if frames > 1:
        places[1, 0, :STATES] = states * torch.arange(STATES)
        states *= STATES
    return QTable(places, states, actions).named(name)
