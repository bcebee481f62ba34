"""A plugin of pytest that leaves out all tests whose functions are not named in the variable SHARED_TESTS; see `benchmarks.suite`."""

from __future__ import annotations

import os

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave them out."""
    shared = set(os.environ["SHARED_TESTS"].split())
    others = {item for item in items if getattr(item, "originalname", None) not in shared}
    config.hook.pytest_deselected(items=list(others))
    items[:] = [item for item in items if item not in others]
