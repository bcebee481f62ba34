"""Keeps freed memory with the process: training allocates the same again at every update."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # of mallopt(3)
_KEPT = 2**31 - 1  # bytes that may lie free


@cache
def keep() -> bool:
    """Let the allocator keep what is freed; False where it has no such setting (no glibc).

    Otherwise the memory of every large tensor goes back to the system and is mapped again, page by page: up to half of the time of training on pictures.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_TRIM_THRESHOLD, _KEPT)) and bool(mallopt(_MMAP_MAX, 0))
