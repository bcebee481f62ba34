"""saccade: agents that decide where to look, where to draw and what to press, from pixels."""

import os
from typing import Any

import lazy_loader

# Idle OpenMP threads that spin made two threads 11 times slower than one beside another job.
# It must stand before torch is loaded; a value that the user has set is left alone.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"

from saccade.environments import register
from saccade.memory import loading

register()

# What is named in __init__.pyi is read when it is asked for: the tool for people does without torch.
_read, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    with loading():
        return _read(name)
