"""Data in three parts: to train on, to choose settings by, and to report on."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

from saccade.worlds import DataError, LabelledImages
from saccade.worlds.digits import split

D = TypeVar("D")
_SHARE = 12  # one in so many is kept for validation
_LEAST = 14  # images of which _SHARE are left when a fifth is taken


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
    if len(train.images) < _SHARE:
        raise DataError(
            f"{train.name}: {len(train.images)} images to learn from are too few: there must be {_SHARE} or more, in all classes "
            "together, as a twelfth of them is kept for validation"
        )
    kept, validation = split(train, len(train.images) // _SHARE)
    return Splits(kept, validation, dataclasses.replace(test, training=kept), notice)


def split_in_three(images: LabelledImages) -> Splits[LabelledImages]:
    """Keep a fifth of some images for the test and a twelfth of the rest for validation; always the same ones.

    Raises:
        DataError: there are too few.
    """
    if len(images) - len(images) // 5 < _SHARE:
        raise DataError(
            f"{images.name}: {len(images)} images are too few: there must be {_LEAST} or more, as a fifth is kept for the test and a "
            "twelfth of the rest for validation"
        )
    known = images if images.fingerprint else dataclasses.replace(images, fingerprint=fingerprint_of(images))
    train, test = split(known, len(known) // 5)
    return with_validation(train, dataclasses.replace(test, name=f"{images.name} test"))


def fingerprint_of(images: LabelledImages) -> str:
    """Of all pixels and labels: a run must be resumed with the data that it began with."""
    digest = hashlib.sha256(images.images.contiguous().numpy().data)
    digest.update(images.labels.contiguous().numpy().data)
    return digest.hexdigest()[:8]
