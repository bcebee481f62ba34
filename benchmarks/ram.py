"""`python -m benchmarks.ram`: training speed of RAM as published, and its cost by image size, to results/bench/.

The peer is the most used public PyTorch RAM at its own settings (6 glimpses of 8x8, one scale, batch 128, one loader
worker). It is in no registry, so that it cannot run here: its figure on a machine of this kind, two cores, is quoted.
Wants MNIST and a quiet machine.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from benchmarks.figures import keep
from benchmarks.timing import seconds
from saccade.agents import Learner
from saccade.recipes.ram.settings import MNIST, RamSettings, Reader
from saccade.recipes.ram.wiring import wire
from saccade.runs import Figure
from saccade.worlds import LabelledImages, load_mnist

_PEER, _PEER_CPU = 1730.0, 2340.0  # images/s on two cores, and per CPU-second
_BATCHES = (128, 256, 512, 1024)
_PUBLISHED = replace(MNIST, reader=Reader.PUBLISHED)
_SIZES = (28, 60, 100, 200)


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--results", type=Path, default=Path("results"))
    options = parser.parse_args()
    data = load_mnist("train")
    figures = [throughput(data, options.rounds, (128,)), throughput(data, options.rounds, _BATCHES)]
    figures += [by_size(data, options.rounds)]
    for figure in figures:
        keep(options.results, figure)


def trainer(data: LabelledImages, settings: RamSettings) -> Callable[[int], object]:
    """A training step, with the numbers that it logs."""
    torch.manual_seed(0)
    system = wire(settings, data)
    learner, correct = Learner(system.graph, settings.learner), system.prediction.correct

    def update(n: int) -> object:
        seen, trace = learner.update(n, 0.5, watch=(correct,))
        return seen, float(trace[correct].float().mean())

    return update


def throughput(data: LabelledImages, rounds: int, batches: tuple[int, ...]) -> Figure:
    """Images a second on two threads, at the best of some batch sizes."""
    started = time.monotonic()
    torch.set_num_threads(2)
    update = trainer(data, _PUBLISHED)
    trials = {n: n / min(_timed(partial(update, n))[0] for _ in range(3)) for n in batches}
    best = max(trials, key=lambda n: trials[n])  # measured anew after this choice
    wall, cpu = zip(*(_timed(partial(update, best)) for _ in range(rounds)), strict=True)
    rates, per_cpu = [best / spent for spent in wall], [best / spent for spent in cpu]
    torch.set_num_threads(1)
    return Figure(
        id="bench/ram-vs-peer" if len(batches) == 1 else "bench/ram-vs-peer-best-batch",
        values=[rate / _PEER for rate in rates],
        unit="times as many training images a second, two cores",
        better="higher",
        setup=f"RAM as published, 6 glimpses of 8x8 pixels, batch {best}, two threads; the peer's figure is quoted, at its own batch of 128",
        command="python -m benchmarks.ram",
        seconds=time.monotonic() - started,
        baselines={
            "public PyTorch RAM, images/s": _PEER,
            "ours, images/s": statistics.median(rates),
            "public PyTorch RAM, images per CPU-second": _PEER_CPU,
            "ours, images per CPU-second": statistics.median(per_cpu),
        },
    )


def _timed(work: Callable[[], object], at_least: float = 1.0) -> tuple[float, float]:
    """Wall seconds and CPU seconds of a call."""
    work()
    calls, wall, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < at_least:
        work()
        calls += 1
    return (time.perf_counter() - wall) / calls, (time.process_time() - cpu) / calls


def by_size(data: LabelledImages, rounds: int) -> Figure:
    """CPU time of a training image by the size of the field, over that of 28 pixels, scene included."""
    started = time.monotonic()
    torch.set_num_threads(1)
    updates = {side: trainer(data, replace(_PUBLISHED, field=side)) for side in _SIZES}
    times: dict[int, list[float]] = {side: [] for side in _SIZES}
    for update in updates.values():
        update(128)
    for _ in range(rounds):
        for side, update in updates.items():
            times[side].append(seconds(partial(update, 128), 0.5))
    widest = _SIZES[-1]
    return Figure(
        id="bench/ram-cost-by-size",
        values=[large / small for large, small in zip(times[widest], times[28], strict=True)],
        unit=f"times the CPU time of a training image, {widest} pixels over 28",
        better="lower",
        setup="RAM as published, 6 glimpses of 8x8 pixels, batch 128, one thread; laying the digit into its field included",
        command="python -m benchmarks.ram",
        seconds=time.monotonic() - started,
        baselines={f"{side} pixels, us an image": statistics.median(times[side]) / 128 * 1e6 for side in _SIZES},
    )


if __name__ == "__main__":
    main()
