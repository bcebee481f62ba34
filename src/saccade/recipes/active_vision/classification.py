"""The classes of images, and how the eye moved over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from saccade.training.predictor import write_table

if TYPE_CHECKING:  # loads matplotlib, as its pictures do
    from .report.looks_file import Looks

_DRAWN = 24  # inputs of which a picture is written
_SCANPATH = ["file", "fixation", "x", "y", "x_pixels", "y_pixels", "class", "probability"]


@dataclass(frozen=True)
class Classification:
    """Classes of `n` images, and how the eye moved.

    Attributes:
        classes: their names.
        images: uint8 `(n, h, w)` or `(n, channels, h, w)`.
        label: places of the most probable classes in `classes`, int64 `(n,)`.
        probabilities: of the classes after the last fixation, float32 `(n, classes)`.
        by_fixation: the same after each fixation, `(t, n, classes)`.
        scanpath: fixations, `(n, t, 2)` as x and y in half-widths of the image, from -1 (left, top) to 1.
        confidence: predicted probability that the class is right, after each fixation, `(t, n)`; None: not predicted.
        window: side of the glimpse in pixels; 0: the whole image is seen at once.
    """

    classes: tuple[str, ...]
    images: Tensor
    label: Tensor
    probabilities: Tensor
    by_fixation: Tensor
    scanpath: Tensor
    confidence: Tensor | None
    window: int

    def __len__(self) -> int:
        return len(self.label)

    @property
    def names(self) -> list[str]:
        """The name of each image's class."""
        return [self.classes[label] for label in self.label.tolist()]

    def files(self, folder: Path, names: Sequence[str]) -> list[Path]:
        """The tables of classes and of fixations, and the pictures."""
        pictures = [f"{name}.png" for name in names[:_DRAWN]]
        return [folder / name for name in ("predictions.csv", "scanpaths.csv", *pictures)]

    def write(self, folder: Path, names: Sequence[str]) -> list[Path]:
        """Write `predictions.csv`, a row for each image, `scanpaths.csv`, a row for each fixation, and pictures of the first 24."""
        from .report.prediction import write_pictures  # loads matplotlib

        sure = self.probabilities.amax(1).tolist()
        rows = [
            (name, found, f"{p:.4f}", *(f"{each:.4f}" for each in row))
            for name, found, p, row in zip(names, self.names, sure, self.probabilities.tolist(), strict=True)
        ]
        head = ["file", "class", "probability", *(f"p_{name}" for name in self.classes)]
        table, paths, *pictures = self.files(folder, names)
        write_table(table, head, rows)
        write_table(paths, _SCANPATH, self._fixations(names))
        write_pictures(self._looks(), self.window, pictures)
        return [table, paths, *pictures]

    def _looks(self) -> Looks:
        """The first of them as the pictures of a report have them."""
        from .report.looks_file import Looks

        images = self.images[:_DRAWN].numpy()
        images = images[:, 0] if images.shape[1] == 1 else images.transpose(0, 2, 3, 1)
        places = self.scanpath[:_DRAWN].transpose(0, 1).double().numpy().clip(-1, 1)
        return Looks(
            places, self.by_fixation[:, :_DRAWN].double().numpy(), self.label[:_DRAWN].numpy(), images, self.classes
        )

    def _fixations(self, names: Sequence[str]) -> list[tuple[Any, ...]]:
        height, width = self.images.shape[-2:]
        pixels = (self.scanpath + 1) / 2 * torch.tensor([width - 1.0, height - 1.0])
        best, which = self.by_fixation.max(2)
        return [
            (name, step + 1, f"{x:.4f}", f"{y:.4f}", f"{px:.1f}", f"{py:.1f}", self.classes[int(which[step, n])], f"{best[step, n]:.4f}")
            for n, (name, path, inside) in enumerate(zip(names, self.scanpath.tolist(), pixels.tolist(), strict=True))
            for step, ((x, y), (px, py)) in enumerate(zip(path, inside, strict=True))
        ]  # fmt: skip
