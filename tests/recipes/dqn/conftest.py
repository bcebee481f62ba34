"""Short runs, and one that many tests look at."""

from pathlib import Path

import pytest

from ...small_runs import silent
from .catch_runs import begin, shorten, small


@pytest.fixture
def few_validations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three validations in a run, however short it is."""
    shorten(monkeypatch)


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run trained without a break, not measured yet; tests change copies of it only."""
    folder = tmp_path_factory.mktemp("dqn") / "whole"
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch)
        begin(folder, small()).train(silent)
    return folder
