"""Code of the user's own, named on the command line as `package.module:name`."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from .hints import nearest

_OURS = Path(__file__).parent
FAULTS = (Exception, SystemExit)  # what someone else's code may raise: scripts, and argparse, end the process


class OwnCodeError(ValueError):
    """There is no such function or class; the message names the option and the mend."""


def named(path: str, option: str, what: str) -> Callable[..., Any]:
    """The function or class `package.module:name`, looked for in the present folder first.

    Args:
        path: its name.
        option: that names it, for messages, such as `--network`.
        what: it is, for messages, such as "a class of networks".

    Raises:
        OwnCodeError: there is none.
    """
    module, _, name = path.partition(":")
    if not module.strip() or not name.strip():
        raise OwnCodeError(f"{option} {path}: it must be package:name, such as my_code:{what.split()[-1]}")
    try:
        with present_folder_first() as here:
            loaded = import_module(module)
    except ImportError as error:
        raise OwnCodeError(
            f"{option} {path} cannot be imported: {' '.join(str(error).split()).rstrip('.')} (it is looked for in {here} and among the packages); "
            "install the package, or put its folder on PYTHONPATH"
        ) from error
    except FAULTS as error:  # whatever the module's own code does
        raise OwnCodeError(f"{option} {path} cannot be imported ({fault(error)}): fix it") from error
    if not hasattr(loaded, name):
        raise OwnCodeError(f"{option} {path}: the module {module} has no {name}{nearest(name, dir(loaded))}")
    found = getattr(loaded, name)
    if not callable(found):
        raise OwnCodeError(f"{option} {path} is a {type(found).__name__}: it must be {what}")
    return found  # type: ignore[no-any-return]


@contextmanager
def present_folder_first() -> Iterator[str]:
    """Import from the present folder, as `python script.py` does from the script's; its path."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        yield here
    finally:
        sys.path.remove(here)


def fault(error: BaseException) -> str:
    """An error of someone else's code in one line: its kind, what it says, and the line of code that raised it; of ours the one that called it."""
    every = list(traceback.extract_tb(error.__traceback__))
    frames = [frame for frame in every if not Path(frame.filename).is_relative_to(_OURS)] or every
    place = f" in {frames[-1].filename}, line {frames[-1].lineno}" if frames else ""
    what = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(":")
    return f"{what}{place}"
