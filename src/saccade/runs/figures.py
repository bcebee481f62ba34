"""Figures as files: every number that the project claims is one JSON under `results/`."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from saccade.disk import RunError, write_text

from .entries import NUMBER, NUMBER_OR_NULL, NUMBERS, TABLE, TEXT, check_entries
from .intervals import Interval, mean_interval
from .old_names import range_and_images, renamed_figure
from .rundir import commit, versions

_ENTRIES = {
    "id": TEXT, "value": NUMBER, "low": NUMBER_OR_NULL, "high": NUMBER_OR_NULL, "values": NUMBERS, "about": TABLE, "baselines": TABLE,
}  # fmt: skip
_MEND = "take it away, the command that it names makes it anew"


@dataclass(frozen=True)
class Published:
    """A published figure: where it stands, its value on test data, and that on training data, where the source gives it."""

    name: str
    value: float
    training: float | None = None


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    `values` has one entry per seed or repetition; `baselines` what it is compared with (for a ratio,
    both absolute values). `range` of the quantity and `test_images` that it was counted on (0: it is no proportion) are
    those of `intervals.mean_interval`.
    """

    id: str
    values: Sequence[float]
    unit: str
    better: str
    setup: str
    command: str
    seconds: float
    range: tuple[float | None, float | None] = (None, None)
    test_images: int = 0
    seeds: Sequence[int] = ()
    source: Published | None = None
    baselines: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)  # what was measured along with it
    commit: str = field(default_factory=commit)  # of the code that made the numbers


def write_figure(folder: Path, figure: Figure) -> Path:
    """Write `<folder>/<id>.json` and return its path."""
    own = asdict(figure)
    del own["id"], own["test_images"], own["range"]
    if own["source"] and own["source"]["training"] is None:
        del own["source"]["training"]
    content = {
        "id": figure.id,
        "value": float(np.mean(figure.values)),
        **interval_entries(figure.values, figure.range, figure.test_images),
        **own,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine_kind(),
        "versions": versions(),
    }
    path = folder / f"{figure.id}.json"
    write_text(path, json.dumps(content, indent=1) + "\n")
    return path


def interval_entries(
    values: Sequence[float], range_: tuple[float | None, float | None], test_images: int
) -> dict[str, Any]:
    """The entries of a figure about its interval; `low` and `high` are null with one value."""
    low, high = mean_interval(values, low=range_[0], high=range_[1], test_images=test_images) or (None, None)
    method = {"method": "Student's t, 95%", "range": list(range_), "test_images": test_images}
    return {"low": low, "high": high, "interval": method}


def interval_of(figure: Mapping[str, Any]) -> Interval | None:
    """The interval of a figure that was read; None with one value."""
    return None if figure["low"] is None or figure["high"] is None else (figure["low"], figure["high"])


def read_figures(folder: Path) -> dict[str, dict[str, Any]]:
    """All figures under a folder, by id.

    Raises:
        RunError: a file is damaged, or is no figure.
    """
    figures = {}
    for path in sorted(folder.rglob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            id_ = content["id"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise RunError(f"{path} is not a figure ({type(error).__name__}: {error}): take it away") from error
        there = {name: kind for name, kind in _ENTRIES.items() if name in content}
        check_entries(path, content, there, _MEND)
        if "interval" not in content and "values" in content:
            content |= interval_entries(content["values"], *range_and_images(str(content.get("unit"))))
        figures[id_] = renamed_figure(content)
    return figures


def check_figure(path: Path, figure: Mapping[str, Any]) -> None:
    """Refuse a figure without what a table shows of it.

    Raises:
        RunError: naming what is missing.
    """
    check_entries(path, figure, _ENTRIES, _MEND)


def machine_kind() -> str:
    """Such as `2-core x86_64 CPU`: what kind of machine, not which."""
    return f"{os.cpu_count()}-core {platform.machine()} CPU"
