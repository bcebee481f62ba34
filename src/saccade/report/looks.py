"""Every look of a run at every test image, as the run kept them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from saccade.runs import CheckpointError, load_checkpoint

from .markup import Array, Bytes

FILE = "looks.safetensors"
_BINS = 28  # of the maps whose entropy `result.json` gives
_NAMES = ("places", "probabilities", "labels", "images")


@dataclass(frozen=True)
class Looks:
    """`t` looks at `n` images; the pixels of the first `m` of them."""

    places: Array  # (t, n, 2), x and y in half-widths
    probabilities: Array  # (t, n, classes)
    labels: npt.NDArray[np.int64]  # (n,)
    images: Bytes  # (m, h, w)

    @property
    def pixels(self) -> Array:
        """`(t, n, 2)`: places as x, y in pixels; 0 is the middle of the first pixel."""
        height, width = self.images.shape[1:]
        found: Array = (self.places + 1) / 2 * np.array([width - 1, height - 1])
        return found

    @property
    def answers(self) -> npt.NDArray[np.int64]:
        """`(n,)`: the most probable class after the last look."""
        found: npt.NDArray[np.int64] = self.probabilities[-1].argmax(1)
        return found

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """`(n,)`: whether that is the label."""
        found: npt.NDArray[np.bool_] = self.answers == self.labels
        return found

    @property
    def shown(self) -> int:
        """How many images can be shown."""
        return min(len(self.images), len(self.labels))


def load_looks(folder: Path) -> tuple[Looks | None, str | None]:
    """What a run kept, if it kept any, and a sentence if something is wrong with it."""
    path = folder / FILE
    if not path.exists():
        return None, None
    try:
        checkpoint, notice = load_checkpoint(path)
    except CheckpointError as error:
        damage = str(error).partition(" and there is no whole one")[0]  # the advice that follows is for checkpoints
        return None, f"{damage}; to measure again, delete result.json beside it and `saccade resume {folder}`."
    tensors = checkpoint.tensors
    if lost := [name for name in _NAMES if name not in tensors]:
        return None, f"{path} is incomplete: it has no {', '.join(lost)}."
    places, probabilities, labels, images = (tensors[name].numpy() for name in _NAMES)
    looks = Looks(places.astype(np.float64).clip(-1, 1), probabilities.astype(np.float64), labels, images)
    fits = places.ndim == probabilities.ndim == images.ndim == 3 and places.shape[2] == 2 and min(images.shape) > 0
    if not fits or places.shape[:2] != probabilities.shape[:2] or places.shape[1:2] != labels.shape or not places.size:
        return None, f"{path} is damaged: its tensors do not fit together."
    return looks, notice and f"{notice}."


def entropy(places: Array) -> float:
    """Bits of the map of fixations `(…, 2)` on 28×28 places, as `result.json` has it."""
    cells = np.rint((places.reshape(-1, 2) + 1) / 2 * (_BINS - 1)).astype(int)
    counts = np.bincount(cells[:, 1] * _BINS + cells[:, 0])
    shares = counts[counts > 0] / max(counts.sum(), 1)
    return float(-(shares * np.log2(shares)).sum()) + 0.0


@dataclass(frozen=True)
class Sample:
    """Indices of images to show, chosen by rules that know no favourites."""

    first: list[int]  # the first of each class
    errors: list[int]  # the first others that are read wrongly
    more: list[int]  # the next of the test set, if there are not enough errors

    @property
    def all(self) -> list[int]:
        """In the order in which to show them."""
        return self.first + self.errors + self.more


def fair_sample(looks: Looks, besides: int) -> Sample:
    """The first image at hand of each class and the first `besides` errors; other images if there are fewer errors."""
    labels = looks.labels[: looks.shown]
    first = [int(np.flatnonzero(labels == digit)[0]) for digit in np.unique(labels)]
    errors = [int(index) for index in np.flatnonzero(~looks.right[: looks.shown]) if index not in first][:besides]
    more = [index for index in range(looks.shown) if index not in first and index not in errors]
    return Sample(first, errors, more[: besides - len(errors)])


def spread_apart(points: Array, distance: float, low: float, high: float) -> Array:
    """Move points `(t, 2)` until no two are nearer than `distance`, within a square: for labels that would overlap."""
    angles = np.arange(len(points)) * 2.4
    apart = 0.01 * np.stack([np.cos(angles), np.sin(angles)], axis=1)  # a way out for points on one place
    moved = points.clip(low, high)
    for _ in range(80):
        gaps = (moved + apart)[:, None] - (moved + apart)
        lengths = np.linalg.norm(gaps, axis=2) + np.eye(len(moved)) * 1e9
        push = np.clip(distance - lengths, 0, None) / 2
        if not push.any():
            break
        moved = (moved + 0.6 * (gaps / lengths[:, :, None] * push[:, :, None]).sum(1)).clip(low, high)
    return moved
