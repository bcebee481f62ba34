"""`python -m benchmarks.replay`: the replay buffer next to Stable-Baselines3's, to results/bench/.

Both store an observation once. Every measurement is made in a process of its own: how fast memory is depends on the pages that the
system gives to the process. Wants a quiet machine, 10 GB of memory and three minutes.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from stable_baselines3.common.buffers import ReplayBuffer

from benchmarks.figures import keep
from benchmarks.timing import seconds
from saccade.agents.replay import Replay
from saccade.agents.replay_kernels import DECIDED
from saccade.runs import Figure

_FILLED = 204_800  # whole blocks; transitions that both replay buffers store: with more, the peer's does not fit into every machine
_GAMES = 8
_SHAPE = (4, 84, 84)
_DRAWS = [(batch, threads) for batch in (32, 256) for threads in (1, 2)]
_COMMAND = "python -m benchmarks.replay"

Times = tuple[
    float, float, float
]  # microseconds of ours, of theirs, and of copying as many frames as ours and nothing else


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--results", type=Path, default=Path("results"))
    options = parser.parse_args()
    for figure in [*sampling(options.rounds), memory()]:
        keep(options.results, figure)


def _apart(call: Callable[..., Any], *arguments: Any) -> Any:
    """Its answer, from a new process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(call, arguments)


def _ours(folder: str) -> Replay:
    buffer = Replay(1_000_000, _GAMES, _SHAPE, Path(folder))
    rng = np.random.default_rng(0)
    rows = _FILLED // _GAMES
    buffer.columns.reserve(rows)
    for start in range(0, _FILLED, 4_096):
        buffer._frames[start : start + 4_096] = rng.integers(0, 256, (4_096, 84 * 84), np.uint8)
    buffer._kind[:rows] = DECIDED
    buffer._written[:] = rows
    buffer.load_state(buffer.state())
    return buffer


def _theirs() -> ReplayBuffer:
    pixels = gym.spaces.Box(0, 255, _SHAPE, np.uint8)
    buffer = ReplayBuffer(
        _FILLED + 1, pixels, gym.spaces.Discrete(4), "cpu", optimize_memory_usage=True, handle_timeout_termination=False
    )
    rng = np.random.default_rng(0)
    for start in range(0, _FILLED, 2_048):
        buffer.observations[start : start + 2_048, 0] = rng.integers(0, 256, (2_048, *_SHAPE), np.uint8)
    buffer.pos = _FILLED
    return buffer


def _draw(folder: str, turns: int = 3) -> list[Times]:
    """How long sampling takes, for each of `_DRAWS`."""
    ours, theirs = _ours(folder), _theirs()
    found = []
    for batch, threads in _DRAWS:
        torch.set_num_threads(threads)
        draws = (lambda: ours.sample(batch), lambda: theirs.sample(batch), _copying(ours, batch))  # noqa: B023  # called at once
        mine, others, copies = zip(*([_microseconds(draw) for draw in draws] for _ in range(turns)), strict=True)
        found.append((statistics.median(mine), statistics.median(others), statistics.median(copies)))
    return found


def _copying(buffer: Replay, batch: int) -> Callable[[], object]:
    """Copy five consecutive frames from places that are known beforehand: no sampling of whole pictures can be faster."""
    frames, firsts = torch.from_numpy(buffer._frames), np.random.default_rng(0).integers(0, _FILLED - 5, (997, batch))
    rows = itertools.cycle([torch.from_numpy((first[:, None] + np.arange(5)).ravel()) for first in firsts])
    return lambda: frames.index_select(0, next(rows))


def _microseconds(draw: Callable[[], object]) -> float:
    draw()  # what is compiled at the first call does not count
    return 1e6 * seconds(draw, 0.7, time.perf_counter)


def sampling(rounds: int) -> Iterator[Figure]:
    """How many times as fast as the peer's our replay buffer samples a batch."""
    started, found = time.monotonic(), list[list[Times]]()
    for _ in range(rounds):
        with TemporaryDirectory(dir=".") as folder:
            found.append(_apart(_draw, folder))
    took = time.monotonic() - started
    for (batch, threads), times in zip(_DRAWS, zip(*found, strict=True), strict=True):
        mine, others, copies = zip(*times, strict=True)
        yield Figure(
            id="bench/replay-sampling-vs-sb3" + ("" if batch == 32 else f"-{batch}") + ("" if threads == 2 else "-one-thread"),
            values=[there / here for here, there, _ in times],
            unit="times as fast as Stable-Baselines3's ReplayBuffer with optimize_memory_usage",
            better="higher",
            setup=f"{batch} transitions of four frames, observation and next observation, sampled from {_FILLED} stored ones; ours in a memory map; {threads} threads, of which the peer uses one; replay buffers and process are new in every round",
            command=_COMMAND,
            seconds=took,
            baselines={"saccade, µs": statistics.median(mine), "copying alone, µs": statistics.median(copies), "Stable-Baselines3, µs": statistics.median(others)},
            about={"µs, by round": {"saccade": list(mine), "Stable-Baselines3": list(others)}},
        )  # fmt: skip


def _resident(folder: str | None) -> list[float]:
    """MiB of a process that samples from a replay buffer, theirs if there is no folder: its peak, what the system cannot take back, and pages of files."""
    buffer = _theirs() if folder is None else _ours(folder)
    for _ in range(300):
        buffer.sample(32)
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return [int(status[name].split()[0]) / 1024 for name in ("VmHWM", "RssAnon", "RssFile")]


def memory() -> Figure:
    """Memory of a process that samples from a filled replay buffer."""
    started = time.monotonic()
    with TemporaryDirectory(dir=".") as folder:
        ours, theirs = _apart(_resident, folder), _apart(_resident, None)
    return Figure(
        id="bench/replay-memory-vs-sb3",
        values=[ours[1] / theirs[1]],
        unit="of the memory that Stable-Baselines3 takes",
        better="lower",
        setup=f"{_FILLED} transitions stored and sampled; memory that the system cannot take back: cached pages of files are counted separately",
        command=_COMMAND,
        seconds=time.monotonic() - started,
        baselines={"saccade, MiB": ours[1], "Stable-Baselines3, MiB": theirs[1]},
        about={
            "peak MiB, pages of files counted": {"saccade": ours[0], "Stable-Baselines3": theirs[0]},
            "MiB of files in memory": {"saccade": ours[2], "Stable-Baselines3": theirs[2]},
        },
    )


if __name__ == "__main__":
    main()
