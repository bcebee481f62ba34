"""Every stroke on every test image, for other tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from saccade.runs import RunDirectory
from saccade.training.export import Exported, undamaged

from .episodes_file import Games, load_games

_HEAD = ("image", "step", "iou", "object_y", "object_x", "ground_y", "ground_x")


def export(run: RunDirectory) -> list[Exported]:
    """The games that a run kept; none before its test.

    Raises:
        RunError: the file is damaged.
    """
    games = undamaged(*load_games(run.folder))
    if games is None:
        return []
    arrays: dict[str, Any] = {
        "iou": games.iou.astype(np.float32),
        "pens": games.pens.astype(np.int16),
        "kept": games.kept,
        "images": games.images,
        "ground_truths": games.ground_truths,
        "masks": games.masks,
    }
    return [Exported("games", arrays, _HEAD, lambda: _rows(games))]


def _rows(games: Games) -> Iterator[list[Any]]:
    """Image by image, and of each step by step; step 0 is before the first."""
    for image in range(games.iou.shape[1]):
        for step, iou in enumerate(games.iou[:, image]):
            yield [image, step, f"{iou:.4f}", *games.pens[step, image].flatten().tolist()]
