"""Every fixation on every test image, for other tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from saccade.runs import RunDirectory
from saccade.training.export import Exported, digits, undamaged

from .report.looks_file import Looks, load_looks


def export(run: RunDirectory) -> list[Exported]:
    """The fixations that a run kept; none before its test.

    Raises:
        RunError: the file is damaged.
    """
    looks = undamaged(*load_looks(run.folder))
    if looks is None:
        return []
    arrays: dict[str, Any] = {
        "places": looks.places.astype(np.float32),
        "pixels": looks.pixels.astype(np.float32),
        "probabilities": looks.probabilities.astype(np.float32),
        "labels": looks.labels,
        "answers": looks.answers,
        "classes": np.array(looks.classes),
        "images": looks.images,
        "patches": looks.patches,
        "centres": None if looks.centres is None else looks.centres.astype(np.float32),
    }
    head = ["image", "fixation", "x", "y", "x_pixels", "y_pixels", *(f"p_{name}" for name in looks.classes)]
    head += ["label", "class", *(("centre_x", "centre_y") if looks.centres is not None else ())]
    there = {name: value for name, value in arrays.items() if value is not None}
    return [Exported("looks", there, head, lambda: _rows(looks))]


def _rows(looks: Looks) -> Iterator[list[Any]]:
    """Image by image, and of each fixation by fixation."""
    pixels, answers = looks.pixels, looks.answers
    for image, label in enumerate(looks.labels):
        ends = [looks.classes[label], looks.classes[answers[image]]]
        if looks.centres is not None:
            ends += digits(looks.centres[image])
        for t in range(len(looks.places)):
            numbers = (*looks.places[t, image], *pixels[t, image], *looks.probabilities[t, image])
            yield [image, t + 1, *digits(numbers), *ends]
