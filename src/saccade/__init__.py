"""saccade: agents that decide where to look, where to draw and what to press, from pixels."""

import os
from typing import Any

import lazy_loader

# How long an idle OpenMP thread spins before it sleeps: some microseconds. Longer is slow next to another job, and waking a thread that sleeps
# takes longer than most loops (docs/decisions/005). It must stand before torch is loaded; what the user has set is left alone.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")

__version__ = "0.1.0"

from saccade.environments import register
from saccade.memory import loading

register()

# What is named in __init__.pyi is read when it is asked for: the tool for people does without torch.
_read, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    with loading():
        return _read(name)
