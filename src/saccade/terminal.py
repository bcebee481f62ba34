"""The terminal: where paths and names are text as they are, and one bar for a share of a whole."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


def plain_console(stderr: bool = False) -> Console:
    """A console that takes `[a]` and `:b:` in paths and names for text, not for styles and emoji."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


class ShareBar:
    """One bar for a share of a whole; plain lines where there is no terminal."""

    def __init__(self, console: Console, text: str) -> None:
        self._console = console
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
        self._bar = Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal)
        self._text, self._task, self._started = text, self._bar.add_task(text, total=1.0), time.monotonic()

    def show(self, share: float) -> None:
        """Show the share that is done."""
        self._bar.update(self._task, completed=share)
        if not self._console.is_terminal:
            left = (time.monotonic() - self._started) * (1 - share) / max(share, 1e-9)
            self._console.print(f"{self._text} {share:4.0%}  {left:.0f} s left")

    def __enter__(self) -> Self:
        if not self._bar.disable:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar.live.is_started:  # rich 13 prints an empty line at the end of what was never shown
            self._bar.stop()
