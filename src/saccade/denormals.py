"""Denormal numbers, flushed to zero: processors are slow with them, and where units have died the running averages of an optimiser stay denormal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def flushed() -> Iterator[None]:
    """Flush them to zero in this thread and in threads of torch that start meanwhile; other threads are not affected."""
    before = bool(torch.tensor(1e-40) * 1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(not before)
