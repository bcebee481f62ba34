"""Reads the words after a command."""

from __future__ import annotations

from typing import Any

import tyro


class UsageError(ValueError):
    """The command line cannot be understood."""


def parse(kind: Any, arguments: list[str], prog: str, text: str) -> Any:
    """The options of a command, as the dataclass `kind`.

    Raises:
        UsageError: naming the option, its value and what it may be.
    """
    config = (tyro.conf.EnumChoicesFromValues,)
    try:
        return tyro.cli(kind, args=arguments, prog=f"saccade {prog}", description=text, config=config)
    except ValueError as error:
        raise UsageError(str(error)) from error


def at_least(low: int, **options: int | None) -> None:
    """Refuse options below `low`.

    Raises:
        UsageError: naming the option.
    """
    for name, value in options.items():
        if value is not None and value < low:
            raise UsageError(f"--{name} {value}: it must be {low} or more")
