"""Downloads with mirrors, checksums and a progress bar."""

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

from .files import DataError, Unreachable

TIMEOUT = 10.0  # seconds to connect, and between two pieces of an answer
CHUNK = 1 << 16


class _MirrorFailed(Exception):
    """One mirror did not deliver; the message is the reason."""


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
