"""`python -m benchmarks.first_use OLD NEW`: CPU seconds of a first use with the code of two checkouts, to results/bench/.

A fresh process imports saccade, makes `saccade/CutOut-v0`, and plays thirty steps: with no compiled kernels kept, as on a new machine, and
once more with those of the first time. The checkouts take turns.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.checkouts import comparison, environment, ratio
from benchmarks.figures import keep

_PLAY = """
import gymnasium, saccade
game = gymnasium.make("saccade/CutOut-v0")
game.reset(seed=0)
game.action_space.seed(0)
for _ in range(30):
    _, _, terminated, truncated, _ = game.step(game.action_space.sample())
    if terminated or truncated:
        game.reset()
"""
_KERNELS = {
    "cold": "no compiled kernels kept, as on a new machine",
    "warm": "with the compiled kernels of an earlier process",
}


def main() -> None:
    """Measure both."""
    options, started = comparison(__doc__, rounds=5), time.monotonic()
    found: dict[str, dict[str, list[float]]] = {kernels: {name: [] for name in options.code} for kernels in _KERNELS}
    for _ in range(options.rounds):
        for name, code in options.code.items():
            with tempfile.TemporaryDirectory() as folder:
                for kernels in _KERNELS:
                    found[kernels][name].append(_seconds(code, Path(folder)))
    for kernels, times in found.items():
        figure = ratio(
            options.code, f"bench/first-use-{kernels}-vs-before", "CPU seconds", "of the CPU seconds at commit 8f028ea", times,
            f"a fresh process makes saccade/CutOut-v0 and plays 30 steps, {_KERNELS[kernels]}; in turn",
            "python -m benchmarks.first_use OLD NEW", time.monotonic() - started,
        )  # fmt: skip
        keep(options.results, figure)


def _seconds(code: Path, cache: Path) -> float:
    before = _cpu()
    subprocess.run([sys.executable, "-c", _PLAY], env=environment(code, cache), check=True)
    return _cpu() - before


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
