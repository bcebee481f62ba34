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

from .disk import RunError, write_text
from .entries import NUMBER, NUMBERS, TABLE, TEXT, check_entries
from .old_names import renamed_figure
from .rundir import commit, versions

_ENTRIES = {
    "id": TEXT, "value": NUMBER, "low": NUMBER, "high": NUMBER, "values": NUMBERS, "about": TABLE, "baselines": TABLE,
}  # fmt: skip
_MEND = "take it away, the command that it names makes it anew"


@dataclass(frozen=True)
class Published:
    """A published figure: where it stands, and its value."""

    name: str
    value: float


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    `values` has one entry per seed or repetition; `baselines` what it is compared with (for a ratio,
    both absolute values).
    """

    id: str
    values: Sequence[float]
    unit: str
    better: str
    setup: str
    command: str
    seconds: float
    seeds: Sequence[int] = ()
    source: Published | None = None
    baselines: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)  # what was measured along with it
    commit: str = field(default_factory=commit)  # of the code that made the numbers


def bootstrap(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean over seeds; the value itself for a single one."""
    data = np.asarray(values, dtype=float)
    if len(data) < 2 or bool((data == data[0]).all()):
        return float(data.min()), float(data.max())
    from scipy import stats  # a third of the command's start, which most commands do not need

    rng = np.random.default_rng(0)
    interval = stats.bootstrap((data,), np.mean, confidence_level=confidence, method="percentile", rng=rng)
    return float(interval.confidence_interval.low), float(interval.confidence_interval.high)


def write_figure(folder: Path, figure: Figure) -> Path:
    """Write `<folder>/<id>.json` and return its path."""
    low, high = bootstrap(figure.values)
    content = {
        "id": figure.id,
        "value": float(np.mean(figure.values)),
        "low": low,
        "high": high,
        **{key: value for key, value in asdict(figure).items() if key != "id"},
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine_kind(),
        "versions": versions(),
    }
    path = folder / f"{figure.id}.json"
    write_text(path, json.dumps(content, indent=1) + "\n")
    return path


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
