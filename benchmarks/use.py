"""`python -m benchmarks.use`: how long it takes to load a trained run and to predict with it, to results/bench/.

Each round in a process of its own, one thread, wall-clock time. Trains a small run first.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import saccade
from benchmarks.figures import keep
from saccade.runs import Figure

_LOAD = """
import json, sys, time
import torch
torch.set_num_threads(1)
begun = time.perf_counter()
import saccade
system = saccade.load(sys.argv[1])
loaded = time.perf_counter() - begun
image = torch.zeros(1, 28, 28, dtype=torch.uint8)
system.predict(image)
took = []
for _ in range(20):
    begun = time.perf_counter()
    system.predict(image)
    took.append(time.perf_counter() - begun)
print(json.dumps([loaded, sorted(took)[len(took) // 2]]))
"""


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--results", type=Path, default=Path("results"))
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        run = saccade.train("grlf", seen=2_000, out=Path(folder) / "run")
        found = [_measured(run) for _ in range(options.rounds)]
    loads, predictions = zip(*found, strict=True)
    setup = "a run of grlf with its own settings, one thread, wall-clock time, a new process in every round"
    for name, values, unit, what in (
        ("load-seconds", loads, "seconds to import saccade and load a run, beyond the import of torch", ""),
        (
            "predict-one-ms",
            [1000 * value for value in predictions],
            "ms to predict one picture, once loaded",
            ", median of 20",
        ),
    ):
        keep(
            options.results,
            Figure(
                id=f"bench/{name}", values=list(values), unit=unit, better="lower", range=(0, None), setup=setup + what,
                command="python -m benchmarks.use", seconds=time.monotonic() - started,
            ),
        )  # fmt: skip


def _measured(run: Path) -> tuple[float, float]:
    done = subprocess.run([sys.executable, "-c", _LOAD, str(run)], capture_output=True, text=True, check=True)
    loaded, predicted = json.loads(done.stdout)
    return loaded, predicted


if __name__ == "__main__":
    main()
