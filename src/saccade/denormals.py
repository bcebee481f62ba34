"""Numbers too small for full precision: processors are slow with them, and an optimiser's moments of units that have died out become such, and stay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def flushed() -> Iterator[None]:
    """Take them for zero, in this thread and in those of torch that begin meanwhile; others never hear of it."""
    before = bool(torch.tensor(1e-40) * 1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(not before)
