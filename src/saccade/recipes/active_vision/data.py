"""The digits that systems classify, in three parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from saccade.training.data import Splits, with_validation
from saccade.worlds import LabelledImages, load_mnist, load_or_fallback, scikit_digits

MNIST_HELP = "Folder that holds mnist/; default: SACCADE_DATA, the cache, a download."


def unwatched(_: float) -> None:
    """Watch nothing."""


def open_digits(
    path: str | None, settings: Any = None, watch: Callable[[float], None] = unwatched
) -> Splits[LabelledImages]:
    """Open MNIST (or, with no network at all, scikit-learn's digits) and split it; the same for all settings.

    Raises:
        DataError: files are damaged, or are not where they were said to be.
    """
    train, notice = load_or_fallback("train", path)
    test = scikit_digits("test") if notice else load_mnist("test", path)
    return with_validation(train, test, notice)


def blank(_: Any = None) -> LabelledImages:
    """One blank image of a digit's size, to draw a graph around."""
    image, label = torch.zeros(1, 28, 28, dtype=torch.uint8), torch.zeros(1, dtype=torch.int64)
    return LabelledImages(image, label, "a blank image")
