"""The same distances and labels on tensors, wherever they are: for batches on an accelerator.

Every pixel looks at its eight neighbours again and again until nothing comes nearer, all pixels and images at once
(Bellman and Ford). On one core that is much slower than `geodesic`, which visits what changes only; the results are equal.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .geodesic import colours
from .geodesic_kernels import FAR, HEAVIEST

_SIDES = ((0, 1), (1, 0), (1, 1), (1, -1), (0, -1), (-1, 0), (-1, -1), (-1, 1))
_BETWEEN_LOOKS = 16  # rounds between two looks whether anything has changed: a look waits for the device


class TensorMaps:
    """`GeodesicMaps` on a device.

    Args:
        images: uint8 `(n, 3, h, w)`, RGB.
        device: where the maps are; default: where the images are.
    """

    def __init__(self, images: Tensor, device: torch.device | None = None) -> None:
        self.n, _, self.h, self.w = images.shape
        self.device = images.device if device is None else device
        self._weights = [self._zeros() for _ in _SIDES]
        self._keys = torch.full((self.n, self.h + 2, self.w + 2), int(FAR), dtype=torch.int32, device=self.device)
        self.show(images)

    def _zeros(self) -> Tensor:
        return torch.zeros(self.n, self.h, self.w, dtype=torch.int32, device=self.device)

    def show(self, images: Tensor, which: Tensor | None = None) -> None:
        """As `GeodesicMaps.show`."""
        if not len(images):
            return
        places = torch.ones(self.n, dtype=torch.bool, device="cpu") if which is None else which.cpu()
        for mine, new in zip(self._weights, _weights(colours(images.cpu()).to(self.device)), strict=True):
            mine[places.to(self.device)] = new
        self._keys[places.to(self.device)] = int(FAR)

    def add(self, strokes: Tensor, active: Tensor | None = None) -> None:
        """As `GeodesicMaps.add`."""
        labels = torch.zeros(
            self.n, self.h * self.w + 1, dtype=torch.int32, device=self.device
        )  # the last takes what is nowhere
        for label in (2, 1):  # the object's stroke is first, and so the last to be written
            places = strokes[:, label - 1].to(self.device).long()
            labels.scatter_(1, torch.where(places < 0, self.h * self.w, places), label)
        drawn = labels[:, :-1].view(self.n, self.h, self.w)
        if active is not None:
            drawn = torch.where(active.to(self.device)[:, None, None], drawn, 0)
        inner = self._keys[:, 1:-1, 1:-1]
        inner.copy_(torch.where((drawn > 0) & (inner > 1), drawn - 1, inner))
        self._spread()

    def _spread(self) -> None:
        """Let every pixel look at its neighbours until nothing comes nearer."""
        field, (h, w) = self._keys, (self.h, self.w)
        while True:
            before = field.clone()
            for _ in range(_BETWEEN_LOOKS):
                best = field[:, 1:-1, 1:-1]
                for (down, right), weight in zip(_SIDES, self._weights, strict=True):
                    best = torch.minimum(best, field[:, 1 + down : 1 + down + h, 1 + right : 1 + right + w] + weight)
                field[:, 1:-1, 1:-1] = best
            if torch.equal(field, before):
                return

    def read(self) -> tuple[Tensor, Tensor]:
        """As `GeodesicMaps.read`, on the device."""
        inner = self._keys[:, 1:-1, 1:-1]
        return (inner % 2 == 0) & (inner < int(FAR)), inner // 2


def _weights(tinted: Tensor) -> list[Tensor]:
    """Twice the weight of the step from each side, int32 `(n, h, w)`, from Lab colours `(n, h, w, 3)`."""
    lab = torch.nn.functional.pad(tinted.permute(0, 3, 1, 2).to(torch.int32), (1, 1, 1, 1))
    h, w = lab.shape[2:]
    here, found = lab[:, :, 1:-1, 1:-1], []
    for down, right in _SIDES:
        there = lab[:, :, 1 + down : h - 1 + down, 1 + right : w - 1 + right]
        gap = (here - there).square()
        cost = (256 + 92 * gap[:, 0] + 256 * (gap[:, 1] + gap[:, 2])).clamp(max=2**20)  # what follows must fit 32 bits
        cost = (cost * 362) >> 8 if down and right else cost
        found.append(2 * ((cost + 128) >> 8).clamp(max=HEAVIEST))
    return found
