"""Loops compiled by numba: its decorators with types, and one place that says what to install."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import torch

try:
    import numba
except ImportError as error:  # pragma: no cover
    raise ImportError("segmenting by scribbles needs numba: install saccade[cutout]") from error

F = TypeVar("F", bound=Callable[..., object])

prange = numba.prange
_MOST: int = numba.get_num_threads()  # as many as there are cores


def kernel(function: F) -> F:
    """A compiled function that runs without the interpreter's lock and without bounds checks."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def parallel_kernel(function: F) -> F:
    """The same with `prange` loops on several threads; see `threads`."""
    return cast(F, numba.njit(cache=True, nogil=True, parallel=True, error_model="numpy")(function))


def threads() -> int:
    """Let parallel kernels use as many threads as torch does, and return how many that are."""
    wanted = max(1, min(torch.get_num_threads(), _MOST))
    numba.set_num_threads(wanted)
    return wanted
