"""The errors of the graph core. Every message names the ports, the values and the mend."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class WiringError(TypeError):
    """The graph is wired wrongly: raised by `>>`, by class creation or by `Graph(...)`."""


class UnknownPortError(WiringError, AttributeError):
    """A port of that name does not exist; the message suggests the nearest one."""


class PortValueError(ValueError):
    """A module returned a value that its port does not allow."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint such as `" — did you mean 'image'?"`, or the empty string."""
    match = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" — did you mean {match[0]!r}?" if match else ""
