"""Published figures: mean intersection over union of the CutOutRL report, on its own pictures of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saccade.runs import Published

_REPORT = "CutOutRL report"
STALL = Published(f"{_REPORT}, where it stalls, its own pictures of people", 0.8)


def experiment(iou: float | None) -> Published | None:
    """A figure of the report's experiments; None where it gives none."""
    if iou is None:
        return None
    return Published(f"{_REPORT}, section 4.3.2, its own pictures of people", iou)


def published(recipe: str, _: Mapping[str, Any]) -> Published | None:
    """Where the report's agent stalls, whatever the settings."""
    return STALL if recipe == "cutout" else None
