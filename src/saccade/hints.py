"""Hints for messages."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint such as `" — did you mean 'image'?"`, or the empty string."""
    match = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" — did you mean {match[0]!r}?" if match else ""
