"""Ranges and choices of settings, declared with each setting and checked when a settings object is made.

units: Annotated[int, AtLeast(1)] = 256
spread: Annotated[float, Between(0, 1)] = 0.5
"""

from __future__ import annotations

import math
import typing
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

E = TypeVar("E", bound=StrEnum)

MOST = 10_000  # threads, seeds, processes: more is a slip of the keyboard
LAST_SEED = 2**32 - 1


@dataclass(frozen=True)
class AtLeast:
    """The lowest value a setting may have."""

    low: float

    def allows(self, value: float) -> bool:
        """Whether a value lies in the range; infinity and NaN do not."""
        return self.low <= value < math.inf

    def __str__(self) -> str:
        return f"{self.low:g} or more"


@dataclass(frozen=True)
class Above:
    """A setting must be greater than this."""

    low: float

    def allows(self, value: float) -> bool:
        """Whether a value lies in the range; NaN does not."""
        return value > self.low

    def __str__(self) -> str:
        return f"above {self.low:g}"


@dataclass(frozen=True)
class Between:
    """The lowest and the highest value a setting may have."""

    low: float
    high: float

    def allows(self, value: float) -> bool:
        """Whether a value lies in the range; NaN does not."""
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"between {self.low:g} and {self.high:g}"


Range = AtLeast | Above | Between


def check_ranges(settings: Any, as_option: bool = False) -> None:
    """Refuse values outside the declared ranges, and turn words into the choices they stand for.

    Args:
        settings: a dataclass instance with annotated fields; call this from its `__post_init__`.
        as_option: name the setting as an option of the command line in the message.

    Raises:
        ValueError: naming the setting, its value and what it may be.
    """
    for name, kind, ranges in _declared(settings.__class__):
        value = getattr(settings, name)
        if kind is not None:
            object.__setattr__(settings, name, choice(kind, value, spelled(name) if as_option else name, as_option))
        for each in ranges:
            if value is not None and not each.allows(value):
                shown = f"{option(name)} {value}" if as_option else f"{name} is {value}"
                raise ValueError(f"{shown}: it must be {each}")


def choice(kind: type[E], value: str, name: str, as_option: bool = True) -> E:
    """The member of an enumeration with that value.

    Raises:
        ValueError: there is none; the message lists those there are.
    """
    try:
        return kind(value)
    except ValueError:
        shown = f"--{name} {value}" if as_option else f"{name} is {value!r}"
        raise ValueError(f"{shown}: it must be one of {', '.join(kind)}") from None


def option(name: str) -> str:
    """A setting as an option of the command line: `--learning-starts`."""
    return f"--{spelled(name)}"


def spelled(name: str) -> str:
    """A setting's name with hyphens."""
    return name.replace("_", "-")


@cache
def _declared(kind: type[Any]) -> tuple[tuple[str, type[StrEnum] | None, tuple[Range, ...]], ...]:
    """Name, enumeration and ranges of the fields that have either."""
    found = []
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        inner, *extras = typing.get_args(hint) if typing.get_origin(hint) is typing.Annotated else (hint,)
        ranges = tuple(each for each in extras if isinstance(each, AtLeast | Above | Between))
        words = inner if isinstance(inner, type) and issubclass(inner, StrEnum) else None
        if ranges or words:
            found.append((name, words, ranges))
    return tuple(found)
