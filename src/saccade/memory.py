"""Memory of the process: what is freed stays with it, and libraries are loaded without looking for what could be freed."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def loading() -> Iterator[None]:
    """Load torch and what is built on it without Python's garbage collector, and leave their objects out of its later rounds.

    There are some hundred thousand of them, and all stay. Looking through them while they are made, in every full round and at the end of the
    process took a quarter of the time of a short use. Where torch is loaded already nothing is done.
    """
    if "torch" in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
        if "torch" in sys.modules:
            gc.freeze()
    finally:
        gc.enable()
