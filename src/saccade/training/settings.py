"""Settings of a run, to plain values and back, for `settings.json`."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import Path, PurePath
from types import NoneType, UnionType
from typing import Annotated, Any, Self, TypeVar

import tyro

from saccade.agents import LearnerSettings
from saccade.hints import nearest
from saccade.ranges import AtLeast, RangeError, check_ranges, choice
from saccade.runs import RunDirectory

T = TypeVar("T")


def later(default: Any) -> Any:
    """The default of a setting that came after runs and figures had been stored: it is written only where it is another, and read where it is there."""
    return dataclasses.field(default=default, metadata={"later": True})


class SettingsError(ValueError):
    """Settings of a run do not fit this version's recipe."""


@dataclass(frozen=True)
class TrainingSettings:
    """What the training of a graph depends on, besides the seed; recipes add fields of their own.

    A field's docstring is the help of its option; a range or a choice is declared with it (`saccade.ranges`).
    """

    seen: Annotated[int, AtLeast(1)] = 100_000
    """Images seen in training, repetitions counted."""
    batch: Annotated[int, AtLeast(1, 1_000_000)] = 256
    """Parallel episodes of an update."""
    learner: LearnerSettings = dataclasses.field(default_factory=LearnerSettings)
    """The optimiser."""
    validate_every: Annotated[int | None, AtLeast(1), tyro.conf.arg(metavar="INT", help_behavior_hint="")] = later(None)
    """Images between two validations; default: as the recipe has it."""
    patience: Annotated[int, AtLeast(0, 10_000)] = later(0)
    """Stop after so many validations in a row without a new best value; 0: off."""

    def __post_init__(self) -> None:
        """Refuse values out of range.

        Raises:
            ValueError: naming the option, its value and what it may be.
        """
        check_ranges(self, as_option=True)

    @property
    def budget(self) -> int:
        """Images that a run learns from, repetitions counted."""
        return self.seen

    def with_budget(self, seen: int) -> Self:
        """The same for a longer run."""
        return replaced(self, {"seen": seen})

    def describe(self) -> str:
        """What a run of these settings does, for the set-up of a figure: the settings in words."""
        own = (field.name for field in dataclasses.fields(self) if field.name not in ("seen", "batch", "learner"))
        words = [f"{name.replace('_', ' ')} {getattr(self, name)}" for name in own]
        return ", ".join([f"{self.seen} images seen", f"batch {self.batch}", *words])


def to_plain(settings: Any) -> dict[str, Any]:
    """A settings dataclass as JSON values.

    Raises:
        SettingsError: a value is of a type that JSON cannot hold.
    """
    return {
        field.name: _plain(field.name, value)
        for field in dataclasses.fields(settings)
        if (value := getattr(settings, field.name)) != field.default or not field.metadata.get("later")
    }


