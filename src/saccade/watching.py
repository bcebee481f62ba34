"""Who watches a call from Python that takes a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from saccade.arguments import check_callable
from saccade.show import ProgressBars
from saccade.terminal import plain_console
from saccade.training.launch import RunEvent, Watcher

_PATIENCE = 5.0  # seconds that a call may take without a word


def silent(_: RunEvent) -> None:
    """Watch nothing."""


@contextmanager
def watching(watch: Watcher | None) -> Iterator[Watcher]:
    """Who watches a call: `watch`, or else bars on standard error as soon as the call takes longer than some seconds.

    Raises:
        ArgumentError: `watch` cannot be called.
    """
    if watch is not None:
        check_callable(watch=watch)
        yield watch
        return
    with ProgressBars(plain_console(stderr=True), _PATIENCE) as bars:
        yield bars.show
