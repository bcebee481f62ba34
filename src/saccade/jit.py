"""Loops compiled by numba: its decorators with types, and one place that says what to install.

Numba compares kept code with the caller's own file only, so that an edited kernel would go on living in those that call it. Here
compiled code is kept by a digest of all kernels: whoever edits one compiles all of them anew.
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
    """The module, if it is loaded: it takes its time."""
    return sys.modules.get("torch")


def _start() -> int:
    """Start numba's threads, and return how many that are: as many as there are cores.

    Both count in the same OpenMP: whoever starts numba's after telling torch how many it may use has told it in vain.
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
    config.CACHE_DIR = before or str(_CACHE)  # of these functions; those of others stay where they are
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
    """Let parallel kernels use as many threads as torch does, and return how many that are; where it is not loaded, as it would."""
    torch, told = _torch(), os.environ.get("OMP_NUM_THREADS", "")
    wanted = torch.get_num_threads() if torch else int(told) if told.isdecimal() else _MOST
    wanted = max(1, min(wanted, _MOST))
    numba.set_num_threads(wanted)
    return wanted
