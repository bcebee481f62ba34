"""`python -m benchmarks.first_use OLD NEW`: CPU seconds of a first use with the code of two checkouts, to results/bench/.

A fresh process imports saccade, makes `saccade/CutOut-v0`, and plays thirty steps: with no compiled kernels kept, as on a new machine, and
once more with those of the first time. The checkouts take turns.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import keep
from saccade.runs import Figure

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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--results", type=Path, default=Path("results"))
    options = parser.parse_args()
    checkouts, started = {"before": options.old.resolve(), "now": options.new.resolve()}, time.monotonic()
    found: dict[str, dict[str, list[float]]] = {kernels: {name: [] for name in checkouts} for kernels in _KERNELS}
    for _ in range(options.rounds):
        for name, code in checkouts.items():
            with tempfile.TemporaryDirectory() as folder:
                for kernels in _KERNELS:
                    found[kernels][name].append(_seconds(code, Path(folder)))
    for kernels, times in found.items():
        keep(options.results, _figure(kernels, times["before"], times["now"], time.monotonic() - started))


def _seconds(code: Path, cache: Path) -> float:
    environment = {**os.environ, "PYTHONPATH": str(code / "src"), "XDG_CACHE_HOME": str(cache)}
    before = _cpu()
    subprocess.run([sys.executable, "-c", _PLAY], env=environment, check=True)
    return _cpu() - before


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _figure(kernels: str, before: list[float], now: list[float], seconds: float) -> Figure:
    return Figure(
        id=f"bench/first-use-{kernels}-vs-before",
        values=[new / old for old, new in zip(before, now, strict=True)],
        unit="of the CPU seconds at commit 8f028ea",
        better="lower",
        range=(0, None),
        setup=f"a fresh process makes saccade/CutOut-v0 and plays 30 steps, {_KERNELS[kernels]}; in turn",
        command="python -m benchmarks.first_use OLD NEW",
        seconds=seconds,
        baselines={"before, CPU seconds": statistics.mean(before), "now, CPU seconds": statistics.mean(now)},
    )


if __name__ == "__main__":
    main()
