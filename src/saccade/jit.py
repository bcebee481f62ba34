"""Loops compiled by numba: its decorators with types, and one place that says what to install.

Numba checks its cache against the caller's own file only, so that callers of an edited kernel would still run the old one. Here
the cache is keyed by a digest of all kernels: an edit of one compiles all of them again.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from saccade.extras import missing

try:
    import numba
    from numba.core import event
except ImportError as error:  # pragma: no cover
    raise missing("segmenting by scribbles", "numba", "cutout") from error

COMPILING = "saccade: compiling for this processor; this happens once and takes some seconds"

P = ParamSpec("P")
R = TypeVar("R")

_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    """The threads that `spread` uses, started at their first use."""
    return ThreadPoolExecutor(_CORES, "saccade-kernels")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not survive a fork


class _Notice(event.Listener):
    """Says, once, what a first use waits for."""

    said = False

    def on_start(self, event: Any) -> None:
        if not _Notice.said and event.data["dispatcher"].py_func.__module__.startswith("saccade."):
            _Notice.said = True
            print(COMPILING, file=sys.stderr, flush=True)

    def on_end(self, event: Any) -> None:
        """Nothing to say."""


event.register("numba:compile", _Notice())  # type: ignore[no-untyped-call]


def _digest() -> str:
    """Of every file that holds kernels."""
    home = Path(__file__).parent
    files = sorted({*home.rglob("*kernels.py"), *home.rglob("faces/*.py"), Path(__file__)})
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "saccade" / "kernels" / _digest()


def _compiled(function: Callable[P, R], fast: bool = False) -> Callable[P, R]:
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = before or str(_CACHE)  # of these functions only
    try:
        decorate = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=fast)
        return cast(Callable[P, R], decorate(function))
    finally:
        config.CACHE_DIR = before


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """The function, compiled at its first call and kept on disk; other Python threads run while it does."""
    return _compiled(function)


def fast_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """The same, where sums of floats may be taken in any order."""
    return _compiled(function, fast=True)


def threads() -> int:
    """How many threads work on a batch: as many as torch has, or would have if it were loaded."""
    torch, given = sys.modules.get("torch"), os.environ.get("OMP_NUM_THREADS", "")
    wanted: int = torch.get_num_threads() if torch else int(given) if given.isdecimal() else _CORES
    return max(1, min(wanted, _CORES))


def spread(function: Callable[Concatenate[int, int, P], None], shares: int, *args: P.args, **kwargs: P.kwargs) -> None:
    """Run a kernel on a thread for each share: `function(share, shares, …)` works on its share of a batch.

    Numba's own threads (`prange`) take a second more to compile, for each kernel, and share an OpenMP with torch, whose
    number of threads they change.
    """
    if shares <= 1:
        function(0, 1, *args, **kwargs)
        return
    for done in [_pool().submit(function, share, shares, *args, **kwargs) for share in range(shares)]:
        done.result()
