"""What runs keep, as files for other tools: tables (CSV) or arrays (NPZ)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from saccade.command_line import warn
from saccade.disk import check_output, write_atomically
from saccade.runs import RunDirectory, RunError, read_metrics

from .predictor import write_table


class Kind(StrEnum):
    """A format of files."""

    CSV = "csv"
    NPZ = "npz"


@dataclass(frozen=True)
class Exported:
    """One thing that a run kept; it becomes one file.

    Args:
        name: of the file, without suffix.
        arrays: by name, for NPZ.
        head: names of the columns, for CSV.
        rows: makes the rows; called when they are written.
    """

    name: str
    arrays: Mapping[str, npt.NDArray[Any]]
    head: Sequence[str]
    rows: Callable[[], Iterable[Sequence[Any]]]

    def write(self, folder: Path, kind: Kind) -> Path:
        """Write it into a folder and return the file.

        Raises:
            RunError: no space, or not writable.
        """
        path = folder / f"{self.name}.{kind}"
        if kind is Kind.CSV:
            return write_table(path, self.head, self.rows())

        def write(temporary: Path) -> None:
            with temporary.open("wb") as file:  # a file, as numpy adds a suffix to a name
                np.savez_compressed(file, **self.arrays)  # type: ignore[arg-type]  # numpy's stub takes a bool among them

        write_atomically(path, write)
        return path


def digits(values: Iterable[float]) -> list[str]:
    """Numbers of half precision with the four digits that they have at most."""
    return [f"{value:.4g}" for value in values]


T = TypeVar("T")


def undamaged(found: T | None, trouble: str | None) -> T | None:
    """What was loaded of a file that a run keeps; None where it has kept none yet.

    Raises:
        RunError: the file is damaged; `trouble` says how.
    """
    if found is None and trouble is not None:
        raise RunError(trouble.removesuffix("."))
    return found


Export = Callable[[RunDirectory], Sequence[Exported]]


def exported(run: RunDirectory, more: Export | None) -> list[Exported]:
    """What a run has kept so far: its metrics, and what its recipe's `export` says.

    Raises:
        RunError: nothing yet; or a file is damaged.
    """
    found = [*metrics(run), *(more(run) if more is not None else ())]
    if not found:
        raise RunError(
            f"{run.folder} has kept nothing yet: there is something to export once it has trained for a while"
        )
    return found


def metrics(run: RunDirectory) -> list[Exported]:
    """The rows of `metrics.jsonl`; what was not measured in a row is empty, in arrays NaN."""
    rows = read_metrics(run.folder)
    if not rows:
        return []
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: np.array([row.get(name) for row in rows], np.float64) for name in names}
    columns["seen"] = columns["seen"].astype(np.int64)
    return [Exported("metrics", columns, names, lambda: ([row.get(name) for name in names] for row in rows))]


def write_all(found: Mapping[Path, Sequence[Exported]], kind: Kind, force: bool) -> list[Path]:
    """Write what runs have kept, each into its folder; a run is left out, with a line about it, where a file is in the way.

    Raises:
        RunError: in every folder there is a file already, and `force` is not given; no space, or not writable.
    """
    free, taken = dict[Path, Sequence[Exported]](), list[RunError]()
    for folder, each in found.items():
        try:
            for one in each:
                check_output(folder / f"{one.name}.{kind}", force)
        except RunError as error:
            taken.append(error)
        else:
            free[folder] = each
    if taken and not free:
        raise taken[0]
    warn([f"a run is left out: {error}" for error in taken])
    return [one.write(folder, kind) for folder, each in free.items() for one in each]
