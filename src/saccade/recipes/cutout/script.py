"""One script of strokes for all images: what can be had without looking."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from saccade.worlds.cutout.rules import CutOutRules, Pens

TRIES = 100  # changes to the script
_SEED = 1
# Directions, clockwise from the east.
_EAST, _SOUTH, _WEST, _NORTH = 0, 2, 4, 6


def best_script(score: Callable[[Tensor], float], rules: CutOutRules, side: int) -> Tensor:
    """Climb from a plausible script.

    A stretch of the script gets one direction, or is drawn anew; what scores no less stays.

    Args:
        score: of actions, int64 `(steps,)` with one pen per step, `(steps, 2)` with both; the higher the better.
        rules: the game.
        side: of the images, in pixels.

    Returns:
        The actions.
    """
    draw = torch.Generator().manual_seed(_SEED)
    found = _begin(rules, side)
    best = score(_actions(found, rules))
    for _ in range(TRIES):
        tried = found.clone()
        pen, at = (int(torch.randint(0, most, (1,), generator=draw)) for most in (2, len(found)))
        long = int(torch.randint(1, 6, (1,), generator=draw))
        anew = bool(torch.rand(1, generator=draw) < 0.3)
        ways = torch.randint(0, 8, (long if anew else 1,), generator=draw)
        tried[at : at + long, pen] = ways.expand(long)[: len(found) - at]
        if (value := score(_actions(tried, rules))) >= best:
            found, best = tried, value
    return _actions(found, rules)


def _begin(rules: CutOutRules, side: int) -> Tensor:
    """Directions of both pens, `(moves, 2)`, for an object that rises from the lower border, as people do.

    The ground's pen goes up, along the upper border, down on the right, back, and down on the left; the object's pen down to the border,
    to both sides, and up again.
    """
    moves = rules.episode_steps if rules.pens is Pens.BOTH else -(-rules.episode_steps // 2)
    across = max(1, -(-side // rules.length) - 1)
    some, half = -(-across // 4), -(-across // 2)
    ground = (
        [_NORTH] * half
        + [_EAST] * across
        + [_SOUTH] * across
        + [_NORTH] * across
        + [_WEST] * 2 * across
        + [_SOUTH] * across
    )
    thing = [_SOUTH] * across + [_WEST] * some + [_EAST] * 2 * some + [_WEST] * some + [_NORTH] * half + [_SOUTH] * half
    return torch.tensor([(thing[move % len(thing)], ground[move % len(ground)]) for move in range(moves)])


def _actions(directions: Tensor, rules: CutOutRules) -> Tensor:
    """Directions of both pens as the actions of the game; with one pen per step they take turns."""
    if rules.pens is Pens.BOTH:
        return directions
    return (directions + torch.tensor([0, 8])).flatten()[: rules.episode_steps]
