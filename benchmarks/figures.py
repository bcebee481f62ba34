"""What every benchmark does with a figure."""

from __future__ import annotations

import statistics
from pathlib import Path

from saccade.runs import Figure, write_figure


def keep(results: Path, figure: Figure) -> None:
    """Write it, and print it."""
    write_figure(results, figure)
    baselines = {name: round(value, 3) for name, value in figure.baselines.items()}
    print(f"{figure.id:42} {statistics.mean(figure.values):10.3f}  {figure.unit}  {baselines}", flush=True)
