"""`python -m benchmarks.speed`: the speed figures, each against a named peer, written to results/bench/.

One thread; needs MNIST and `pip install '.[bench]'`. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from benchmarks.figures import keep
from benchmarks.peers import ap_gym_environment, one_by_one, our_environment, stepping
from benchmarks.plain_loop import PlainLoop
from benchmarks.timing import Race, race, rate, seconds
from saccade.agents import Learner
from saccade.graph import Graph, In, Module, Out
from saccade.recipes.grlf.settings import GrlfSettings
from saccade.recipes.grlf.wiring import wire
from saccade.runs import Figure
from saccade.worlds import LabelledImages, load_mnist

_BATCHES = (1, 16, 256)


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--results", type=Path, default=Path("results"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = load_mnist("train")
    figures: list[Callable[[], Figure]] = [lambda: edge(options.rounds)]
    figures += [partial(overhead, data, n, options.rounds) for n in reversed(_BATCHES)]
    figures += [partial(environment_alone, data, n, options.rounds) for n in _BATCHES]
    figures += [partial(training_against_single, data, n, options.rounds) for n in _BATCHES]
    figures += [lambda: against_ap_gym(data, options.rounds)]
    for make in figures:
        keep(options.results, make())


def _trainer(data: LabelledImages) -> Callable[[int], object]:
    """A training step of the recipe, with the numbers that it logs."""
    torch.manual_seed(0)
    system = wire(GrlfSettings(), data)
    learner, correct = Learner(system.graph, GrlfSettings().learner), system.prediction.correct

    def update(n: int) -> object:
        seen, trace = learner.update(n, 0.5, watch=(correct,))
        return seen, float(trace[correct].float().mean())

    return update


def _plain_trainer(data: LabelledImages) -> Callable[[int], object]:
    torch.manual_seed(0)
    plain = PlainLoop(wire(GrlfSettings(), data), GrlfSettings())
    return lambda n: plain.update(n, 0.5)


def overhead(data: LabelledImages, n: int, rounds: int) -> Figure:
    """Training with the graph over a hand-written loop of the same mathematics."""
    started = time.monotonic()
    ours, theirs = _trainer(data), _plain_trainer(data)
    run = race(lambda: ours(n), lambda: theirs(n), rounds, 1.0)
    return Figure(
        id="bench/graph-overhead" if n == 256 else f"bench/graph-overhead-batch-{n}",
        values=[1 / ratio - 1 for ratio in run.ratios()],
        unit="extra CPU time of a training step, fraction",
        better="lower",
        setup=f"joint training step, batch {n}, one thread, against a hand-written PyTorch loop, in turn",
        command="make bench",
        seconds=time.monotonic() - started,
        baselines=_rates(run, n, "hand-written loop, images/s", "ours, images/s"),
    )


def environment_alone(data: LabelledImages, n: int, rounds: int) -> Figure:
    """The environment around the saccader (reader inside) against single environments."""
    started = time.monotonic()
    graph = wire(GrlfSettings(), data).graph
    env = graph.environment(n)
    steps = GrlfSettings().fixations - 1
    step = stepping(env)
    run = race(lambda: [step() for _ in range(steps)], one_by_one(graph, n, steps + 1), rounds)
    return Figure(
        id=f"bench/env-vs-single-batch-{n}",
        values=run.ratios(),
        unit="times as many steps per CPU-second",
        better="higher",
        setup=f"environment of the recipe, {n} episodes, against the same modules in {n} single Gymnasium environments",
        command="make bench",
        seconds=time.monotonic() - started,
        baselines=_rates(run, n * steps, "single environments, steps/s", "ours, steps/s"),
    )


def training_against_single(data: LabelledImages, n: int, rounds: int) -> Figure:
    """A joint training step against collecting in single environments and then fitting."""
    started = time.monotonic()
    ours, fit = _trainer(data), _trainer(data)
    collect = one_by_one(wire(GrlfSettings(), data).graph, n, GrlfSettings().fixations)

    def theirs() -> None:
        collect()
        fit(n)

    run = race(lambda: ours(n), theirs, rounds)
    return Figure(
        id=f"bench/training-vs-single-batch-{n}",
        values=run.ratios(),
        unit="times as many images per CPU-second",
        better="higher",
        setup=f"joint training step, batch {n}, against collecting in {n} single Gymnasium environments and fitting after",
        command="make bench",
        seconds=time.monotonic() - started,
        baselines=_rates(run, n, "single environments, images/s", "ours, images/s"),
    )


def against_ap_gym(data: LabelledImages, rounds: int) -> Figure:
    """The same task as ap-gym's MNIST environment, 256 episodes, six steps."""
    started = time.monotonic()
    n = 256
    theirs = ap_gym_environment(data, n)
    run = race(stepping(our_environment(data, n)), stepping(theirs), rounds)
    theirs.close()
    return Figure(
        id="bench/env-vs-ap-gym",
        values=run.ratios(),
        unit="times as many steps per CPU-second",
        better="higher",
        setup="MNIST, 9x9 crops, 6 steps, 256 environments, the prediction scored at every step, ap-gym 0.7.1 next to it",
        command="make bench",
        seconds=time.monotonic() - started,
        baselines=_rates(run, n, "ap-gym, steps/s", "ours, steps/s"),
    )


class Pass(Module):
    """Hands its input on."""

    x: In[Float[Tensor, "b"]] = In(init=0.0)
    y: Out[Float[Tensor, "b"]]

    def forward(self, x: Tensor) -> Tensor:
        """The same tensor."""
        return x


def edge(rounds: int, nodes: int = 1000) -> Figure:
    """Time of one node and its edge in the compiled graph, over a chain that does nothing."""
    started = time.monotonic()

    def chain(length: int) -> Callable[[], object]:
        parts = [Pass().named(f"pass{place}") for place in range(length)]
        for before, after in pairwise(parts):
            before.y >> after.x
        graph = Graph(*parts)
        graph.unroll(1)  # compiles, and checks every value
        return lambda: graph.unroll(1)

    long, short = chain(nodes), chain(1)
    values = [(seconds(long, 0.1) - seconds(short, 0.1)) / (nodes - 1) * 1e9 for _ in range(rounds)]
    return Figure(
        id="bench/edge-ns",
        values=values,
        unit="ns a node and edge",
        better="lower",
        setup=f"chain of {nodes} modules that return their input, compiled, the call of the module included",
        command="make bench",
        seconds=time.monotonic() - started,
    )


def _rates(run: Race, items: float, theirs: str, ours: str) -> dict[str, float]:
    return {theirs: rate(run.theirs, items), ours: rate(run.ours, items)}


if __name__ == "__main__":
    main()
