"""Metrics of a run: a plain file, one JSON object a line, and TensorBoard event files."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from saccade.disk import RunError, write_text

from .entries import is_number, shown

FILE = "metrics.jsonl"


class MetricsLog:
    """Appends to `metrics.jsonl` and to TensorBoard event files; a context manager.

    Args:
        folder: the run directory.
        since: drop what an unfinished run wrote after this step (it will be written again); 0: all that it wrote.

    Raises:
        RunError: the disk is full, or the folder cannot be written.
    """

    def __init__(self, folder: Path, since: int = 0) -> None:
        self._path = folder / FILE
        kept = [row for row in read_metrics(folder) if row["seen"] <= since and since]
        write_text(self._path, "".join(json.dumps(row) + "\n" for row in kept))
        from .event_file import EventFile  # tensorboard is slow to import, and wanted where something is trained only

        with _as_run_error(self._path):
            self._board = EventFile(folder / "tensorboard", since)
            self._file = self._path.open("a", encoding="utf-8")

    def write(self, seen: int, values: Mapping[str, float]) -> None:
        """Write values measured after so many images, episodes or decisions.

        Raises:
            RunError: the disk is full.
        """
        row = {"seen": seen, **{k: v if math.isfinite(v) else None for k, v in values.items()}}
        with _as_run_error(self._path):
            self._file.write(json.dumps(row) + "\n")
            self._file.flush()
            self._board.write(seen, values)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _as_run_error(self._path):
            self._file.close()


def read_metrics(folder: Path) -> list[dict[str, float]]:
    """All rows of a run's metrics; what follows a line cut short by a crash is left out.

    Raises:
        RunError: the file cannot be read, or a value is not a number.
    """
    path = folder / FILE
    if not path.exists():
        return []
    rows: list[dict[str, float]] = []
    with _as_run_error(path, "read"):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            break
        if not isinstance(row, dict) or "seen" not in row:
            break
        for name, value in row.items():
            if not is_number(value) and (name == "seen" or value is not None):
                raise RunError(
                    f"{path}, line {number}: {name} is {shown(value)}, it must be a finite number: correct the line or take it away"
                )
        rows.append(row)
    return rows


@contextmanager
def _as_run_error(path: Path, action: str = "write") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        mend = "make room and resume the run" if action == "write" else "make it readable"
        raise RunError(f"cannot {action} {path}: {error}; {mend}") from error
