"""Small runs, for the tests in this folder."""

from ..small_runs import splits, start, tiny_fixture

__all__ = ["splits", "start", "tiny_fixture"]
