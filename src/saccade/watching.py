"""Who watches a call from Python that takes a while, and what goes to its log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from saccade.arguments import check_callable
from saccade.show import ProgressBars
from saccade.terminal import plain_console
from saccade.training.launch import RunEvent, Watcher

_LOG = logging.getLogger("saccade")
_LOG.addHandler(logging.NullHandler())
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
        yield _logged(watch)
        return
    with ProgressBars(plain_console(stderr=True), _PATIENCE) as bars:
        yield _logged(bars.show)


def _logged(watch: Watcher) -> Watcher:
    """The same, with a line for each event to the logger `saccade`: notices and ends at the level INFO, rows of metrics at DEBUG."""

    def note(event: RunEvent) -> None:
        watch(event)
        if event.notice:
            _LOG.info("%s: %s", event.folder, event.notice)
        if event.progress is not None:
            now = event.progress
            _LOG.debug(
                "%s: %s%d of %d %s, %s",
                event.folder,
                now.stage and f"{now.stage}, ",
                now.seen,
                now.total,
                now.unit,
                dict(now.values),
            )
        if event.ended:
            _LOG.info("%s: trained and measured", event.folder)

    return note
