"""The same distances and labels on tensors, wherever they are: for batches on an accelerator.

Every pixel looks at its eight neighbours again and again until nothing comes nearer, all pixels and images at once
(Bellman and Ford). On one core that is much slower than `geodesic`, which visits what changes only; the results are equal.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .geodesic_kernels import FAR, HEAVIEST

_SIDES = ((0, 1), (1, 0), (1, 1), (1, -1), (0, -1), (-1, 0), (-1, -1), (-1, 1))
_BETWEEN_LOOKS = 16  # rounds between two looks whether anything has changed: a look waits for the device


def begin(colours: Tensor) -> Tensor:
    """Keys `(n, h + 2, w + 2)` of images that no stroke has reached; `colours` (n, h, w, 3) from `geodesic.colours`."""
    n, h, w, _ = colours.shape
    keys = torch.full((n, h + 2, w + 2), -1, dtype=torch.int32, device=colours.device)
    keys[:, 1:-1, 1:-1] = int(FAR)
    return keys


def spread(colours: Tensor, keys: Tensor, strokes: Tensor) -> Tensor:
    """Keys after strokes have been added.

    Args:
        colours: uint8 `(n, h, w, 3)`.
        keys: int32 `(n, h + 2, w + 2)`, as before.
        strokes: uint8 `(n, h, w)`: 0 nothing, 1 object, 2 ground; what a stroke covers already keeps its label.
    """
    weights, inner = _weights(colours), keys[:, 1:-1, 1:-1]
    inner = torch.where((strokes > 0) & (inner > 1), strokes.to(torch.int32) - 1, inner)
    n, h, w = inner.shape
    field = torch.full((n, h + 2, w + 2), int(FAR), dtype=torch.int32, device=keys.device)
    field[:, 1:-1, 1:-1] = inner
    while True:
        before = field.clone()
        for _ in range(_BETWEEN_LOOKS):
            best = field[:, 1:-1, 1:-1]
            for (down, right), weight in zip(_SIDES, weights, strict=True):
                there = field[:, 1 + down : 1 + down + h, 1 + right : 1 + right + w]
                best = torch.minimum(best, there + weight)
            field[:, 1:-1, 1:-1] = best
        if torch.equal(field, before):
            break
    found = keys.clone()
    found[:, 1:-1, 1:-1] = field[:, 1:-1, 1:-1]
    return found


def _weights(colours: Tensor) -> list[Tensor]:
    """Twice the weight of the step from each side, int32 `(n, h, w)`."""
    lab = torch.nn.functional.pad(colours.permute(0, 3, 1, 2).to(torch.int32), (1, 1, 1, 1))
    h, w = lab.shape[2:]
    here, found = lab[:, :, 1:-1, 1:-1], []
    for down, right in _SIDES:
        there = lab[:, :, 1 + down : h - 1 + down, 1 + right : w - 1 + right]
        gap = (here - there).square()
        cost = (256 + 92 * gap[:, 0] + 256 * (gap[:, 1] + gap[:, 2])).clamp(max=2**20)  # what follows must fit 32 bits
        cost = (cost * 362) >> 8 if down and right else cost
        found.append(2 * ((cost + 128) >> 8).clamp(max=HEAVIEST))
    return found


def read(keys: Tensor) -> tuple[Tensor, Tensor]:
    """Masks, bool `(n, h, w)`, and distances, int32 `(n, h, w)`, as of `GeodesicMaps.read`."""
    inner = keys[:, 1:-1, 1:-1]
    return (inner % 2 == 0) & (inner < int(FAR)), inner // 2
