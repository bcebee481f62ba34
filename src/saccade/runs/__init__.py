"""Runs on disk: directories, metrics, checkpoints, figures. Knows nothing of what is trained."""

from saccade.disk import RunError

from .checkpoint import Checkpoint, CheckpointError, load_checkpoint, previous, save_checkpoint, sweep
from .figures import Figure, Published, interval_of, machine_kind, read_figures, write_figure
from .intervals import Difference, Interval, mean_interval, paired_difference
from .metric import Metric, measured_by, number_at
from .metrics import MetricsLog, read_metrics
from .rundir import RunDirectory, find_runs, new_folder

__all__ = [
    "Checkpoint", "CheckpointError", "Difference", "Figure", "Interval", "Metric", "MetricsLog", "Published", "RunDirectory", "RunError",
    "find_runs", "interval_of", "load_checkpoint", "machine_kind", "mean_interval", "measured_by", "new_folder", "number_at", "paired_difference", "previous",
    "read_figures", "read_metrics", "save_checkpoint", "sweep", "write_figure",
]  # fmt: skip
