"""Runs that are validated three times."""

import pytest

from saccade.recipes.dqn import task


@pytest.fixture
def few_validations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three validations in a run, however short it is."""
    monkeypatch.setattr(task, "_VALIDATIONS", 3)
    monkeypatch.setattr(task, "_APART", 1)
