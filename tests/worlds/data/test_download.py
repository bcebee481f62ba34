import errno
import hashlib
import io
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from saccade.worlds.data import download as module
from saccade.worlds.data.download import download
from saccade.worlds.data.files import DataError, Unreachable, cache_folder, is_file, sha256_of

GOOD = bytes(range(256)) * 1000
SHA = hashlib.sha256(GOOD).hexdigest()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Handler(BaseHTTPRequestHandler):
    """/good: the file; /bad: another; /short: half of it; /chunked: no length; else 404."""

    asked: list[str]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = {"/good": GOOD, "/bad": b"<html>log in</html>", "/short": GOOD[:1000], "/chunked": b""}.get(self.path)
        self.send_response(200 if body is not None else 404)
        self.send_header("Connection", "close")
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(GOOD) if self.path == "/short" else len(body or b"")))
        self.end_headers()
        self.wfile.write(b"3\r\nab" if self.path == "/chunked" else body or b"")
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "*")
    Handler.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def test_downloads_into_a_new_folder(server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "new" / "folder" / "file"
    download([f"{server}/good", f"{server}/other"], target, SHA, "file")
    assert target.read_bytes() == GOOD and sha256_of(target) == SHA
    assert Handler.asked == ["/good"] and names(target.parent) == ["file"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("first", ["bad", "short", "chunked", "missing"])
def test_falls_back_to_the_next_mirror(server: str, tmp_path: Path, first: str) -> None:
    download([f"{server}/{first}", f"{server}/good"], tmp_path / "file", SHA, "file")
    assert (tmp_path / "file").read_bytes() == GOOD and names(tmp_path) == ["file"]
    assert Handler.asked == [f"/{first}", "/good"]


def test_all_failing_names_each_reason_and_keeps_the_old_file(server: str, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}/x"
    (tmp_path / "file").write_bytes(b"as it was")
    urls = [f"{server}/{name}" for name in ("bad", "short", "chunked", "missing")]
    with pytest.raises(Unreachable) as caught:
        download([*urls, nobody, "file:///nowhere/at/all", "nonsense"], tmp_path / "file", SHA, "file")
    message = str(caught.value)
    for part in (
        f"/bad (the file there has SHA-256 {hashlib.sha256(b'<html>log in</html>').hexdigest()} instead of {SHA})",
        f"/short (the connection closed after 1000 of {len(GOOD)} bytes)",
        "/chunked (IncompleteRead",
        "/missing (HTTP 404 Not Found)",
        f"{nobody} (Connection refused)",
        "No such file",
        "unknown url type",
        f"place it in {tmp_path}",
    ):
        assert part in message
    assert (tmp_path / "file").read_bytes() == b"as it was" and names(tmp_path) == ["file"]


def test_silent_mirror_times_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(module, "TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        with pytest.raises(Unreachable, match=r"no answer within 0.1 s"):
            download([url], tmp_path / "file", SHA, "file")


def test_never_half_a_file_under_its_name(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, seen = tmp_path / "file", []
    piece = module._piece

    def interrupted(response: Any) -> bytes:
        seen.append((target.exists(), len(names(tmp_path))))
        if len(seen) == 3:
            raise KeyboardInterrupt
        return piece(response)

    monkeypatch.setattr(module, "_piece", interrupted)
    with pytest.raises(KeyboardInterrupt):
        download([f"{server}/good"], target, SHA, "file")
    assert seen == [(False, 1)] * 3 and names(tmp_path) == []


class FullDisk(io.BytesIO):
    code = errno.ENOSPC

    def write(self, _: Any) -> int:
        raise OSError(self.code, os.strerror(self.code))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_disk_full(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def full(path: Path, mode: str) -> FullDisk:
        path.touch()
        return FullDisk()

    monkeypatch.setattr(FullDisk, "code", code)
    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(DataError, match=rf"the disk is full: {tmp_path} has [\d.]+ MB free.*for file;") as caught:
        download([f"{server}/good", f"{server}/good"], tmp_path / "file", SHA, "file")
    assert not isinstance(caught.value, Unreachable)
    assert names(tmp_path) == [] and Handler.asked == ["/good"]


def test_disk_full_before_the_folder_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(DataError, match="the disk is full"):
        download([], tmp_path / "a" / "b" / "file", SHA, "file")


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DataError, match=r"cannot be written .*: make .*taken writable, or set XDG_CACHE_HOME"):
        download([], tmp_path / "taken" / "file", SHA, "file")


def test_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder("mnist") == tmp_path / "saccade" / "mnist"
    monkeypatch.setenv("HOME", "/home/someone")
    for ignored in ("", "relative/path"):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        assert cache_folder("mnist") == Path("/home/someone/.cache/saccade/mnist")


def test_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(DataError, match="set XDG_CACHE_HOME"):
        cache_folder("mnist")


def test_unreadable_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="nowhere cannot be read"):
        sha256_of(tmp_path / "nowhere")
    assert not is_file(tmp_path / "nowhere" / "file")

    def forbidden(_: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "is_file", forbidden)
    with pytest.raises(DataError, match="Permission denied"):
        is_file(tmp_path / "file")
