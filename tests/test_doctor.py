from __future__ import annotations

from pathlib import Path

import pytest

from saccade.cli import main
from saccade.doctor import wanted


def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[object, list[str]]:
    """Exit code, and the lines of the table, wide enough for whole sentences."""
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit) as stopped:
        main(["doctor"])
    return stopped.value.code, capsys.readouterr().out.splitlines()


def test_all_is_there(capsys: pytest.CaptureFixture[str], tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SACCADE_DATA", str(tiny_mnist))
    code, lines = said(capsys, monkeypatch)
    assert code == 0 and any("132 and 24 images" in line for line in lines)
    names = {line.split()[1] for line in lines if line.startswith("│")}
    assert {"torch", "pillow", "numba", "ale-py"} <= names and not {"pytest", "ruff"} & names
    assert not any("not tried" in line for line in lines)


def test_no_mnist(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SACCADE_DATA", "/nowhere")
    code, lines = said(capsys, monkeypatch)
    assert code == 0 and any("saccade data get mnist" in line for line in lines)


def test_what_is_missing_or_older_than_what_was_tried(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = ["pillow>=900.1", "no-such-package>=2", 'torch>=1; extra == "atari"', 'nor-this; extra == "atari"']
    monkeypatch.setattr("saccade.doctor.requires", lambda _: declared)
    assert [extra for _, extra in wanted()] == ["", "", "atari", "atari"]
    code, lines = said(capsys, monkeypatch)
    assert code == 1  # a package that is needed is missing
    (old,), (missing,), (optional,) = (
        [line for line in lines if f"│ {name}" in line] for name in ("pillow", "no-such", "nor-this")
    )
    assert ": not tried, >=900.1 is" in old and "pip install --upgrade 'pillow>=900.1'" in old
    assert "missing" in missing and "pip install --upgrade 'no-such-package>=2'" in missing
    assert "missing" in optional and "pip install '.[atari]'" in optional
    declared.remove("no-such-package>=2")
    assert said(capsys, monkeypatch)[0] == 0  # an old one may do
