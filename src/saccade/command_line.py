"""Commands, and the parsing of their arguments."""

from __future__ import annotations

import dataclasses
import io
import sys
import typing
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from saccade.ranges import RangeError, option, spelled

# Options that may be left out: without tyro's `{None}|PATH` and `(default: None)`; their help texts say what holds then.
PathOrNone = Annotated[Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="")]
IntOrNone = Annotated[int | None, tyro.conf.arg(metavar="INT", help_behavior_hint="")]
FloatOrNone = Annotated[float | None, tyro.conf.arg(metavar="FLOAT", help_behavior_hint="")]
OneRunPath = Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
RunPaths = Annotated[
    tyro.conf.Positional[tuple[Path, ...]], tyro.conf.arg(metavar="RUN [RUN ...]", help_behavior_hint="(required)")
]


class UsageError(ValueError):
    """The command line cannot be understood."""


class CommandError(ValueError):
    """A command cannot do what it was asked; one sentence that names the thing and the fix."""


@dataclass(frozen=True)
class Command:
    """A command of `saccade`. A package brings its own by entry points of the group `saccade.commands`.

    The module that holds it must import quickly: `saccade --help` reads all of them.

    Args:
        usage: the command and what it takes, such as `watch RUN`.
        summary: one line for `saccade --help`.
        run: called with the arguments after the command.
    """

    usage: str
    summary: str
    run: Callable[[list[str]], None]

    def __post_init__(self) -> None:
        """Raises: TypeError, as a package may pass anything."""
        if not isinstance(self.usage, str) or not isinstance(self.summary, str) or not callable(self.run):
            raise TypeError("Command(usage, summary, run): two strings and a function")


def parse(kind: Any, arguments: list[str], prog: str, text: str) -> Any:
    """The options of a command, as the dataclass `kind`.

    Raises:
        UsageError: naming the option, its value and what it may be.
    """
    config = (tyro.conf.EnumChoicesFromValues,)
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            return tyro.cli(kind, args=arguments, prog=f"saccade {prog}", description=text, config=config)
    except ValueError as error:
        raise UsageError(str(error)) from error
    except SystemExit as error:
        # Of settings in settings tyro shows the error in a box of its own, without the option's name.
        inner = _range_error(error)
        if inner is not None:
            found = list(_prefixes(kind, inner.owner)) or [""]
            given = (each for each in found if any(a.startswith(option(each + inner.name)) for a in arguments))
            raise UsageError(inner.of_option(next(given, found[0]))) from error
        sys.stderr.write(said.getvalue())
        raise


def _range_error(error: BaseException | None) -> RangeError | None:
    """The refusal of a setting that an error came from."""
    while error is not None and not isinstance(error, RangeError):
        error = error.__context__
    return error


def _prefixes(kind: Any, owner: type[Any]) -> Iterator[str]:
    """What stands before the names of the options of the dataclass `owner` in those of `kind`, such as `learner.`; there may be several."""
    if kind is owner:
        yield ""
        return
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        inner, *extras = typing.get_args(hint) if typing.get_origin(hint) is typing.Annotated else (hint,)
        if dataclasses.is_dataclass(inner):
            yield from (found if extras else f"{spelled(name)}.{found}" for found in _prefixes(inner, owner))


def options_of(settings: Any, prefix: str = "") -> Iterator[str]:
    """Names of the options of a dataclass, or of an instance; nested ones, of an instance, with dots."""
    for field in dataclasses.fields(settings):
        value, name = getattr(settings, field.name, None), f"{prefix}{spelled(field.name)}"
        if dataclasses.is_dataclass(value):
            yield from options_of(value, f"{name}.")
        else:
            yield name


def warn(sentences: Sequence[str]) -> None:
    """Print sentences about what does not stop the command, on standard error."""
    for sentence in sentences:
        print(f"saccade: {sentence}", file=sys.stderr)


def within(low: int, high: int, **options: int | None) -> None:
    """Refuse options below `low` or above `high`.

    Raises:
        UsageError: naming the option.
    """
    for name, value in options.items():
        if value is not None and value < low:
            raise UsageError(f"--{spelled(name)} {value}: it must be {low} or more")
        if value is not None and value > high:
            raise UsageError(f"--{spelled(name)} {value}: it must be {high} or less")
