"""`python -m benchmarks.dqn`: deep Q-learning next to Stable-Baselines3 and CleanRL, to results/bench/.

Every contestant runs in a process of its own, in turn, in wall-clock time: wants a quiet machine and about twenty minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.dqn_peers import CONTESTANTS
from benchmarks.figures import keep
from saccade.runs import Figure


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--results", type=Path, default=Path("results"))
    options = parser.parse_args()
    for figure in (figure for threads in (2, 1) for figure in speed(threads, options.rounds, options.seconds)):
        keep(options.results, figure)


def speed(threads: int, rounds: int, seconds: float) -> list[Figure]:
    """Decisions a second of every contestant: ours with the peers' batches, and with large ones."""
    started = time.monotonic()
    found: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    for _ in range(rounds):
        for name, values in found.items():
            values.append(_rate(name, threads, seconds))
    took = time.monotonic() - started
    return [_compared(found, name, threads, took) for name in ("saccade", "saccade in large batches")]


def _rate(name: str, threads: int, seconds: float) -> float:
    call = [sys.executable, "-m", "benchmarks.dqn_peers", name, "--seconds", str(seconds), "--threads", str(threads)]
    # The contestants' process loads torch before saccade, which else sets this: ours runs as `saccade train` does, the peers as they do by themselves.
    own = {"GOMP_SPINCOUNT": "2000"} if name.startswith("saccade") else {}
    done = subprocess.run(call, capture_output=True, text=True, check=True, env={**os.environ, **own})
    return float(json.loads(done.stdout.splitlines()[-1])["decisions_per_second"])


def _compared(found: dict[str, list[float]], name: str, threads: int, seconds: float) -> Figure:
    ratios = {
        peer: [here / there for here, there in zip(found[name], found[peer], strict=True)]
        for peer in ("Stable-Baselines3", "CleanRL")
    }
    small = name == "saccade"
    batches = "an update on 32 transitions every 4 decisions" if small else "ours learns from 256 transitions every 32 decisions of 32 games, the peers from 32 every 4"  # fmt: skip
    games = "ours plays 8 games side by side, the peers one, as they do by default; " if small else ""
    return Figure(
        id="bench/dqn-vs-sb3" + ("" if small else "-large-batches") + ("" if threads == 2 else "-one-thread"),
        values=ratios["Stable-Baselines3"],
        unit="times as many decisions a second as Stable-Baselines3's DQN",
        better="higher",
        setup=f"Breakout, 2015 network, {batches}, {threads} threads, a replay buffer of a million transitions on disk (the peers: of half a million, in memory), all hardly filled; {games}our convolutions and hidden layer run in bfloat16 ('saccade, float32': in float32, as the peers' do); measured once learning has started; denormal numbers are flushed to zero for all; in turn, each in its own process",
        command="python -m benchmarks.dqn",
        seconds=seconds,
        baselines={name: statistics.median(values) for name, values in found.items()},
        about={"times CleanRL": statistics.median(ratios["CleanRL"]), "decisions a second, by round": found},
    )


if __name__ == "__main__":
    main()
