"""`python -m benchmarks.dqn`: deep Q-learning beside Stable-Baselines3 and CleanRL, to results/bench/.

Every contestant runs in a process of its own, in turn, by the clock on the wall: wants a quiet machine and about twenty minutes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import gymnasium as gym
import numpy as np
import torch
from stable_baselines3.common.buffers import ReplayBuffer

from benchmarks.dqn_peers import CONTESTANTS
from saccade.agents.replay import Replay
from saccade.agents.replay_kernels import DECIDED
from saccade.runs import Figure, write_figure

_FILLED = 204_800  # whole blocks; moments that both memories hold: with more of them the peer's does not fit everywhere
_GAMES = 8
_SHAPE = (4, 84, 84)


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--results", type=Path, default=Path("results"))
    options = parser.parse_args()
    for figure in figures(options.rounds, options.seconds):
        write_figure(options.results, figure)
        values = f"{statistics.median(figure.values):10.3f}  {figure.unit}  {dict(figure.baselines)}"
        print(f"{figure.id:34} {values}", flush=True)


def figures(rounds: int, seconds: float) -> Iterator[Figure]:
    """One by one, as they are made."""
    for threads in (1, 2):
        yield from speed(threads, rounds, seconds)
    for batch in (32, 256):
        for threads in (1, 2):
            yield sampling(batch, threads)
    yield memory()


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
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1])["decisions_per_second"])


def _compared(found: dict[str, list[float]], name: str, threads: int, seconds: float) -> Figure:
    ratios = {
        peer: [here / there for here, there in zip(found[name], found[peer], strict=True)]
        for peer in ("Stable-Baselines3", "CleanRL")
    }
    small = name == "saccade"
    batches = "an update on 32 moments every 4 decisions" if small else "ours learns from 256 moments every 32 decisions of 32 games, the peers from 32 every 4"  # fmt: skip
    games = "ours plays 8 games side by side, the peers one, as they do by default; " if small else ""
    return Figure(
        id="bench/dqn-vs-sb3" + ("" if small else "-large-batches") + _suffix(threads),
        values=ratios["Stable-Baselines3"],
        unit="times as many decisions a second as Stable-Baselines3's DQN",
        better="higher",
        setup=f"Breakout, 2015 network, {batches}, {threads} threads, a memory of a million moments on disk (the peers: of half a million, in memory), all hardly filled; {games}the filters of ours compute in bfloat16 ('saccade, float32': as the peers do); after learning has begun; tiny numbers are zero for all; in turn, each in its own process",
        command="python -m benchmarks.dqn",
        seconds=seconds,
        baselines={name: statistics.median(values) for name, values in found.items()},
        about={"times CleanRL": statistics.median(ratios["CleanRL"]), "decisions a second, by round": found},
    )


def _ours(folder: Path) -> Replay:
    memory = Replay(1_000_000, _GAMES, _SHAPE, folder)
    dice = np.random.default_rng(0)
    rows = _FILLED // _GAMES
    memory.columns.reserve(rows)
    for start in range(0, _FILLED, 4_096):
        memory._frames[start : start + 4_096] = dice.integers(0, 256, (4_096, 84 * 84), np.uint8)
    memory._kind[:rows] = DECIDED
    memory._written[:] = rows
    memory.load_state(memory.state())
    return memory


def _theirs() -> ReplayBuffer:
    pixels = gym.spaces.Box(0, 255, _SHAPE, np.uint8)
    memory = ReplayBuffer(
        _FILLED + 1, pixels, gym.spaces.Discrete(4), "cpu", optimize_memory_usage=True, handle_timeout_termination=False
    )
    dice = np.random.default_rng(0)
    for start in range(0, _FILLED, 2_048):
        memory.observations[start : start + 2_048, 0] = dice.integers(0, 256, (2_048, *_SHAPE), np.uint8)
    memory.pos = _FILLED
    return memory


def _microseconds(draw: Callable[[], object], at_least: float = 1.0) -> float:
    draw()
    calls, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < at_least:
        draw()
        calls += 1
    return spent / calls * 1e6


def sampling(batch: int, threads: int, rounds: int = 9) -> Figure:
    """Microseconds to draw a batch, beside Stable-Baselines3's buffer that also keeps an observation once."""
    started = time.monotonic()
    torch.set_num_threads(threads)
    with TemporaryDirectory(dir=".") as folder:
        ours, theirs = _ours(Path(folder)), _theirs()
        mine, others = [], []
        for _ in range(rounds):
            mine.append(_microseconds(lambda: ours.sample(batch)))
            others.append(_microseconds(lambda: theirs.sample(batch)))
    return Figure(
        id="bench/replay-sampling-vs-sb3" + ("" if batch == 32 else f"-{batch}") + _suffix(threads),
        values=[there / here for here, there in zip(mine, others, strict=True)],
        unit="times as fast as Stable-Baselines3's ReplayBuffer with optimize_memory_usage",
        better="higher",
        setup=f"{batch} moments of four frames, before and after, from {_FILLED} that are filled; ours in a memory map; {threads} threads, of which the peer uses one",
        command="python -m benchmarks.dqn",
        seconds=time.monotonic() - started,
        baselines={"saccade, µs": statistics.median(mine), "Stable-Baselines3, µs": statistics.median(others)},
    )


def _suffix(threads: int) -> str:
    return "" if threads == 2 else "-one-thread"


_RESIDENT = """
import sys
from pathlib import Path
from benchmarks.dqn import _ours, _theirs
kept = _ours(Path(sys.argv[2])) if sys.argv[1] == "ours" else _theirs()
for _ in range(300):
    kept.sample(32)
told = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print([int(told[name].split()[0]) / 1024 for name in ("VmHWM", "RssAnon", "RssFile")])
"""


def memory() -> Figure:
    """Memory of a process that holds a filled replay memory and draws from it."""
    started = time.monotonic()
    told: dict[str, list[float]] = {}
    with TemporaryDirectory(dir=".") as folder:
        for name in ("ours", "theirs"):
            call = [sys.executable, "-c", _RESIDENT, name, folder]
            told[name] = json.loads(
                subprocess.run(call, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
            )
    return Figure(
        id="bench/replay-memory-vs-sb3",
        values=[told["ours"][1] / told["theirs"][1]],
        unit="of the memory that Stable-Baselines3 takes",
        better="lower",
        setup=f"{_FILLED} moments kept and drawn from; what a process cannot give back: pages of files, which the system takes when it wants to, are counted apart",
        command="python -m benchmarks.dqn",
        seconds=time.monotonic() - started,
        baselines={"saccade, MiB": told["ours"][1], "Stable-Baselines3, MiB": told["theirs"][1]},
        about={
            "peak MiB, pages of files counted": {
                "saccade": told["ours"][0],
                "Stable-Baselines3": told["theirs"][0],
            },
            "MiB of files in memory": {"saccade": told["ours"][2], "Stable-Baselines3": told["theirs"][2]},
        },
    )


if __name__ == "__main__":
    main()
