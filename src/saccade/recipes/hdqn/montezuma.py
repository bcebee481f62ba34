"""Montezuma's Revenge, first room, as a game with goals (Kulkarni et al. 2016, section 4.2)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from saccade.agents.box_network import BoxQNetwork
from saccade.agents.q_settings import Precision
from saccade.graph import Module
from saccade.worlds.games.ale_games import AleGames, AleRules, MemoryGames
from saccade.worlds.goals import montezuma as room
from saccade.worlds.goals.goals import Goal, GoalSet, overlaps

from .goal_game import GoalGame, Searching
from .own import directed_network, pixel_network

_GAME = "montezuma_revenge"
_BUTTONS = ("NOOP", "FIRE", "UP", "RIGHT", "LEFT", "DOWN", "RIGHTFIRE", "LEFTFIRE")
_TRAINED, _TESTED = 6_000, 18_000  # frames of an episode
_STICKY = 0.25  # Machado et al. 2018

GOALS = GoalSet(
    room.objects,
    room.NAMES,
    [
        Goal("middle ladder", room.stands_in, "agent", "middle ladder"),
        Goal("rope", overlaps, "agent", "rope"),
        Goal("right ladder", overlaps, "agent", "right ladder"),
        Goal("left ladder", overlaps, "agent", "left ladder"),
        Goal("key", room.carries, "agent", "key"),
        Goal("right door", overlaps, "agent", "right door"),
        Goal("left door", overlaps, "agent", "left door"),
    ],
)  # fmt: skip


def montezuma(features: bool) -> GoalGame:
    """The game, from pixels, or from the boxes of its objects as the cheap control."""
    return _played(features, 0.0, {"sticky actions": _played(features, _STICKY, {})})


def _played(features: bool, sticky: float, variants: dict[str, GoalGame]) -> GoalGame:
    games = MemoryGames if features else AleGames
    depth, height, width = games.shape

    def rules(in_training: bool, no_ops: int = 30) -> AleRules:
        frames = _TRAINED if in_training else _TESTED
        return AleRules(_BUTTONS, sticky, no_ops, frames, one_life=in_training, waits=room.is_dying)

    def begin_in(count: int, starts: Sequence[Sequence[Any]], share: float) -> AleGames:
        return games(_GAME, count, rules(True), starts, share)

    half = Precision.AUTO.known() is Precision.HALF  # where the processor has bfloat16
    masks = _one_hot(width) if features else _drawn(height, width)
    network = _boxes if features else functools.partial(pixel_network, height, half)
    directed = None if features else functools.partial(directed_network, depth, height, half, masks)
    return GoalGame(
        f"{_GAME}, first room" + (", boxes of objects" if features else "") + (f", sticky actions {sticky:g}" if sticky else ""),
        lambda count: games(_GAME, count, rules(False)),
        GOALS,
        masks,
        network,
        directed,
        clip=True,
        life_counts=True,
        extent=(room.HEIGHT, room.WIDTH),
        training=lambda count: games(_GAME, count, rules(True)),
        searching=Searching(lambda count: games(_GAME, count, rules(False, 0)), room.place, begin_in),
        variants=variants,
    )  # fmt: skip


def _drawn(height: int, width: int) -> Tensor:
    """The boxes of what the goals are about, on screens of that size: bool `(goals, height, width)`."""
    boxes = [dict(room.FURNITURE, key=room.KEY)[goal.other] for goal in GOALS.goals]
    masks = torch.zeros(len(boxes), height, width, dtype=torch.bool)
    for mask, (x, y, wide, high) in zip(masks, boxes, strict=True):
        left, top = x * width // room.WIDTH, y * height // room.HEIGHT
        mask[top : -(-(y + high) * height // room.HEIGHT), left : -(-(x + wide) * width // room.WIDTH)] = True
    return masks


def _one_hot(width: int) -> Tensor:
    """A byte for each goal."""
    masks = torch.zeros(len(GOALS), 1, width, dtype=torch.bool)
    masks[range(len(GOALS)), 0, range(len(GOALS))] = True
    return masks


def _boxes(frames: int, actions: int, name: str) -> Module:
    depth, _, cells = MemoryGames.shape
    extent = (room.HEIGHT, room.WIDTH)
    return BoxQNetwork(
        room.objects, len(room.NAMES), extent, cells, len(GOALS) if frames > depth else 0, actions
    ).named(name)