def _plain(name: str, value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return to_plain(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(name, each) for each in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(name, each) for key, each in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise SettingsError(
        f"{name} is {value!r}: settings.json cannot hold a {type(value).__name__}, make it a number, a text, a path or a list"
    )


def settings_of(run: RunDirectory, kind: type[T]) -> T:
    """The settings of a run.

    Raises:
        SettingsError: they do not fit; the message names the run's settings.json.
    """
    try:
        return from_plain(kind, run.settings)
    except SettingsError as error:
        raise SettingsError(f"{run.folder / 'settings.json'}: {error}") from error


def from_plain(kind: type[T], plain: dict[str, Any]) -> T:
    """Settings of type `kind` from JSON values.

    Raises:
        SettingsError: an entry is unknown, missing or not allowed.
    """
    if not isinstance(plain, dict):
        raise SettingsError(f"settings do not fit {kind.__name__}: {plain!r} is no table of settings")
    try:
        return _built(kind, plain, "")
    except (TypeError, ValueError) as error:
        raise SettingsError(f"settings do not fit {kind.__name__}: {error}") from error


def _built(kind: type[T], plain: Mapping[str, Any], prefix: str) -> T:
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(typing.cast(Any, kind))
    names = {field.name for field in fields if field.name in plain or not field.metadata.get("later")}
    if plain.keys() != names:
        raise ValueError(_odd({f"{prefix}{name}" for name in plain}, {f"{prefix}{name}" for name in names}))
    return kind(**{name: _typed(f"{prefix}{name}", hints[name], value) for name, value in plain.items()})


def _odd(there: Set[str], wanted: Set[str]) -> str:
    lacking, unknown = ", ".join(sorted(wanted - there)), ", ".join(sorted(there - wanted))
    found = [f"{lacking} missing" if lacking else "", f"{unknown} unknown" if unknown else ""]
    return (
        f"{' and '.join(filter(None, found))}; use the version of the recipe's package that made the run, or train anew"
    )


def replaced(settings: T, options: Mapping[str, Any]) -> T:
    """Settings with some entries replaced, all of them checked: what cannot be read back must not be begun.

    Args:
        settings: a settings dataclass.
        options: entries; of settings within the settings single ones by a dotted name, `{"learner.learning_rate": 1e-3}`, or by a mapping,
            `learner={"learning_rate": 1e-3}`.

    Raises:
        SettingsError: an entry is unknown, or not allowed.
    """
    try:
        return _built(type(settings), _merged(settings, options), "")
    except RangeError as error:
        raise SettingsError(error.of_setting(_prefix(settings, error.owner, options))) from error
    except (TypeError, ValueError) as error:
        raise SettingsError(str(error)) from error


def _nested(settings: Any, options: Mapping[Any, Any]) -> dict[Any, Any]:
    """Options with dotted names as mappings of settings within the settings."""
    found: dict[Any, Any] = {}
    for name, value in options.items():
        outer, dot, rest = str(name).partition(".")
        if not dot or not dataclasses.is_dataclass(getattr(settings, outer, None)):
            outer, rest = name, ""
        within: Any = found.get(outer, {})
        if outer in found and not (rest and isinstance(within, Mapping) and rest not in within):
            raise SettingsError(f"{name} is given twice: give it once")
        found[outer] = {**within, rest: value} if rest else value
    return found


def _prefix(settings: Any, owner: type[Any], given: Mapping[str, Any]) -> str:
    """Where settings of a class lie within others: `learner.`, of several the first that is given; nothing for the outer ones."""
    names = [field.name for field in dataclasses.fields(settings) if type(getattr(settings, field.name)) is owner]
    asked = {name.partition(".")[0] for name in given}
    return f"{next((name for name in names if name in asked), names[0])}." if names else ""


def _merged(settings: Any, options: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    plain, names = to_plain(settings), [field.name for field in dataclasses.fields(settings)]
    for name, value in _nested(settings, options).items():
        if not isinstance(name, str):
            raise SettingsError(f"{prefix}{name!r} is no name of a setting: it must be one of {', '.join(names)}")
        if name not in names:
            known = [f"{prefix}{each}" for each in names]
            hint = _within(settings, name) or nearest(f"{prefix}{name}", known)
            raise SettingsError(f"there is no setting {prefix}{name}{hint} (settings: {', '.join(known)})")
        inner = getattr(settings, name)
        nested = dataclasses.is_dataclass(inner) and isinstance(value, Mapping)
        plain[name] = _merged(inner, value, f"{prefix}{name}.") if nested else _plain(name, value)
    return plain


def _within(settings: Any, name: str) -> str:
    """How one of the settings within settings is given, for somebody who gave it by itself, `learner.epochs` or `epochs`; else nothing."""
    asked = name.replace("-", "_").replace(".", "_")
    for outer in dataclasses.fields(settings):
        inner = getattr(settings, outer.name)
        for field in dataclasses.fields(inner) if dataclasses.is_dataclass(inner) else ():
            if asked in (field.name, f"{outer.name}_{field.name}"):
                return f": it is one of {outer.name}, write **{{'{outer.name}.{field.name}': …}}"
    return ""


def _typed(name: str, hint: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, dict):
            raise TypeError(f"{name} is {value!r}, not a table of settings")
        return _built(hint, value, f"{name}.")
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return choice(hint, value, name, as_option=False)
    if typing.get_origin(hint) in (typing.Union, UnionType):
        return _one_of(name, hint, value)
    if hint is Path and isinstance(value, str | Path):
        return Path(value)
    if tuple in (hint, typing.get_origin(hint)) and isinstance(value, list | tuple):
        return tuple(value)  # JSON has lists only
    if hint in (bool, int, float, str, Path, NoneType):
        fits = type(value) is hint or (hint is float and type(value) is int)  # bool is an int to isinstance
        if not fits:
            raise TypeError(f"{name} is {value!r}, not of type {hint.__name__}")
    return value


def _one_of(name: str, hint: Any, value: Any) -> Any:
    """The value as the first of several types that it fits."""
    for each in typing.get_args(hint):
        try:
            return _typed(name, each, value)
        except (TypeError, ValueError):
            continue
    raise TypeError(f"{name} is {value!r}, not of type {hint}")
