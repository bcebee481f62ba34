"""Data in three parts: to train on, to choose settings by, and to report on."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

from saccade.worlds import DataError, LabelledImages
from saccade.worlds.digits import split

D = TypeVar("D")


@dataclass(frozen=True)
class Splits(Generic[D]):
    """Data to train on, to choose settings by, and to report on; never the same twice."""

    train: D
    validation: D
    test: D
    notice: str | None = None  # a sentence for the user


@runtime_checkable
class OnlyHere(Protocol):
    """Data that other processes may not be able to open."""

    def only_here(self) -> str | None:
        """Why they cannot, and what to do; None if they can."""


def with_validation(train: LabelledImages, test: LabelledImages, notice: str | None = None) -> Splits[LabelledImages]:
    """Keep a twelfth of the training images for validation.

    Raises:
        DataError: there are too few.
    """
    if len(train.images) < 12:
        raise DataError(f"{train.name}: {len(train.images)} images are too few, a twelfth is kept for validation")
    kept, validation = split(train, len(train.images) // 12)
    return Splits(kept, validation, dataclasses.replace(test, training=kept), notice)


def split_in_three(images: LabelledImages) -> Splits[LabelledImages]:
    """Keep a fifth of some images for the test and a twelfth of the rest for validation; always the same ones.

    Raises:
        DataError: there are too few.
    """
    if len(images) < 5:
        raise DataError(f"{images.name}: {len(images)} images are too few, a fifth is kept for the test")
    known = images if images.fingerprint else dataclasses.replace(images, fingerprint=_fingerprint(images))
    train, test = split(known, len(known) // 5)
    return with_validation(train, dataclasses.replace(test, name=f"{images.name} test"))


def _fingerprint(images: LabelledImages) -> str:
    """Of all pixels and labels: a run must be resumed with the data that it began with."""
    digest = hashlib.sha256(images.images.contiguous().numpy().data)
    digest.update(images.labels.contiguous().numpy().data)
    return digest.hexdigest()[:8]
