"""Loops compiled by numba: its decorators with types, and one place that says what to install.

Numba keeps compiled code beside the source and compares it with the caller's own file only: whoever edits a kernel that
another file calls removes `__pycache__` once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import torch

from saccade.extras import missing

try:
    import numba
except ImportError as error:  # pragma: no cover
    raise missing("segmenting by scribbles", "numba", "cutout") from error

P = ParamSpec("P")
R = TypeVar("R")

prange = numba.prange
_MOST: int = numba.get_num_threads()  # as many as there are cores


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """The function, compiled at its first call and kept on disk; other Python threads run while it does."""
    return cast(Callable[P, R], numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def fast_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """The same, where sums of floats may be taken in any order."""
    return cast(Callable[P, R], numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")(function))


def parallel_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """A `kernel` whose `prange` loops run on several threads; see `threads`."""
    return cast(Callable[P, R], numba.njit(cache=True, nogil=True, parallel=True, error_model="numpy")(function))


def threads() -> int:
    """Let parallel kernels use as many threads as torch does, and return how many that are."""
    wanted = max(1, min(torch.get_num_threads(), _MOST))
    numba.set_num_threads(wanted)
    return wanted
