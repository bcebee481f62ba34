"""What watches a run from inside, and may stop it."""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import numpy as np

from saccade.arguments import ArgumentError, check_callable


@dataclass(frozen=True)
class Row:
    """A row of metrics, as it is written to `metrics.jsonl`."""

    folder: Path  # of the run
    seed: int
    seen: int  # images, episodes or decisions so far
    total: int
    values: Mapping[str, float]  # by name


Callback = Callable[
    [Row], bool | None
]  # called at every row of metrics, in the process that trains; True stops the training


def checked(callbacks: object, runs: int) -> list[Callback]:
    """Callbacks that can be called, and, of several runs, sent to the processes that train them.

    Raises:
        ArgumentError: they are none.
    """
    if not isinstance(callbacks, Iterable):
        raise ArgumentError(f"callbacks is {callbacks!r}: it must be a list of functions")
    found = list[Any](callbacks)
    for callback in found:
        check_callable(callbacks=callback)
        if runs > 1 and not _can_be_sent(callback):
            raise ArgumentError(
                f"callbacks holds {callback!r}, which cannot be sent to other processes, and each of several runs is trained in one: make it a "
                "function of a module that can be imported, not of the script itself"
            )
    return found


def _can_be_sent(callback: Callback) -> bool:
    """Whether another process can load it, which does not run the script."""
    try:
        sent = bytes(ForkingPickler.dumps(callback))  # as multiprocessing will send it; nothing is loaded here
    except Exception:  # whatever a class of the user's own raises, too
        return False
    return "__main__" not in (argument for _, argument, _ in pickletools.genops(sent))


def asks_to_stop(callback: Callback, row: Row) -> bool:
    """Call it.

    Raises:
        ArgumentError: it returns neither True, False nor None.
    """
    try:
        found = callback(row)
    except Exception as error:
        error.add_note(f"raised by the callback {callback!r}")
        raise
    if not isinstance(found, bool | np.bool_ | None):
        raise ArgumentError(
            f"the callback {callback!r} returned {found!r}: it must return True, to stop, or False or None"
        )
    return bool(found)
