"""`python -m benchmarks.cutout`: the scribbling environment, next to the same one on other segmenters, to results/bench/.

Two threads, wall-clock time: wants a quiet machine.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from benchmarks.figures import keep
from saccade.graph import Module
from saccade.graph.environment import GraphVectorEnv
from saccade.recipes.cutout.settings import CutOutSettings
from saccade.recipes.cutout.task import CutOutTask
from saccade.runs import Figure
from saccade.vision.geodesic import GeodesicMaps
from saccade.vision.methods import Method
from saccade.worlds.cutout.lookahead import Lookahead
from saccade.worlds.cutout.policies import RandomPolicy
from saccade.worlds.cutout.rules import CutOutRules
from saccade.worlds.cutout.wiring import cutout
from saccade.worlds.data.masked import MaskedImages
from saccade.worlds.data.masked_folder import MaskedSplits
from saccade.worlds.faces import faces

_GAMES = 64
_CALL = """
import sys, time
from pathlib import Path
from saccade.recipes.cutout.cutting import cut_out
start = time.perf_counter()
cut_out(*map(Path, sys.argv[1:]))
print(time.perf_counter() - start)
"""
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
    measures: tuple[Callable[[], Figure], ...] = (
        lambda: steps(data, options.rounds),
        lambda: share(data, options.rounds),
        lambda: drawing(options.rounds),
        lambda: large_picture(options.rounds),
    )
    for measure in measures:
        keep(options.results, measure())  # at once: the next one may fail


def _environment(data: MaskedImages, method: Method | None) -> GraphVectorEnv:
    """Games under way; with a method, every mask is made from scratch."""
    rules, policy = CutOutRules(segmenter=Method.GEODESIC if method is None else method), RandomPolicy()
    parts = cutout(data, rules)
    parts.view.view >> policy.view
    parts.overlap.reward >> policy.reward
    policy.action >> parts.move
    env = parts.graph(policy, rules).environment(_GAMES)
    if method is Method.GEODESIC:
        parts.segmenter._maps = Recomputed(data.images[:_GAMES])
    env.reset(seed=0)
    return env


class Recomputed(GeodesicMaps):
    """The same maps, but all strokes so far are drawn anew at every step; the weights of the edges are kept.

    No user wants this; it is for the comparison only.
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
        self.clear()
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
        setup=f"saccade/CutOut-v0, drawn faces of 128x128, batch {_GAMES}, strokes of 18 pixels, random actions, two threads; the same environment on other segmenters in turn",
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
    """Share of training time in the segmenter, the strokes that expert and lookahead try out included."""
    started = time.monotonic()
    settings = CutOutSettings()
    task = CutOutTask(settings, MaskedSplits(data, data, data), 0)
    taught = round(settings.seen * settings.imitate / 2)
    spans = {  # images before, and how many: what the three parts of training begin with and are made of
        "forecasts": (0, task.stage),
        "in updates with imitation": (task.stage, taught),
        "in the others": (task.stage + settings.batch, settings.seen - taught),
    }
    parts = {name: [_Part(0.0, 0.0, 0.0, 0.0)] * rounds for name in spans}
    for name, (before, images) in spans.items():
        n = task.batch(before)
        task.update(n, before)
        parts[name] = [_part(task, before, images / n) for _ in range(rounds)]
    rows = [dict(zip(parts, row, strict=True)) for row in zip(*parts.values(), strict=True)]
    scribbling = [name for name in spans if name != "forecasts"]
    return Figure(
        id="bench/cutout-segmenter-share",
        values=[_share(row.values()) for row in rows],
        unit="share of training time in the segmenter",
        better="lower",
        setup=f"saccade train cutout, drawn faces, two threads, {settings.describe()}; strokes that expert and lookahead try out are counted, validation is not",
        command="python -m benchmarks.cutout",
        seconds=time.monotonic() - started,
        baselines={
            "source, CutOutRL": 0.9,
            "of the scribbler's own training, without the forecasts": statistics.median(
                _share([row[name] for name in scribbling]) for row in rows
            ),
            **{
                f"{what} {name}": statistics.median(getattr(part, what) / part.all for part in parts[name])
                for name in scribbling
                for what in ("segmenter", "expert", "lookahead")
            },
        },
    )


