"""Games of CutOut as a run kept them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from saccade.report.markup import Array, Bytes
from saccade.runs import CheckpointError, load_checkpoint

FILE = "games.safetensors"
_NAMES = ("iou", "pens", "kept", "images", "ground_truths", "masks")


@dataclass(frozen=True)
class Games:
    """`t` moves, and the state before the first, of games on `n` images; pixels and masks of `m` of them."""

    iou: Array  # (t + 1, n)
    pens: npt.NDArray[np.int64]  # (t + 1, n, 2, 2), (y, x) in pixels, the object's pen first
    kept: npt.NDArray[np.int64]  # (m,), which of the n
    images: Bytes  # (m, h, w, 3)
    ground_truths: npt.NDArray[np.bool_]  # (m, h, w)
    masks: npt.NDArray[np.bool_]  # (t + 1, m, h, w)

    @property
    def moves(self) -> int:
        """Moves of a game."""
        return len(self.iou) - 1


def load_games(folder: Path) -> tuple[Games | None, str | None]:
    """What a run kept, if it kept any, and a sentence if something is wrong with it."""
    path = folder / FILE
    if not path.exists():
        return None, None
    try:
        tensors = load_checkpoint(path)[0].tensors
    except CheckpointError as error:
        damage = str(error).partition(" and there is no whole one")[0]
        return None, f"{damage}; to measure again, delete result.json next to it and `saccade resume {folder}`."
    if lost := [name for name in _NAMES if name not in tensors]:
        return None, f"{path} is incomplete: it has no {', '.join(lost)}."
    iou, pens, kept, images, ground_truths, masks = (tensors[name].numpy() for name in _NAMES)
    fits = iou.ndim == 2 and pens.shape == (*iou.shape, 2, 2) and images.ndim == 4 and images.shape[1] == 3
    fits = (
        fits
        and ground_truths.shape == (len(images), *images.shape[2:])
        and masks.shape == (len(iou), *ground_truths.shape)
    )
    if not fits or kept.shape != (len(images),) or (len(kept) and int(kept.max()) >= iou.shape[1]):
        return None, f"{path} is damaged: its tensors do not fit together."
    games = Games(
        iou.astype(np.float64),
        pens.astype(np.int64),
        kept,
        np.ascontiguousarray(images.transpose(0, 2, 3, 1)),
        ground_truths,
        masks,
    )
    return games, None
