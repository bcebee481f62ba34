"""Libraries that only some of saccade needs."""

from __future__ import annotations


class MissingExtraError(ImportError):
    """A library is not installed; the message says which extra brings it."""


def missing(what: str, library: str, extra: str) -> MissingExtraError:
    """The error that says what needs which library, and how to get it."""
    return MissingExtraError(f"{what} needs {library}: pip install 'saccade[{extra}]'")
