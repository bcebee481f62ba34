"""`python -m benchmarks.training_speed OLD NEW`: the time to train systems with the code of two checkouts, to results/bench/.

Wall-clock time between two rows of metrics, so without the start of Python, validations and tests; one thread, in turn. A run is stopped
after the second. Wants a quiet machine and a minute a round. CutOut, whose training is short next to its preparations, is measured by
`benchmarks.cutout`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.checkouts import comparison, environment, ratio
from benchmarks.figures import keep


@dataclass(frozen=True)
class _Run:
    recipe: str
    options: str  # under the names of commit 8f028ea, which later versions understand
    first: int  # the time is measured from so many images or decisions
    last: int  # to so many

    @property
    def command(self) -> str:
        return f"saccade train {self.recipe} {self.options}"


_RUNS = (
    _Run("grlf", "--images 60000", 4_000, 34_000),
    _Run("ram-cluttered", "--images 40000", 3_000, 18_000),
    _Run("dqn-pong", "--steps 8000 --memory 8000 --warm-up 800", 1_600, 6_400),
)


def main() -> None:
    """Measure them."""
    options, started = comparison(__doc__, rounds=5), time.monotonic()
    found: dict[_Run, dict[str, list[float]]] = {run: {name: [] for name in options.code} for run in _RUNS}
    with tempfile.TemporaryDirectory() as kernels:
        for _ in range(options.rounds):
            for run in _RUNS:
                for name, code in options.code.items():
                    found[run][name].append(_seconds(code, run, Path(kernels) / name))
                    print(f"{run.recipe}, {name}: {found[run][name][-1]:.1f} s", flush=True)
    for run, times in found.items():
        figure = ratio(
            options.code, f"bench/training-{run.recipe}-vs-before", "seconds", "of the time to train at commit 8f028ea", times,
            f"{run.command}, one thread, wall-clock time from {run.first:,} to {run.last:,} images or decisions; in turn",
            "python -m benchmarks.training_speed OLD NEW", time.monotonic() - started,
        )  # fmt: skip
        keep(options.results, figure)


def _seconds(code: Path, run: _Run, kernels: Path) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", *run.command.split(), "--threads", "1", "--seed", "3", "--no-report"]
        with subprocess.Popen(
            [*command, "--out", folder], env=environment(code, kernels), cwd=code, stderr=subprocess.DEVNULL
        ) as process:
            try:
                metrics = Path(folder) / "seed-3" / "metrics.jsonl"
                while (last := _seconds_at(metrics, run.last)) is None:
                    if process.poll() is not None:
                        sys.exit(f"{' '.join(command)} in {code} ended before {run.last}")
                    time.sleep(0.2)
                first = _seconds_at(metrics, run.first)
            finally:
                process.terminate()
    assert first is not None
    return last - first


def _seconds_at(metrics: Path, seen: int) -> float | None:
    """Seconds of training at the first row of metrics after so many images or decisions; None while there is none."""
    lines = metrics.read_text(encoding="utf-8").splitlines(keepends=True) if metrics.exists() else []
    rows = (json.loads(line) for line in lines if line.endswith("\n"))
    return next((row["seen"] / row["seen_per_second"] for row in rows if row["seen"] >= seen), None)


if __name__ == "__main__":
    main()
