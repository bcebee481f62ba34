"""`python -m benchmarks.training_speed OLD NEW`: the time to train systems with the code of two checkouts, to results/bench/.

Wall-clock time of the training alone, without the start of Python and without validation at its end, one thread, in turn. Wants a
quiet machine and two minutes a round. CutOut, whose training is short next to its preparations, is measured by `benchmarks.cutout`.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from benchmarks.checkouts import comparison, ratio
from benchmarks.figures import keep
from benchmarks.same_numbers import trained

# Options under the names of commit 8f028ea, which later versions understand.
_RUNS = {
    "grlf": ["--images", "20000"],
    "ram-cluttered": ["--images", "10000"],
    "dqn-pong": ["--steps", "4000", "--memory", "4000", "--warm-up", "800", "--test-episodes", "1"],
}


def main() -> None:
    """Measure them."""
    options, started = comparison(__doc__, rounds=5), time.monotonic()
    found: dict[str, dict[str, list[float]]] = {recipe: {name: [] for name in options.code} for recipe in _RUNS}
    for _ in range(options.rounds):
        for recipe, settings in _RUNS.items():
            for name, code in options.code.items():
                found[recipe][name].append(_seconds(code, recipe, settings))
                print(f"{recipe}, {name}: {found[recipe][name][-1]:.1f} s", flush=True)
    for recipe, times in found.items():
        figure = ratio(
            f"bench/training-{recipe}-vs-before", "seconds", "of the time to train at commit 8f028ea", times,
            f"saccade train {recipe} {' '.join(_RUNS[recipe])}, one thread, wall-clock time of the training alone; in turn",
            "python -m benchmarks.training_speed OLD NEW", time.monotonic() - started,
        )  # fmt: skip
        keep(options.results, figure)


def _seconds(code: Path, recipe: str, settings: list[str]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        run = trained(code, recipe, [*settings, "--threads", "1"], Path(folder))
        seconds: float = json.loads((run / "result.json").read_text(encoding="utf-8"))["seconds"]
    return seconds


if __name__ == "__main__":
    main()
