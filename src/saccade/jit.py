"""Loops compiled by numba: its decorators with types, and one place that says what to install.

Numba checks its cache against the caller's own file only, so that callers of an edited kernel would still run the old one. Here
the cache is keyed by a digest of all kernels: an edit of one compiles all of them again.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from saccade.extras import missing

try:
    import numba
except ImportError as error:  # pragma: no cover
    raise missing("segmenting by scribbles", "numba", "cutout") from error

P = ParamSpec("P")
R = TypeVar("R")

prange = numba.prange


def _torch() -> Any:
    """The module, if it is loaded already: importing it is slow."""
    return sys.modules.get("torch")


def _start() -> int:
    """Start numba's threads and return their number: as many as there are cores.

    Both libraries share one OpenMP: starting numba's threads resets the number that torch was set to, so it is set again.
    """
    torch = _torch()
    before = torch.get_num_threads() if torch else None
    most: int = numba.get_num_threads()
    if torch:
        torch.set_num_threads(before)
    return most


_MOST = _start()


def _digest() -> str:
    """Of every file that holds kernels."""
    home = Path(__file__).parent
    files = sorted({*home.rglob("*kernels.py"), *home.rglob("faces/*.py"), Path(__file__)})
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "saccade" / "kernels" / _digest()


def _compiled(function: Callable[P, R], fast: bool = False, parallel: bool = False) -> Callable[P, R]:
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = before or str(_CACHE)  # of these functions only
    try:
        decorate = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=fast, parallel=parallel)
        return cast(Callable[P, R], decorate(function))
    finally:
        config.CACHE_DIR = before


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """The function, compiled at its first call and kept on disk; other Python threads run while it does."""
    return _compiled(function)


def fast_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """The same, where sums of floats may be taken in any order."""
    return _compiled(function, fast=True)


def parallel_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """A `kernel` whose `prange` loops run on several threads; see `threads`."""
    return _compiled(function, parallel=True)


def threads() -> int:
    """Let parallel kernels use as many threads as torch does, or would if it were loaded, and return their number."""
    torch, given = _torch(), os.environ.get("OMP_NUM_THREADS", "")
    wanted = torch.get_num_threads() if torch else int(given) if given.isdecimal() else _MOST
    wanted = max(1, min(wanted, _MOST))
    numba.set_num_threads(wanted)
    return wanted
