"""Commands, and the reading of the words after one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tyro


class UsageError(ValueError):
    """The command line cannot be understood."""


class CommandError(ValueError):
    """A command cannot do what it was asked; one sentence that names the thing and the mend."""


@dataclass(frozen=True)
class Command:
    """A command of `saccade`. A package brings its own by entry points of the group `saccade.commands`.

    The module that holds it must be quick to import: `saccade --help` reads all of them.

    Args:
        usage: the command and what it takes, such as `watch RUN`.
        summary: one line for `saccade --help`.
        run: called with the words after the command.
    """

    usage: str
    summary: str
    run: Callable[[list[str]], None]


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
            raise UsageError(f"--{name.replace('_', '-')} {value}: it must be {low} or more")
