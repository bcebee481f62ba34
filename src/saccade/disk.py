"""Writing files so that a crash at any time leaves the old one or the new one, whole, and that nothing of the user's is replaced unasked."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path


class RunError(RuntimeError):
    """A run directory cannot be written or read; one sentence that names the file and the fix."""


def check_reachable(path: Path) -> None:
    """Refuse a path that the system cannot look up; there may be nothing at it.

    Raises:
        RunError: its name is too long, say, or a folder on its way, or itself, may not be entered.
    """
    try:
        os.stat(os.path.join(path, "."))  # with the dot a folder's own permission counts, too  # noqa: PTH116, PTH118
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a null character, which no name has
        return
    except OSError as error:
        raise RunError(f"{path} cannot be reached ({error.strerror}): {mend_of(error)}") from error


def mend_of(error: BaseException) -> str:
    """What helps where a path cannot be read or written, in a few words."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENAMETOOLONG:
        return "choose a shorter name"
    if number in (errno.EACCES, errno.EPERM):
        return "change its permissions, or name another place"
    return "name another place"


def check_output(path: Path, force: bool = False, inputs: Iterable[Path] = ()) -> None:
    """Refuse to write where there is a file already.

    Args:
        path: that someone named, or that lies outside of run folders.
        force: replace it.
        inputs: what is read to make it, and is never replaced.

    Raises:
        RunError: there is something, and it is no file or must not be replaced; or the path cannot be reached.
    """
    check_reachable(path)
    if path.resolve() in {each.resolve() for each in inputs}:  # also by force, which it would be wrong to advise
        raise RunError(
            f"{path} would be replaced by what is made of it: write to another folder, or under another name"
        )
    if path.is_dir():
        raise RunError(f"{path} is a folder: name a file in it")
    if (path.exists() or path.is_symlink()) and not force:  # also a link to nothing
        raise RunError(f"{path} exists: name another file, or replace it by --force (in Python force=True)")


def write_atomically(
    path: Path, write: Callable[[Path], None], keep: Path | None = None, exclusively: bool = False
) -> None:
    """Call `write` with a temporary file next to `path`, flush it to the disk, and rename it.

    What was at `path` goes to `keep` just before, if that is given; `exclusively`: nothing may be there.

    Raises:
        RunError: the disk is full, or the folder cannot be written. What was there stays.
        FileExistsError: `exclusively`, and there is a file, perhaps since just now.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        temporary = Path(name)
        write(temporary)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o644)
        if keep is not None and path.exists():
            path.replace(keep)
        if exclusively:
            _put_exclusively(temporary, path)
        else:
            temporary.replace(path)
    except BaseException as error:  # also on KeyboardInterrupt
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        if exclusively and isinstance(error, FileExistsError):
            raise
        cause = error if isinstance(error, OSError) else error.__cause__ or error.__context__
        full = isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT)
        if full or "No space left" in str(error):
            free = shutil.disk_usage(path.parent if path.parent.exists() else Path.cwd()).free // 2**20
            raise RunError(f"no space left to write {path} ({free} MiB free): make room and resume the run") from error
        if isinstance(error, OSError) or "SafetensorError" in type(error).__name__:
            raise RunError(f"cannot write {path} ({error}): {mend_of(error)}") from error
        raise


def _put_exclusively(temporary: Path, path: Path) -> None:
    """Rename a file to where nothing may be.

    Raises:
        FileExistsError: there is something, perhaps since just now.
    """
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # no hard links, as on FAT and some network drives: an empty file holds the place
        path.touch(exist_ok=False)
        temporary.replace(path)
    else:
        temporary.unlink()


def write_text(path: Path, text: str, exclusively: bool = False) -> None:
    """Write a text file atomically; see `write_atomically`."""

    def write(temporary: Path) -> None:
        temporary.write_text(text, encoding="utf-8")

    write_atomically(path, write, exclusively=exclusively)
