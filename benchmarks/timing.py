"""Paired timing: the contestants run in turn, in one process, on one thread, by CPU seconds.

CPU seconds and not wall seconds, so that another job on the machine does not decide; in turn, so
that a clock that slows down slows all; many short rounds, whose spread becomes the interval.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Race:
    """Seconds a call, by round, for each contestant."""

    ours: list[float]
    theirs: list[float]

    def ratios(self) -> list[float]:
        """How many times faster we are, round by round."""
        return [theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)]


def seconds(work: Callable[[], object], at_least: float = 0.3, clock: Callable[[], float] = time.process_time) -> float:
    """Seconds of one call of `work`, over as many calls as fill `at_least` seconds; CPU seconds, but for another clock."""
    calls, start = 0, clock()
    while (spent := clock() - start) < at_least:
        work()
        calls += 1
    return spent / calls


def race(ours: Callable[[], object], theirs: Callable[[], object], rounds: int = 15, at_least: float = 0.3) -> Race:
    """Run both in turn, after one unmeasured round each."""
    seconds(ours, 0.05)
    seconds(theirs, 0.05)
    result = Race([], [])
    for _ in range(rounds):
        result.ours.append(seconds(ours, at_least))
        result.theirs.append(seconds(theirs, at_least))
    return result


def rate(times: list[float], items: float) -> float:
    """Items a second, at the median round."""
    return items / statistics.median(times)
