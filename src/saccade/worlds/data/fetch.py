"""Downloads with mirrors, checksums and a progress bar, and the errors of data that is missing or damaged."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

TIMEOUT = 10.0  # seconds to connect, and between two pieces of an answer
CHUNK = 1 << 16


class DataError(RuntimeError):
    """A data file is missing, damaged or cannot be written; the message names it, the value and the fix."""


class Unreachable(DataError):
    """The data is nowhere on this machine and cannot be downloaded."""


class _MirrorFailed(Exception):
    """One mirror did not deliver; the message is the reason."""


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


def download(urls: Sequence[str], target: Path, sha256: str, label: str) -> None:
    """Fetch one file from the first of `urls` that delivers it with the right checksum.

    The file is written next to `target` under another name and moved at the end, so `target` is
    always whole, or as it was. A progress bar named `label` is shown on standard error.

    Raises:
        Unreachable: no mirror delivered the file; the message gives each one's reason.
        DataError: the file cannot be written (disk full, folder not writable).
    """
    part = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    reasons: list[str] = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _progress() as progress:
            for url in urls:
                try:
                    _copy(url, part, sha256, progress, label)
                    part.replace(target)
                    return
                except _MirrorFailed as failure:
                    reasons.append(f"{url} ({failure})")
    except OSError as error:
        raise _write_error(error, target) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    raise Unreachable(
        f"{target.name} could not be downloaded from {', '.join(reasons)}: get it yourself from one of these "
        f"addresses and place it in {target.parent} (its SHA-256 is {sha256})"
    )


def _copy(url: str, part: Path, sha256: str, progress: Progress, label: str) -> None:
    digest, received = hashlib.sha256(), 0
    task = progress.add_task(label, total=None)
    try:
        with _opened(url) as response, part.open("wb") as file:
            length = response.headers.get("Content-Length") or ""
            total = int(length) if length.isdecimal() else None
            while piece := _piece(response):
                file.write(piece)
                digest.update(piece)
                received += len(piece)
                progress.update(task, completed=received, total=total)
    finally:
        progress.remove_task(task)
    if total is not None and received < total:
        raise _MirrorFailed(f"the connection closed after {received} of {total} bytes")
    if digest.hexdigest() != sha256:
        raise _MirrorFailed(f"the file there has SHA-256 {digest.hexdigest()} instead of {sha256}")


def _opened(url: str) -> Any:
    with _network_errors():
        return urlopen(Request(url, headers={"User-Agent": "saccade"}), timeout=TIMEOUT)


def _piece(response: Any) -> bytes:
    with _network_errors():
        piece: bytes = response.read(CHUNK)
        return piece


@contextmanager
def _network_errors() -> Iterator[None]:
    """Distinguish failures of the mirror from failures of the disk: both are `OSError`."""
    try:
        yield
    except HTTPError as error:
        error.close()
        raise _MirrorFailed(f"HTTP {error.code} {error.reason}") from error
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)  # URLError wraps the socket's own error
        if isinstance(reason, TimeoutError):
            raise _MirrorFailed(f"no answer within {TIMEOUT:g} s") from error
        raise _MirrorFailed(getattr(reason, "strerror", None) or str(reason) or type(reason).__name__) from error


def _progress() -> Progress:
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    return Progress(TextColumn("{task.description}"), *columns, console=Console(stderr=True), transient=True)


def _write_error(error: OSError, target: Path) -> DataError:
    folder = target.parent
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        what = f"{target} cannot be written ({error.strerror or error})"
        return DataError(f"{what}: make {folder} writable, or set XDG_CACHE_HOME to a folder that is")
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(existing).free
    return DataError(
        f"the disk is full: {folder} has {free / 1e6:.1f} MB free, too little for {target.name}; "
        "make room there, or set XDG_CACHE_HOME to a folder on another disk"
    )
