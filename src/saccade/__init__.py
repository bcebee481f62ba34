"""saccade: agents that decide where to look, where to draw and what to press, from pixels."""

import os

import lazy_loader

# Idle OpenMP threads that spin made two threads 11 times slower than one beside another job.
# It must stand before torch is loaded; a value that the user has set is left alone.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"

from saccade.environments import register

register()

# What is named in __init__.pyi is read when it is asked for: the tool for people does without torch.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
