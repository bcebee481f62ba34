"""Where scripts of strokes end: the last mask of a game without playing it, as it depends on nothing but what is drawn."""

from __future__ import annotations

from itertools import accumulate

import torch
from torch import Tensor

from saccade.vision.geodesic import GeodesicMaps
from saccade.vision.methods import Method
from saccade.worlds.cutout.canvas import OnePen, landing, line, steps
from saccade.worlds.cutout.overlap import overlap
from saccade.worlds.cutout.rules import CutOutRules, Pens
from saccade.worlds.data.masked import MaskedImages

_NEVER = 2**30


class FinalMask:
    """The overlap that a script ends with, several times as fast as a game of many steps.

    Args:
        data: the images.
        starts: of the pens, int64 `(n, 2, 2)` as (y, x).
        rules: the game.

    Raises:
        ValueError: its segmenter is not geodesic: that of others may depend on more than what is drawn.
    """

    def __init__(self, data: MaskedImages, starts: Tensor, rules: CutOutRules) -> None:
        if rules.segmenter is not Method.GEODESIC:
            raise ValueError(f"the segmenter is {rules.segmenter}: only a geodesic mask can be had without the game")
        self._starts, self._rules, self._truth = starts, rules, data.masks
        self._height, self._width = data.size
        self._maps = GeodesicMaps(data.images)

    def __call__(self, actions: Tensor) -> float:
        """Mean overlap after the actions, int64 `(steps,)` with one pen per step, `(steps, 2)` with both."""
        self._maps.clear()
        self._maps.add(self._strokes(actions))
        return float(overlap(self._maps.read()[0], self._truth).mean())

    def _strokes(self, actions: Tensor) -> Tensor:
        """All pixels of all strokes, int64 `(n, 2, pixels)`; where strokes cross the first one counts, the others' are -1."""
        ways, when = self._ways(actions)
        pixels = ways[..., 0] * self._width + ways[..., 1]
        n, cells = len(pixels), self._height * self._width
        first = torch.full((n, cells), _NEVER).scatter_reduce(
            1, pixels.flatten(1), when.expand_as(pixels).flatten(1), "amin"
        )
        kept = first.gather(1, pixels.flatten(1)).view_as(pixels) % 2 == torch.arange(2)[:, None, None]
        return torch.where(kept, pixels, -1).flatten(2)

    def _ways(self, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Lines of both pens as (y, x), `(n, 2, moves + 1, length + 1, 2)`, and when they are drawn: even numbers are the object's."""
        both = actions if self._rules.pens is Pens.BOTH else OnePen().forward(actions)
        reach, last = steps(self._rules.length), torch.tensor([self._height - 1, self._width - 1])
        places = list(accumulate(both, lambda at, move: landing(at, move, reach, last), initial=self._starts))
        ends = torch.stack(places, 2)
        before = torch.cat([ends[:, :, :1], ends[:, :, :-1]], 2)  # the first "stroke" is a dot
        when = 2 * torch.arange(len(places)) + torch.arange(2)[:, None]
        return line(before, ends, self._rules.length), when[..., None]
