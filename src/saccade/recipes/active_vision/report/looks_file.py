"""Every fixation of a run on every test image, as the run kept them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from saccade.report.markup import Array, Bytes
from saccade.report.palette import ink
from saccade.runs import CheckpointError, load_checkpoint

FILE = "looks.safetensors"
_BINS = 28  # of the maps whose entropy `result.json` gives
_NAMES = ("places", "probabilities", "labels", "images")
_DIGITS = tuple("0123456789")
_CLASSES = 12  # of which an image is shown


@dataclass(frozen=True)
class Looks:
    """`t` fixations on `n` images; the pixels of the first `m` of them."""

    places: Array  # (t, n, 2), x and y in half-widths
    probabilities: Array  # (t, n, classes)
    labels: npt.NDArray[np.int64]  # (n,)
    images: Bytes  # (m, h, w) if grey, else (m, h, w, 3)
    classes: tuple[str, ...] = _DIGITS  # their names
    patches: Bytes | None = None  # (t, k, planes, s, s), what the eye saw of the first k images
    centres: Array | None = None  # (n, 2), of the digits where they lie in a field, as places
    extent: tuple[int, int] = (28, 28)  # height and width of what lies there
    kept_answers: npt.NDArray[np.int64] | None = (
        None  # (n,), the answers as they were before the probabilities were rounded
    )

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of an image."""
        height, width = self.images.shape[1:3]
        return height, width

    @property
    def covered(self) -> float:
        """Share of the field that what lies in it covers."""
        return self.extent[0] * self.extent[1] / (self.size[0] * self.size[1])

    @property
    def of_digits(self) -> bool:
        """Whether the images are digits, white on black."""
        return self.classes == _DIGITS and self.images.ndim == 3

    def picture(self, index: int) -> Bytes:
        """An image as one shows it, `(h, w, 3)`: a digit as dark ink, anything else as it is."""
        return as_shown(self.images[index], self.of_digits)

    def name(self, label: int) -> str:
        """The name of a class; one too long for a picture is cut."""
        word = self.classes[label]
        return word if len(word) <= 12 else word[:11] + "…"

    def short(self, label: int) -> str:
        """A mark of a class, where there is room for a character or two only."""
        return self.classes[label] if all(len(word) <= 2 for word in self.classes) else str(label + 1)

    @property
    def pixels(self) -> Array:
        """`(t, n, 2)`: places as x, y in pixels; 0 is the middle of the first pixel."""
        height, width = self.size
        found: Array = (self.places + 1) / 2 * np.array([width - 1, height - 1])
        return found

    @property
    def answers(self) -> npt.NDArray[np.int64]:
        """`(n,)`: the most probable class after the last fixation."""
        found: npt.NDArray[np.int64] = (
            self.probabilities[-1].argmax(1) if self.kept_answers is None else self.kept_answers
        )
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
        return None, f"{damage}; to measure again, delete result.json next to it and `saccade resume {folder}`."
    tensors = checkpoint.tensors
    if lost := [name for name in _NAMES if name not in tensors]:
        return None, f"{path} is incomplete: it has no {', '.join(lost)}."
    places, probabilities, labels, images = (tensors[name].numpy() for name in _NAMES)
    images = images.transpose(0, 2, 3, 1) if images.ndim == 4 else images
    classes = tuple(str(name) for name in checkpoint.numbers.get("classes", _DIGITS))
    height, width = checkpoint.numbers.get("extent", (28, 28))
    patches, centres = (tensors[name].numpy() if name in tensors else None for name in ("patches", "centres"))
    looks = Looks(
        places.astype(np.float64).clip(-1, 1),
        probabilities.astype(np.float64),
        labels,
        images,
        classes,
        patches,
        centres,
        (int(height), int(width)),
        tensors["answers"].numpy() if "answers" in tensors else None,
    )
    fits = places.ndim == probabilities.ndim == 3 and places.shape[2] == 2
    fits &= images.ndim in (3, 4) and images.shape[3:] in ((), (3,)) and min(images.shape) > 0
    fits &= looks.kept_answers is None or looks.kept_answers.shape == labels.shape
    fits &= probabilities.shape[2] == len(classes) and (centres is None or centres.shape == places.shape[1:])
    if not fits or places.shape[:2] != probabilities.shape[:2] or places.shape[1:2] != labels.shape or not places.size:
        return None, f"{path} is damaged: its tensors do not fit together."
    return looks, notice and f"{notice}."


def as_shown(image: Bytes, of_digit: bool) -> Bytes:
    """Pixels `(h, w)` or `(h, w, 3)` as `(h, w, 3)`: a digit as dark ink on paper, anything else as it is."""
    if of_digit:
        return ink(image)
    return image if image.ndim == 3 else np.repeat(image[:, :, None], 3, axis=2)


def entropy(places: Array) -> float:
    """Bits of the map of fixations `(…, 2)` on 28×28 places, as `result.json` has it."""
    cells = np.rint((places.reshape(-1, 2) + 1) / 2 * (_BINS - 1)).astype(int)
    counts = np.bincount(cells[:, 1] * _BINS + cells[:, 0])
    shares = counts[counts > 0] / max(counts.sum(), 1)
    return float(-(shares * np.log2(shares)).sum()) + 0.0


@dataclass(frozen=True)
class Sample:
    """Indices of images to show, chosen by fixed rules, not by hand."""

    first: list[int]  # the first of each class
    errors: list[int]  # the first others that are read wrongly
    more: list[int]  # the next of the test set, if there are not enough errors

    @property
    def all(self) -> list[int]:
        """In the order in which to show them."""
        return self.first + self.errors + self.more


def fair_sample(looks: Looks, most: int) -> Sample:
    """The first available image of each class and the first `most` errors; other images if there are fewer errors.

    Of more than twelve classes, the first twelve.
    """
    labels = looks.labels[: looks.shown]
    first = [int(np.flatnonzero(labels == digit)[0]) for digit in np.unique(labels)][:_CLASSES]
    errors = [int(index) for index in np.flatnonzero(~looks.right[: looks.shown]) if index not in first][:most]
    more = [index for index in range(looks.shown) if index not in first and index not in errors]
    return Sample(first, errors, more[: most - len(errors)])


def spread_apart(points: Array, distance: float, low: float, high: float) -> Array:
    """Move points `(t, 2)` until no two are nearer than `distance`, within a square: for labels that would overlap."""
    angles = np.arange(len(points)) * 2.4
    apart = 0.01 * np.stack([np.cos(angles), np.sin(angles)], axis=1)  # so that points on one place move apart
    moved = points.clip(low, high)
    for _ in range(80):
        gaps = (moved + apart)[:, None] - (moved + apart)
        lengths = np.linalg.norm(gaps, axis=2) + np.eye(len(moved)) * 1e9
        push = np.clip(distance - lengths, 0, None) / 2
        if not push.any():
            break
        moved = (moved + 0.6 * (gaps / lengths[:, :, None] * push[:, :, None]).sum(1)).clip(low, high)
    return moved
