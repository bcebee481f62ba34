"""What watches a run from inside, and may stop it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """A row of metrics, as it is written to `metrics.jsonl`."""

    folder: Path  # of the run
    seed: int
    seen: int  # images, episodes or decisions so far
    total: int
    values: Mapping[str, float]  # by name


Callback = Callable[
    [Row], bool | None
]  # called at every row of metrics, in the process that trains; True stops the training
