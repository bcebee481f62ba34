"""Arguments of calls in Python: what they may be, and the sentence that refuses others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from .disk import check_reachable


class ArgumentError(ValueError):
    """An argument is not what it may be; one sentence that names it, its value and what it must be."""


def check_whole(low: int, high: int, **values: object) -> None:
    """Refuse what is no whole number between two others.

    Raises:
        ArgumentError: naming the argument.
    """
    for name, value in values.items():
        if not isinstance(value, int) or isinstance(value, bool):
            raise ArgumentError(f"{name} is {value!r}: it must be a whole number")
        if not low <= value <= high:
            raise ArgumentError(
                f"{name} is {value}: it must be {f'{low} or more' if value < low else f'{high} or less'}"
            )


def check_paths(**values: object) -> None:
    """Refuse what is no path; None is left alone.

    Raises:
        ArgumentError: naming the argument.
        RunError: the path cannot be reached.
    """
    for name, value in values.items():
        if value is not None:
            _path(name, value)


def _path(name: str, value: object) -> Path:
    if not isinstance(value, Path | str):
        raise ArgumentError(f"{name} is {value!r}: it must be a path, a string or a pathlib.Path")
    if isinstance(value, str) and not value.strip():
        raise ArgumentError(f"{name} is {value!r}: it must be a path, and not empty")
    check_reachable(path := Path(value))
    return path


def check_files(files: object) -> list[Path]:
    """Files that are read.

    Raises:
        ArgumentError: they are no list of paths, or an empty one.
        RunError: one of them cannot be reached.
    """
    if isinstance(files, Path | str | bytes) or not isinstance(files, Iterable) or not (named := [*files]):
        raise ArgumentError(f"files is {files!r}: it must be a list of one file or more")
    return [_path(f"files[{number}]", file) for number, file in enumerate(named)]


def absolute(path: Path | str | None) -> str | None:
    """The whole path, as one that is kept must be."""
    return None if path is None else str(Path(path).expanduser().resolve())


def check_folder(folder: object) -> None:
    """Refuse what is no path of a run.

    Raises:
        ArgumentError: it is none.
    """
    if folder is None:
        raise ArgumentError("folder is None: it must be the path of a run directory, or of a folder of them")
    check_paths(folder=folder)


def check_out(out: Path | str) -> Path:
    """The folder that is written into.

    Raises:
        ArgumentError: it is a file.
    """
    if Path(out).is_file():
        raise ArgumentError(f"out is {str(out)!r}, a file: name a folder")
    return Path(out)


def check_folders(folders: object) -> None:
    """Refuse what are no paths of runs.

    Raises:
        ArgumentError: they are none.
    """
    if not isinstance(folders, Sequence):
        raise ArgumentError(
            f"folders is {folders!r}: it must be a list of paths of run directories, or of folders of them"
        )
    for folder in folders:
        check_folder(folder)


def check_callable(**values: object) -> None:
    """Refuse what cannot be called.

    Raises:
        ArgumentError: naming the argument.
    """
    for name, value in values.items():
        if not callable(value):
            raise ArgumentError(f"{name} is {value!r}: it must be a function")


def check_recipe(recipe: object) -> None:
    """Refuse what is no name.

    Raises:
        ArgumentError: it is none.
    """
    if not isinstance(recipe, str):
        raise ArgumentError(
            f"recipe is {recipe!r}: it must be the name of a recipe, such as 'grlf' (see `saccade list`)"
        )


def check_settings(settings: object, kind: type[object], recipe: str) -> None:
    """Refuse what are no settings of a recipe; None stands for its own.

    Raises:
        ArgumentError: they are none.
    """
    if settings is None or type(settings) is kind:
        return
    single = ", ".join(f"{name}={value!r}" for name, value in settings.items()) if isinstance(settings, Mapping) else ""
    mend = f"; single settings are arguments of their own: {single}" if single else ""
    raise ArgumentError(f"settings is {settings!r}: for {recipe} it must be a {kind.__name__}{mend}")
