"""Where data files are kept, whether they are whole, and the errors of those that are missing or damaged."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


class DataError(RuntimeError):
    """A data file is missing, damaged or cannot be written; the message names it, the value and the fix."""


class Unreachable(DataError):
    """The data is nowhere on this machine and cannot be downloaded."""


def cache_folder(name: str) -> Path:
    """`$XDG_CACHE_HOME/saccade/<name>`, or `~/.cache/saccade/<name>` (not created).

    Raises:
        DataError: the variable is not set and the user has no home folder.
    """
    root = os.environ.get("XDG_CACHE_HOME", "")
    if root and Path(root).is_absolute():  # relative paths are to be ignored, says the XDG specification
        return Path(root) / "saccade" / name
    try:
        return Path.home() / ".cache" / "saccade" / name
    except RuntimeError as error:
        raise DataError(f"no home folder to keep {name} in: set XDG_CACHE_HOME to a folder for caches") from error


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, 64 lower-case hexadecimal digits.

    Raises:
        DataError: the file is missing or unreadable.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check that it exists and is yours") from error


def is_file(path: Path) -> bool:
    """Whether there is a file; `path` may lie in a folder that does not exist.

    Raises:
        DataError: the folder may not be searched.
    """
    try:
        return path.is_file()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check that its folder is yours") from error
