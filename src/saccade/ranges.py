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
    """The lowest value a setting may have, and a highest one, above which it is a slip of the keyboard."""

    low: float
    high: float = 1e12

    def allows(self, value: float) -> bool:
        """Whether a value lies in the range; NaN does not."""
        return self.low <= value <= self.high

    def refusal(self, value: float) -> str:
        """What it must be instead of a value that is refused."""
        return f"{_number(self.high)} or less" if value > self.high else f"{_number(self.low)} or more"


@dataclass(frozen=True)
class Above:
    """A setting must be greater than this."""

    low: float

    def allows(self, value: float) -> bool:
        """Whether a value lies in the range; NaN does not."""
        return value > self.low

    def refusal(self, _: float) -> str:
        """What it must be instead of a value that is refused."""
        return f"above {_number(self.low)}"


@dataclass(frozen=True)
class Between:
    """The lowest and the highest value a setting may have."""

    low: float
    high: float

    def allows(self, value: float) -> bool:
        """Whether a value lies in the range; NaN does not."""
        return self.low <= value <= self.high

    def refusal(self, _: float) -> str:
        """What it must be instead of a value that is refused."""
        return f"between {_number(self.low)} and {_number(self.high)}"


Range = AtLeast | Above | Between


class RangeError(ValueError):
    """A setting has a value that it may not have.

    Args:
        owner: the class of the settings.
        name: of the setting.
        value: that it has.
        must: what it must be.
        as_option: name it as an option of the command line.
    """

    def __init__(self, owner: type[Any], name: str, value: object, must: str, as_option: bool = False) -> None:
        self.owner, self.name, self.value, self.must = owner, name, value, must
        super().__init__(self.of_option() if as_option else self.of_setting())

    def of_setting(self, prefix: str = "") -> str:
        """The message that names the setting, as in Python."""
        return f"{prefix}{self.name} is {self.value}: it must be {self.must}"

    def of_option(self, prefix: str = "") -> str:
        """The message that names the option, whose settings lie in others under `prefix`."""
        return f"{option(prefix + self.name)} {self.value}: it must be {self.must}"


def check_ranges(settings: Any, as_option: bool = False) -> None:
    """Refuse values outside the declared ranges and numbers that are not finite, and turn words into the choices they stand for.

    Args:
        settings: a dataclass instance with annotated fields; call this from its `__post_init__`.
        as_option: name the setting as an option of the command line in the message.

    Raises:
        RangeError: naming the setting, its value and what it may be.
    """
    owner = settings.__class__
    for name, kind, ranges in _declared(owner):
        value = getattr(settings, name)
        if kind is not None:
            object.__setattr__(settings, name, _chosen(owner, name, kind, value, as_option))
        if isinstance(value, float) and not math.isfinite(value):
            raise RangeError(owner, name, value, "a finite number", as_option)
        for each in ranges:
            if value is None:
                continue
            if not isinstance(value, int | float):
                raise RangeError(owner, name, repr(value), "a number", as_option)
            if not each.allows(value):
                raise RangeError(owner, name, value, each.refusal(value), as_option)


def _chosen(owner: type[Any], name: str, kind: type[E], value: Any, as_option: bool) -> E:
    try:
        return kind(value)
    except ValueError:
        given = value if as_option else repr(value)
        raise RangeError(owner, name, given, f"one of {', '.join(kind)}", as_option) from None


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


def _number(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:g}"


def option(name: str) -> str:
    """A setting as an option of the command line: `--learning-starts`."""
    return f"--{spelled(name)}"


def spelled(name: str) -> str:
    """A setting's name with hyphens."""
    return name.replace("_", "-")


@cache
def _declared(kind: type[Any]) -> tuple[tuple[str, type[StrEnum] | None, tuple[Range, ...]], ...]:
    """Name, enumeration and ranges of the fields that have either, or are numbers with a fraction."""
    found = []
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        inner, *extras = typing.get_args(hint) if typing.get_origin(hint) is typing.Annotated else (hint,)
        ranges = tuple(each for each in extras if isinstance(each, AtLeast | Above | Between))
        words = inner if isinstance(inner, type) and issubclass(inner, StrEnum) else None
        if ranges or words or inner is float:
            found.append((name, words, ranges))
    return tuple(found)
