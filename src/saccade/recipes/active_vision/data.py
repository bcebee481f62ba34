"""Data, parted: images to train on, to choose settings by, and to report on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from saccade.worlds import DataError, LabelledImages, load_mnist, load_or_fallback, scikit_digits
from saccade.worlds.digits import split


@dataclass(frozen=True)
class DataSplits:
    """Images to train on, to choose settings by, and to report on; never the same twice."""

    train: LabelledImages
    validation: LabelledImages
    test: LabelledImages
    notice: str | None = None


def unwatched(_: float) -> None:
    """Watch nothing."""


def open_digits(path: str | None, settings: Any = None, watch: Callable[[float], None] = unwatched) -> DataSplits:
    """Open MNIST (or, with no network at all, scikit-learn's digits) and part it; the same for all settings.

    Raises:
        DataError: files are damaged, or are not where they were said to be.
    """
    train, notice = load_or_fallback("train", path)
    test = scikit_digits("test") if notice else load_mnist("test", path)
    return part(train, test, notice)


def blank(_: Any = None) -> LabelledImages:
    """One blank image of a digit's size, to draw a graph around."""
    image, label = torch.zeros(1, 28, 28, dtype=torch.uint8), torch.zeros(1, dtype=torch.int64)
    return LabelledImages(image, label, "a blank image")


def part(train: LabelledImages, test: LabelledImages, notice: str | None = None) -> DataSplits:
    """Keep a twelfth of the training images for validation.

    Raises:
        DataError: there are too few.
    """
    if len(train.images) < 12:
        raise DataError(f"{train.name}: {len(train.images)} images are too few, a twelfth is kept for validation")
    kept, validation = split(train, len(train.images) // 12)
    return DataSplits(kept, validation, dataclasses.replace(test, training=kept), notice)
