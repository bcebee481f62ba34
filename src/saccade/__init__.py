"""saccade: agents that decide where to look, where to draw and what to press, from pixels."""

import os

# Idle OpenMP threads that spin made two threads 11 times slower than one beside another job.
# It must stand before torch is loaded; a value that the user has set is left alone.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"

from saccade.api import draw, evaluate, graph_of, resume, train, watch, write_report
from saccade.environments import register

register()

__all__ = ["draw", "evaluate", "graph_of", "resume", "train", "watch", "write_report"]
