"""Metrics of a run: a plain file, one JSON object a line, and TensorBoard beside it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import TracebackType
from typing import Self

from torch.utils.tensorboard import SummaryWriter

from .disk import RunError, write_text

FILE = "metrics.jsonl"


class MetricsLog:
    """Appends to `metrics.jsonl` and to TensorBoard event files; a context manager.

    Args:
        folder: the run directory.
        since: drop what an unfinished run wrote after this step (it will be written again).
    """

    def __init__(self, folder: Path, since: int = 0) -> None:
        self._path = folder / FILE
        kept = [row for row in read_metrics(folder) if row["images"] <= since]
        write_text(self._path, "".join(json.dumps(row) + "\n" for row in kept))
        self._file = self._path.open("a", encoding="utf-8")
        self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=since + 1 if since else None)

    def write(self, images: int, values: dict[str, float]) -> None:
        """Write values measured after `images` images.

        Raises:
            RunError: the disk is full.
        """
        row = {"images": images, **{k: v if math.isfinite(v) else None for k, v in values.items()}}
        try:
            self._file.write(json.dumps(row) + "\n")
            self._file.flush()
            for name, value in values.items():
                self._board.add_scalar(name, value, images)
        except OSError as error:
            raise RunError(f"cannot write {self._path}: {error}; make room and resume the run") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._board.close()


def read_metrics(folder: Path) -> list[dict[str, float]]:
    """All rows of a run's metrics; a last line cut short by a crash is left out."""
    path = folder / FILE
    if not path.exists():
        return []
    rows: list[dict[str, float]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            break
    return rows
