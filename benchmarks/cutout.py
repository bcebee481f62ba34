"""`python -m benchmarks.cutout`: the scribbling environment beside the same one on other segmenters, to results/bench/.

Both cores, by the clock on the wall: wants a quiet machine.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from saccade.agents.hand import RandomHand
from saccade.graph import Module
from saccade.graph.environment import GraphVectorEnv
from saccade.recipes.cutout_settings import CutOutSettings
from saccade.recipes.cutout_task import CutOutTask
from saccade.runs import Figure, write_figure
from saccade.vision.geodesic import GeodesicMaps
from saccade.vision.geodesic_kernels import FAR
from saccade.vision.methods import Method
from saccade.worlds.cutout import cutout
from saccade.worlds.faces import faces
from saccade.worlds.masked import MaskedImages
from saccade.worlds.masked_folder import MaskedSplits
from saccade.worlds.rules import CutOutRules

_GAMES = 64
_SECONDS = 2.0  # of our own environment a round; the slow ones make one step
_OTHERS = {
    "geodesic, from scratch": Method.GEODESIC,
    "OpenCV GrabCut": Method.GRABCUT,
    "scikit-image random walker": Method.RANDOM_WALKER,
}


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--results", type=Path, default=Path("results"))
    options = parser.parse_args()
    torch.set_num_threads(2)
    data = faces(256)
    for figure in (steps(data, options.rounds), share(data, options.rounds)):
        write_figure(options.results, figure)
        print(f"{figure.id:34} {statistics.median(figure.values):10.3f}  {figure.unit}  {dict(figure.baselines)}")


def _environment(data: MaskedImages, method: Method | None) -> GraphVectorEnv:
    """Games under way; with a method, every mask is made from scratch."""
    rules, hand = CutOutRules(segmenter=Method.GEODESIC if method is None else method), RandomHand()
    parts = cutout(data, rules)
    parts.view.view >> hand.view
    parts.overlap.reward >> hand.reward
    hand.action >> parts.move
    env = parts.graph(hand, rules).environment(_GAMES)
    if method is Method.GEODESIC:
        parts.segmenter._maps = Recomputed(data.images[:_GAMES])
    env.reset(seed=0)
    return env


class Recomputed(GeodesicMaps):
    """The same maps, but all strokes so far are drawn anew at every step; the weights of the edges are kept.

    The one thing that no user wants, and only this comparison.
    """

    def __init__(self, images: Tensor) -> None:
        super().__init__(images)
        self._strokes = torch.zeros(self.n, 2, 0, dtype=torch.int64)

    def show(self, images: Tensor, which: Tensor | None = None) -> None:
        """As `GeodesicMaps.show`."""
        super().show(images, which)
        if which is not None:
            self._strokes[which] = -1

    def add(self, strokes: Tensor, active: Tensor | None = None) -> None:
        """As `GeodesicMaps.add`."""
        spent = (self._strokes < 0).all((0, 1))
        self._strokes = torch.cat([self._strokes[..., ~spent], strokes], 2)
        keys = self.keys.reshape(self.n, self.h + 2, self.w + 2)[:, 1:-1, 1:-1]
        keys[:] = FAR
        super().add(self._strokes)


def steps(data: MaskedImages, rounds: int) -> Figure:
    """Environment steps a second, and those of the same environment with other segmenters, in turn."""
    started, draw = time.monotonic(), np.random.default_rng(0)
    ours = _environment(data, None)
    others = {name: _environment(data, method) for name, method in _OTHERS.items()}
    found: dict[str, list[float]] = {name: [] for name in ("", *others)}
    for env in (ours, *others.values()):
        env.step(draw.integers(0, 16, _GAMES))
    for _ in range(rounds):
        found[""].append(_rate(ours, draw, _SECONDS))
        for name, env in others.items():
            found[name].append(_rate(env, draw, 0.0))
    rates = {name: statistics.median(values) for name, values in found.items()}
    baselines: dict[str, Any] = {f"{name}, steps/s": rates[name] for name in others}
    baselines |= {
        f"times {name}": statistics.median(mine / its for mine, its in zip(found[""], found[name], strict=True))
        for name in others
    }
    return Figure(
        id="bench/cutout-steps-per-second",
        values=found[""],
        unit="environment steps a second, two cores",
        better="higher",
        setup=f"saccade/CutOut-v0, drawn faces of 128x128, batch {_GAMES}, strokes of 18 pixels, random moves, two threads; the same environment on other segmenters in turn",
        command="python -m benchmarks.cutout",
        seconds=time.monotonic() - started,
        baselines=baselines,
    )


def _rate(env: GraphVectorEnv, draw: np.random.Generator, at_least: float) -> float:
    """Environment steps a second."""
    count, start = 0, time.perf_counter()
    while True:
        env.step(draw.integers(0, 16, _GAMES))
        count += _GAMES
        spent = time.perf_counter() - start
        if spent >= at_least:
            return count / spent


def share(data: MaskedImages, rounds: int) -> Figure:
    """Share of training time in the segmenter, the guide's trying out of strokes counted as well."""
    started = time.monotonic()
    settings = CutOutSettings(images=100_000, forecast=0)
    task = CutOutTask(settings, MaskedSplits(data, data, data), 0)
    seconds: dict[bool, list[tuple[float, float, float]]] = {True: [], False: []}  # segmenter, guide, all
    for imitating, found in seconds.items():
        images = 0 if imitating else settings.images // 2
        task.update(settings.batch, images)
        system, _ = task.policy()
        assert system.guide is not None
        for _ in range(rounds):
            with _Watch(system.parts.segmenter) as segmenting, _Watch(system.guide) as guiding:
                start = time.perf_counter()
                task.update(settings.batch, images)
                found.append((segmenting.spent, guiding.spent, time.perf_counter() - start))
    early = settings.imitate  # share of the updates, not of the time: they are slower
    values = [
        (early * (mask + guide) + (1 - early) * later) / (early * whole + (1 - early) * rest)
        for (mask, guide, whole), (later, _, rest) in zip(seconds[True], seconds[False], strict=True)
    ]
    return Figure(
        id="bench/cutout-segmenter-share",
        values=values,
        unit="share of training time in the segmenter",
        better="lower",
        setup=f"saccade train cutout, drawn faces, batch {settings.batch}, two threads; the guide's trial strokes count, in the {early:.0%} of the updates in which it is asked; forecasts, which segment nothing, do not",
        command="python -m benchmarks.cutout",
        seconds=time.monotonic() - started,
        baselines={
            "source, CutOutRL": 0.9,
            "segmenter while imitating": statistics.median(mask / whole for mask, _, whole in seconds[True]),
            "guide while imitating": statistics.median(guide / whole for _, guide, whole in seconds[True]),
            "segmenter afterwards": statistics.median(mask / whole for mask, _, whole in seconds[False]),
        },
    )


class _Watch:
    """Seconds in a module's forward pass."""

    def __init__(self, module: Module) -> None:
        self._module, self.spent = module, 0.0
        self._forward: Callable[..., Any] = module.forward

    def __enter__(self) -> _Watch:
        def timed(*inputs: Any) -> Any:
            start = time.perf_counter()
            found = self._forward(*inputs)
            self.spent += time.perf_counter() - start
            return found

        object.__setattr__(self._module, "forward", timed)
        return self

    def __exit__(self, *_: object) -> None:
        object.__delattr__(self._module, "forward")


if __name__ == "__main__":
    main()
