"""Libraries that only some of saccade needs."""

from __future__ import annotations

from importlib import import_module


class MissingExtraError(ImportError):
    """A library is not installed; the message says which extra brings it."""


def missing(what: str, library: str, extra: str) -> MissingExtraError:
    """The error that says what needs which library, and how to get it."""
    return MissingExtraError(f"{what} needs {library}: pip install '.[{extra}]' in the folder of its sources")


def require(what: str, extra: str, *modules: str) -> None:
    """Refuse at once what would fail later.

    Raises:
        MissingExtraError: one of the modules cannot be imported.
    """
    for module in modules:
        try:
            import_module(module)
        except ImportError as error:
            raise missing(what, module, extra) from error
