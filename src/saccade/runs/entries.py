"""What the entries of a run's files may be, checked where a file is read: a file may have been edited, or cut short."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saccade.disk import RunError
from saccade.ranges import MOST

_LARGEST = 1e300  # what is larger cannot be added up
_LONGEST = 80  # characters of a value in a message


@dataclass(frozen=True)
class Kind:
    """What an entry may be, in words and as a test."""

    words: str
    fits: Callable[[Any], bool]


def is_number(value: Any) -> bool:
    """Whether a value is a finite number; a boolean is none."""
    return type(value) in (int, float) and abs(value) < _LARGEST


def whole(low: int, high: int) -> Kind:
    """A whole number between two others."""
    return Kind(f"a whole number between {low} and {high}", lambda value: type(value) is int and low <= value <= high)


TEXT = Kind("a text", lambda value: isinstance(value, str))
TEXT_OR_NULL = Kind("a text or null", lambda value: value is None or isinstance(value, str))
TABLE = Kind("a JSON object", lambda value: isinstance(value, dict))
NUMBER = Kind("a finite number", is_number)
NUMBER_OR_NULL = Kind("a finite number or null", lambda value: value is None or is_number(value))
NOT_NEGATIVE = Kind("a finite number of 0 or more", lambda value: is_number(value) and value >= 0)
NUMBERS = Kind(
    "a list of finite numbers", lambda value: isinstance(value, list) and bool(value) and all(map(is_number, value))
)
COUNT = whole(0, 2**53)
THREADS = whole(1, MOST)
SEED = whole(0, 2**63 - 1)  # more than --seed takes: runs from before it had an upper end are read, too


def check_entries(path: Path, content: Mapping[str, Any], kinds: Mapping[str, Kind], mend: str) -> None:
    """Refuse entries of a file that are missing or not what they must be.

    Args:
        path: of the file, for the message.
        content: its entries.
        kinds: of the entries that it must have.
        mend: what to do about it.

    Raises:
        RunError: naming the file, the entry, its value and what it must be.
    """
    for name, kind in kinds.items():
        if name not in content:
            raise RunError(f"{path} is incomplete or damaged (it has no entry {name!r}): {mend}")
        if not kind.fits(content[name]):
            raise RunError(
                f"{path} is incomplete or damaged ({name} is {shown(content[name])}, it must be {kind.words}): {mend}"
            )


def shown(value: Any) -> str:
    """A value in a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
