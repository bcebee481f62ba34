"""What the command says when it refuses."""

import pytest

from saccade.cli import main

TINY = ["--seen", "32", "--batch", "16", "--fixations", "3", "--patch", "5", "--units", "8"]


def complaint(capsys: pytest.CaptureFixture[str], *argv: str, code: int | None = None) -> str:
    """What the command says on stderr when it refuses: no traceback, and nothing on stdout."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    out, err = capsys.readouterr()
    assert stopped.value.code == code if code is not None else stopped.value.code not in (0, None)
    assert err.strip() and "Traceback" not in err and not out
    return err


def sentence(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 1) -> str:
    """The same, in one line of our own."""
    err = complaint(capsys, *argv, code=code)
    assert err.startswith("saccade: ") and err.count("\n") == 1
    return err.removeprefix("saccade: ").strip()
