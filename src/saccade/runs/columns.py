"""Arrays on disk whose space is allocated as they are filled, and which outlive the process."""

from __future__ import annotations

import errno
import json
import mmap
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from saccade.disk import RunError, write_text

_CHUNK = 2**26  # bytes, about, that are allocated at once
_HEADER = "columns.json"


@dataclass(frozen=True)
class Column:
    """One array of a set: what a row of it holds."""

    name: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return int(np.dtype(self.dtype).itemsize * np.prod(self.shape, dtype=np.int64))


class DiskColumns:
    """Arrays of equally many rows, in one file each; or in memory.

    A file has its full length from the beginning, but takes room on the disk only up to the rows that were reserved: a full disk is
    reported before it is written to, where a memory map would end the process.

    Args:
        folder: where; None: in memory, for a process that needs nothing to stay.
        rows: of every array.
        columns: the arrays.
        about: what they are of; other arrays are refused.

    Raises:
        RunError: no space, or the folder holds other arrays, or files that were cut short.
    """

    def __init__(self, folder: Path | None, rows: int, columns: Sequence[Column], about: str) -> None:
        self.folder, self.rows = folder, rows
        self._columns = tuple(columns)
        self._reserved = 0
        self.arrays: dict[str, npt.NDArray[Any]] = {}
        if folder is not None:
            self._claim(folder, about)
        for column in columns:
            shape = (rows, *column.shape)
            if folder is None:
                self.arrays[column.name] = np.zeros(shape, column.dtype)
            else:
                self.arrays[column.name] = self._mapped(folder / f"{column.name}.bin", shape, column.dtype)

    def reserve(self, rows: int) -> None:
        """Allocate space for so many rows.

        Raises:
            RunError: the disk is full; what was written stays.
        """
        if rows <= self._reserved or self.folder is None:
            return
        step = max(1, _CHUNK // max(column.row_bytes for column in self._columns))
        upto = min(self.rows, max(rows, self._reserved + step))
        asked = (upto - self._reserved) * sum(column.row_bytes for column in self._columns)
        for column in self._columns:
            path = self.folder / f"{column.name}.bin"
            with _as_run_error(path, asked), path.open("r+b") as file:
                _allocate(file.fileno(), self._reserved * column.row_bytes, upto * column.row_bytes)
        self._reserved = upto

    def flush(self) -> None:
        """Write to the disk what is in memory still."""
        for array in self.arrays.values():
            if isinstance(array, np.memmap):
                array.flush()

    def _claim(self, folder: Path, about: str) -> None:
        header = {
            "about": about,
            "rows": self.rows,
            "columns": [[c.name, list(c.shape), c.dtype] for c in self._columns],
        }
        path = folder / _HEADER
        if not path.exists():
            for column in self._columns:
                (folder / f"{column.name}.bin").unlink(missing_ok=True)  # half made
            folder.mkdir(parents=True, exist_ok=True)
            for column in self._columns:
                file = folder / f"{column.name}.bin"
                with _as_run_error(file), file.open("wb") as made:
                    made.truncate(self.rows * column.row_bytes)
            write_text(path, json.dumps(header, indent=1) + "\n")
            return
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(f"{path} cannot be read ({error}): copy the folder again, or train anew") from error
        if found != header:
            have, want = (_described(each) for each in (found, header))
            raise RunError(f"{folder} stores {have}, where {want} is asked for: it is of another run")
        for column in self._columns:
            file = folder / f"{column.name}.bin"
            size, whole = file.stat().st_size if file.exists() else 0, self.rows * column.row_bytes
            if size != whole:
                what = f"has {size:,} bytes of {whole:,}: it was cut short" if file.exists() else "is missing"
                raise RunError(f"{file} {what}; copy it again, or train anew")

    @staticmethod
    def _mapped(path: Path, shape: tuple[int, ...], dtype: str) -> npt.NDArray[Any]:
        with _as_run_error(path):
            array = np.memmap(path, dtype, "r+", shape=shape)
        held = getattr(array, "_mmap", None)
        if held is not None and hasattr(mmap, "MADV_RANDOM"):
            held.madvise(mmap.MADV_RANDOM)  # it is read at random places: no read-ahead
        return array


def has_columns(folder: Path) -> bool:
    """Whether the folder holds arrays that were made to the end."""
    return (folder / _HEADER).exists()


def _described(header: Any) -> str:
    if not isinstance(header, dict):
        return "something else"
    shapes = ", ".join(f"{name} {dtype}{shape}" for name, shape, dtype in header.get("columns", []))
    return f"{header.get('rows')} rows ({shapes}) of {header.get('about')}"


def _allocate(handle: int, begin: int, end: int) -> None:
    if hasattr(os, "posix_fallocate"):  # elsewhere there is no way to ask without overwriting what may be there
        os.posix_fallocate(handle, begin, end - begin)


@contextmanager
def _as_run_error(path: Path, asked: int = 0) -> Iterator[None]:
    """An error of the system, when so many bytes were asked for, as one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise RunError(
                f"{path} may not become as large as it must: raise the limit (ulimit -f), or take another disk"
            ) from error
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            free = f"{shutil.disk_usage(path.parent).free // 2**20} MiB free"
            wanted = f"{-(-asked // 2**20)} MiB more are needed, " if asked else ""
            raise RunError(
                f"no space left for {path} ({wanted}{free}): make room and resume the run, or train anew with a smaller --buffer"
            ) from error
        raise RunError(f"cannot write {path}: {error}") from error
