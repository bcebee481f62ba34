import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from saccade.disk import check_output, check_reachable, write_atomically, write_text
from saccade.runs import RunError

TOO_LONG = "x" * 300


def full(_: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_it_writes_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "file.txt"
    write_text(path, "old ü\n")
    write_text(path, "new\n")
    assert path.read_text() == "new\n" and list(path.parent.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt()])
def test_what_was_there_stays_when_writing_fails(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "file.txt"
    write_text(path, "old")

    def write(temporary: Path) -> None:
        temporary.write_text("ne")
        raise error

    with pytest.raises(type(error)):
        write_atomically(path, write)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_text(path, "old")
    with pytest.raises(RunError, match=r"no space left to write .*file\.txt \(\d+ MiB free\): make room and resume"):
        write_atomically(path, full)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match=r"cannot write .*deep\.txt"):
        write_text(tmp_path / "file" / "deep.txt", "text")


@pytest.mark.parametrize("links", [True, False])
def test_exclusively(links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if not links:  # as on a FAT drive
        monkeypatch.setattr(os, "link", refuse)
    write_text(tmp_path / "a", "first", exclusively=True)
    with pytest.raises(FileExistsError):
        write_text(tmp_path / "a", "second", exclusively=True)
    assert (tmp_path / "a").read_text() == "first" and [path.name for path in tmp_path.iterdir()] == ["a"]


def test_of_two_that_write_at_once_one_wins_without_links_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path, path: Path) -> None:
        path.write_text("the other's")
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(FileExistsError):
        write_text(tmp_path / "a", "mine", exclusively=True)
    assert (tmp_path / "a").read_text() == "the other's" and [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_can_be_reached(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path, tmp_path / "file", tmp_path / "new", tmp_path / "file" / "below", Path("new")):
        check_reachable(path)


def test_what_cannot_be_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path, message in (
        (tmp_path / TOO_LONG, rf"{TOO_LONG} cannot be reached \(File name too long\): choose a shorter name"),
        (tmp_path / "loop", r"loop cannot be reached \(Too many levels of symbolic links\): name another place"),
    ):
        with pytest.raises(RunError, match=message):
            check_reachable(path)
        with pytest.raises(RunError, match=message):
            check_output(path, force=True)
    with pytest.raises(RunError, match=r"cannot write .*too long.*\): choose a shorter name"):
        write_text(tmp_path / TOO_LONG, "text")
    forbid(monkeypatch, tmp_path)
    for path in (tmp_path, tmp_path / "run"):
        with pytest.raises(
            RunError,
            match=rf"{path} cannot be reached \(Permission denied\): change its permissions, or name another place",
        ):
            check_reachable(path)


def forbid(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """As if this user may not enter a folder: permissions do not bind root, who may run the tests."""
    stat_of = os.stat

    def refuse(path: str, *more: Any, **options: Any) -> os.stat_result:
        if Path(path).is_relative_to(folder):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return stat_of(path, *more, **options)

    monkeypatch.setattr(os, "stat", refuse)


def test_outputs(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    check_output(tmp_path / "new")
    check_output(tmp_path / "there", force=True)
    with pytest.raises(
        RunError, match=r"there exists: name another file, or replace it by --force \(in Python force=True\)"
    ):
        check_output(tmp_path / "there")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    with pytest.raises(RunError, match=r"link would be replaced by what is made of it: write .* under another name"):
        check_output(tmp_path / "link", force=True, inputs=[tmp_path / "there"])
    with pytest.raises(RunError, match="is a folder: name a file in it"):
        check_output(tmp_path, force=True)
