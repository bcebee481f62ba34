"""The canvas: two pens that never lift, one for the object and one for the ground."""

from __future__ import annotations

import math

import torch
from jaxtyping import Int, UInt8
from torch import Tensor

from saccade.graph import Active, Fresh, In, Out, World

# East, south-east, south, … as (dy, dx): clockwise, as y grows downwards.
_DIRECTIONS = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))
STAY = -1  # a move that draws nothing


def steps(length: int) -> Tensor:
    """Where the eight directions lead, int64 `(8, 2)` as (dy, dx): `length` pixels along an axis, as far along a diagonal."""
    along = round(length / math.sqrt(2))
    return torch.tensor(
        [[y * (length if not (y and x) else along), x * (length if not (y and x) else along)] for y, x in _DIRECTIONS]
    )


def line(start: Tensor, end: Tensor, longest: int) -> Tensor:
    """Pixels of straight lines, int64 `(…, longest + 1, 2)` as (y, x); a shorter line repeats its last pixel.

    Args:
        start, end: int64 `(…, 2)`; no further apart than `longest` along either axis.
        longest: pixels.
    """
    gap = end - start
    count = gap.abs().amax(-1, keepdim=True)
    share = torch.arange(longest + 1, device=start.device).minimum(count) / count.clamp(min=1)
    return start[..., None, :] + (gap[..., None, :] * share[..., None]).round().to(start.dtype)


def landing(at: Tensor, move: Tensor, reach: Tensor, last: Tensor) -> Tensor:
    """Where pens at `at`, int64 `(n, 2, 2)`, are after their moves: each coordinate stops at the border for itself.

    Args:
        at: (y, x) of the object's and the ground's pen.
        move: directions, `(n, 2)` or `(2,)`; -1: it stays.
        reach: see `steps`.
        last: (y, x) of the last pixel.
    """
    return torch.where((move >= 0)[..., None], (at + reach[move.clamp(min=0)]).clamp(min=0).minimum(last), at)


class OnePen(World):
    """Sixteen actions in a step: the object's pen in eight directions, then the ground's; the other pen stays."""

    action: In[Int[Tensor, "b"]] = In(init=STAY)
    move: Out[Int[Tensor, "b 2"]]

    def forward(self, action: Tensor) -> Tensor:
        """The directions of both pens."""
        pens = torch.arange(2, device=action.device)
        return torch.where(action[:, None] // 8 == pens, action[:, None] % 8, STAY)


class Canvas(World):
    """Draws the strokes of both pens.

    A pen moves `length` pixels in one of eight directions and draws a straight line, one pixel wide. Where it would leave the image,
    each coordinate of its end stops at the border for itself, and the line leads there. In a pixel that has been drawn on already, the first stroke counts: were it the
    last, a stroke could take another away, and a mask could not be kept up to date from the new stroke alone. Where both pens
    move in one step, the object's is first.

    Args:
        height, width: of the image, in pixels.
        length: of a stroke, in pixels.
    """

    start: In[Int[Tensor, "b 2 2"]]
    move: In[Int[Tensor, "b 2"]] = In(init=STAY)  # directions 0 … 7 of the object's and the ground's pen; -1: it stays
    fresh: In[Fresh]
    active: In[Active]
    strokes: Out[Int[Tensor, "b 2 pixels"]]  # the new strokes' pixels, row by row from 0; -1 for none
    drawn: Out[UInt8[Tensor, "b height width"]]  # 0 nothing, 1 object, 2 ground
    pens: Out[Int[Tensor, "b 2 2"]]  # (y, x)

    def __init__(self, height: int, width: int, length: int) -> None:
        if length < 1:
            raise ValueError(f"length={length}: a stroke has 1 pixel or more")
        super().__init__()
        self.height, self.width, self.length, self.pixels = height, width, length, length + 1
        self.register_buffer("reach", steps(length), persistent=False)
        self.register_buffer("last", torch.tensor([height - 1, width - 1]), persistent=False)
        self.reach: Tensor
        self.last: Tensor
        self._pens = torch.zeros(0, 2, 2, dtype=torch.int64)
        self._drawn = torch.zeros(0, height * width, dtype=torch.uint8)

    def forward(self, start: Tensor, move: Tensor, fresh: Tensor, active: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The new strokes, everything drawn so far, and where the pens are."""
        n = len(start)
        if len(self._pens) != n or self._pens.device != start.device:
            self._pens = start.clone()
            self._drawn = start.new_zeros(n, self.height * self.width, dtype=torch.uint8)
        begins = fresh & active
        at = torch.where(begins[:, None, None], start, self._pens)
        before = torch.where(begins[:, None], 0, self._drawn) if bool(begins.any()) else self._drawn
        move = torch.where(begins[:, None], STAY, move)
        to = landing(at, move, self.reach, self.last)
        way = line(at, to, self.length)
        strokes = way[..., 0] * self.width + way[..., 1]
        # A pen that stays draws nothing, but for its first dot.
        strokes = torch.where(((move >= 0) | begins[:, None])[..., None] & active[:, None, None], strokes, STAY)
        drawn = _draw(before, strokes)
        self._pens, self._drawn = torch.where(active[:, None, None], to, self._pens), drawn
        return strokes, drawn.view(n, self.height, self.width), self._pens


def _draw(before: Tensor, strokes: Tensor) -> Tensor:
    """What is drawn, uint8 `(n, h * w)`, after the strokes `(n, 2, pixels)`."""
    n, cells = before.shape
    room = torch.cat([before, before.new_zeros(n, 1)], dim=1)  # the last place takes what is nowhere
    for label in range(2):
        places = torch.where(strokes[:, label] < 0, cells, strokes[:, label])
        room.scatter_(
            1, places, torch.where(room.gather(1, places) == 0, label + 1, room.gather(1, places)).to(torch.uint8)
        )
    return room[:, :cells].contiguous()
