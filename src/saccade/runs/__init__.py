"""Runs on disk: directories, metrics, checkpoints, figures. Knows nothing of what is trained."""

from .checkpoint import Checkpoint, CheckpointError, load_checkpoint, previous, save_checkpoint, sweep
from .disk import RunError
from .figures import Figure, Published, bootstrap, machine_kind, read_figures, write_figure
from .metric import Metric, measured_by, number_at
from .metrics import MetricsLog, read_metrics
from .rundir import RunDirectory, find_runs

__all__ = [
    "Checkpoint", "CheckpointError", "Figure", "Metric", "MetricsLog", "Published", "RunDirectory", "RunError", "bootstrap",
    "find_runs", "load_checkpoint", "machine_kind", "measured_by", "number_at", "previous", "read_figures", "read_metrics", "save_checkpoint", "sweep",
    "write_figure",
]  # fmt: skip