@dataclass(frozen=True)
class _Part:
    """Seconds that a part of training takes."""

    segmenter: float
    expert: float
    lookahead: float
    all: float


def _part(task: CutOutTask, before: int, updates: float) -> _Part:
    """A part of training of so many updates, from the time of one."""
    if before < task.stage:
        start = time.perf_counter()
        task.update(task.batch(before), before)
        return _Part(0.0, 0.0, 0.0, updates * (time.perf_counter() - start))
    system, _ = task.policy()
    assert system.expert is not None
    (ahead,) = (module for module in system.graph.modules() if isinstance(module, Lookahead))
    with _Watch(system.parts.segmenter) as segmenting, _Watch(system.expert) as advising, _Watch(ahead) as looking:
        start = time.perf_counter()
        task.update(task.batch(before), before)
        whole = time.perf_counter() - start
    return _Part(*(updates * spent for spent in (segmenting.spent, advising.spent, looking.spent, whole)))


def _share(parts: Iterable[_Part]) -> float:
    """The share of segmenter, expert and lookahead together."""
    parts = list(parts)
    return sum(part.segmenter + part.expert + part.lookahead for part in parts) / sum(part.all for part in parts)


def drawing(rounds: int) -> Figure:
    """Faces a second."""
    started, count = time.monotonic(), 400
    faces(8)
    values = []
    for place in range(rounds):
        start = time.perf_counter()
        faces(count, seed=place)
        values.append(count / (time.perf_counter() - start))
    return Figure(
        id="bench/faces-per-second",
        values=values,
        unit="drawn faces with masks a second, two cores",
        better="higher",
        setup=f"saccade.worlds.faces, 128x128, {count} at once, two threads",
        command="python -m benchmarks.cutout",
        seconds=time.monotonic() - started,
    )


def large_picture(rounds: int) -> Figure:
    """The tool for people on twelve megapixels."""
    started, values = time.monotonic(), list[float]()
    with TemporaryDirectory() as folder:
        image, strokes, mask = (Path(folder) / f"{name}.png" for name in ("image", "strokes", "mask"))
        face = faces(1, 128, seed=5)
        width, height = 4000, 3000
        grain = np.random.default_rng(0).integers(0, 12, (height, width, 1), np.uint8)
        picture = Image.fromarray(face.images[0].permute(1, 2, 0).numpy()).resize((width, height))
        Image.fromarray((np.asarray(picture) // 2 + grain).astype(np.uint8)).save(image.with_suffix(".jpg"), quality=92)
        ink = Image.new("RGBA", (width, height))
        pen = ImageDraw.Draw(ink)
        pen.line([(2000, 1400), (2000, 2950)], fill=(0, 255, 0, 255), width=12)
        pen.line([(60, 100), (3900, 100)], fill=(255, 0, 0, 255), width=12)
        ink.save(strokes)
        files = [str(image.with_suffix(".jpg")), str(strokes), str(mask)]
        command = [sys.executable, "-m", "saccade", "cutout", files[0], "--strokes", files[1], "-o", files[2]]
        whole = list[float]()
        for _ in range(rounds):
            mask.unlink(missing_ok=True)
            done = subprocess.run([sys.executable, "-c", _CALL, *files], check=True, capture_output=True, text=True)
            values.append(float(done.stdout))
            mask.unlink()
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            whole.append(time.perf_counter() - start)
    return Figure(
        id="bench/cutout-12-megapixels",
        values=values,
        unit="seconds",
        better="lower",
        setup="saccade.recipes.cutout.cutting.cut_out, once in a fresh process: a picture of 4000x3000 (JPEG) and a layer of strokes (PNG) read, the mask written, two cores",
        command="python -m benchmarks.cutout",
        seconds=time.monotonic() - started,
        baselines={"the whole command, with the start of Python and its libraries": statistics.median(whole)},
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
