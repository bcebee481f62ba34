"""`python -m benchmarks.device`: a graphics card next to the CPU of the same machine, to results/bench/device-*.json.

Parity of the losses, and the speed of RAM's training, of CutOut's, and of deep Q-learning next to Stable-Baselines3 on the same card. It takes
about six minutes, wants a quiet machine and no data but Atari's games, and ends in one sentence where there is no card.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gymnasium as gym
import numpy as np
import torch

from benchmarks.figures import keep
from benchmarks.timing import seconds
from saccade.agents import Learner
from saccade.agents.q_settings import Precision, QSettings
from saccade.devices import available, computing_on, on_cpu
from saccade.recipes.cutout.settings import CutOutSettings
from saccade.recipes.cutout.task import CutOutTask
from saccade.recipes.dqn.settings import DQNSettings
from saccade.recipes.ram.settings import CLUTTERED
from saccade.recipes.ram.wiring import wire
from saccade.runs import Figure
from saccade.training.data import split_in_three
from saccade.training.registry import recipe_named
from saccade.worlds import LabelledImages, scikit_digits
from saccade.worlds.data.masked_folder import MaskedSplits
from saccade.worlds.faces import faces

_COMMAND = "python -m benchmarks.device"
_UPDATES = 5  # of a parity
_TOLERANCE = 1e-2  # relative difference of a loss after so many updates; kernels add up in another order
_BATCHES = (128, 1024, 4096)
_CONTESTANTS = ("saccade", "saccade in large batches", "Stable-Baselines3")


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("results"))
    options = parser.parse_args()
    device = available()[0]
    if device == "cpu":
        sys.exit(f"torch {torch.__version__} finds no graphics card here: run {_COMMAND} on a machine that has one")
    torch.set_num_threads(2)
    found = parity(device)
    keep(options.results, found)
    for measure in (images, strokes, decisions):
        keep(options.results, measure(device))  # at once: the next one may fail
    if max(found.values) > _TOLERANCE:
        sys.exit(f"a loss on {device} differs from that on the CPU by {max(found.values):.2g}, more than {_TOLERANCE}")


def _name(device: str) -> str:
    return torch.cuda.get_device_name() if device == "cuda" else device


def _faces(side: int, train: int) -> MaskedSplits:
    """Drawn faces: so many to train on, twelve each for validation and test."""
    return MaskedSplits(faces(train, side, 1), faces(12, side, 2), faces(12, side, 3))


# -- parity -------------------------------------------------------------------------------------


class Dot(gym.Env[Any, Any]):
    """A dot on a screen of 42x42 pixels, to be kept in the middle of its line for 12 steps."""

    observation_space: gym.Space[Any] = gym.spaces.Box(0, 255, (42, 42), np.uint8)
    action_space: gym.Space[Any] = gym.spaces.Discrete(3)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """The dot is anywhere."""
        super().reset(seed=seed)
        self._at, self._left = int(self.np_random.integers(7)), 12
        return self._screen(), {}

    def step(self, action: int) -> Any:
        """Move it."""
        self._at, self._left = min(max(self._at + int(action) - 1, 0), 6), self._left - 1
        return self._screen(), -abs(self._at - 3) / 3, self._left == 0, False, {}

    def _screen(self) -> Any:
        screen = np.zeros((7, 7), np.uint8)
        screen[3, self._at], screen[6, self._left // 2] = 255, 128
        return screen.repeat(6, 0).repeat(6, 1)


def parity(device: str) -> Figure:
    """How far losses of the same seed are apart after a few updates."""
    started = time.monotonic()
    gym.register("Dot-v0", entry_point=f"{__name__}:Dot")
    digits = split_in_three(scikit_digits("train"))
    masked = _faces(32, 48)
    looks = {"seen": 64 * _UPDATES, "batch": 64}
    cases: dict[str, tuple[dict[str, Any], Any]] = {
        "grlf": (looks, digits),
        "ram-cluttered": (looks, digits),
        "cutout": (
            {"seen": 8 * _UPDATES, "batch": 8, "episode_steps": 4, "forecast": 16, "faces": 48, "size": 32},
            masked,
        ),
    }
    with _exactly():
        apart = {name: _apart(device, name, *case) for name, case in cases.items()}
        game = DQNSettings(
            "Dot-v0", steps=400, games=4, buffer=400, learning_starts=200, every=8, epsilon_steps=200, precision=Precision.FULL,
            learner=QSettings(batch=32),
        )  # fmt: skip
        data = recipe_named("dqn").open_data(None, game, lambda _: None)
        apart["dqn"] = _largest(*(_losses(where, "dqn", game, data) for where in ("cpu", device)))
    return Figure(
        id="bench/device-parity",
        values=[max(apart.values())],
        unit=f"largest relative difference of a loss on {_name(device)} from that on the CPU",
        better="lower",
        setup=f"the same seed, {_UPDATES} updates of each system and some more of deep Q-learning, float32 without TF32",
        command=_COMMAND,
        seconds=time.monotonic() - started,
        baselines=apart,
        about={"tolerance": _TOLERANCE, "device": _name(device)},
    )


def _apart(device: str, name: str, changes: dict[str, Any], data: Any) -> float:
    settings = replace(recipe_named(name).settings, **changes)
    return _largest(*(_losses(where, name, settings, data) for where in ("cpu", device)))


def _losses(device: str, name: str, settings: Any, data: Any) -> list[float]:
    """The loss of every update of a whole training."""
    recipe = recipe_named(name)
    torch.manual_seed(0)
    with TemporaryDirectory() as folder, computing_on(device):
        task = recipe.task(recipe, settings, data, 0, Path(folder) / "run")
        found, seen = list[float](), 0
        with closing(task):
            while seen < task.total:
                n = task.batch(seen)
                found.append(float(task.update(n, seen)["loss"]))
                seen += n
    return found


def _largest(ours: list[float], theirs: list[float]) -> float:
    """The largest relative difference; NaN stands where nothing was learned."""
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if not (math.isnan(a) and math.isnan(b))]
    return max(abs(a - b) / max(abs(a), 1e-6) for a, b in pairs)


@contextmanager
def _exactly() -> Iterator[None]:
    """Convolutions in float32, and not in the 19 bits of TF32."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before


# -- speed --------------------------------------------------------------------------------------


def images(device: str) -> Figure:
    """Training images a second of RAM, at the best of some batch sizes."""
    started = time.monotonic()
    draw = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (60_000, 28, 28), dtype=torch.uint8, generator=draw)
    data = LabelledImages(pixels, torch.arange(60_000) % 10, "noise")
    rates: dict[str, dict[int, float]] = {}
    for where, batches in ((device, _BATCHES), ("cpu", _BATCHES[:2])):
        update = _ram(data, where)
        rates[where] = {n: n / seconds(_warm(partial(update, n)), 2.0, time.perf_counter) for n in batches}
    best = max(rates[device], key=lambda n: rates[device][n])  # measured anew after this choice
    update = _ram(data, device)
    _warm(partial(update, best))
    values = [best / seconds(partial(update, best), 2.0, time.perf_counter) for _ in range(5)]
    return Figure(
        id="bench/device-ram",
        values=values,
        unit=f"training images a second on {_name(device)}",
        better="higher",
        setup=f"ram-cluttered, whose scenes are made on the device, too, 28x28 images in fields of 60x60, batch {best}; the loss and the accuracy of every update are read",
        command=_COMMAND,
        seconds=time.monotonic() - started,
        baselines={"two cores of the CPU, best of two batches": max(rates["cpu"].values())}
        | {f"batch {n}": rate for n, rate in rates[device].items()},
        about={"device": _name(device)},
    )


def _ram(data: LabelledImages, device: str) -> Callable[[int], object]:
    """A training step, with the numbers that it logs."""
    torch.manual_seed(0)
    system = on_cpu(wire)(CLUTTERED, data)
    system.graph.to(device)
    learner, correct = Learner(system.graph, CLUTTERED.learner), system.prediction.correct

    def update(n: int) -> object:
        seen, trace = learner.update(n, 0.5, watch=(correct,))
        return seen, float(trace[correct].float().mean())

    return update


def _warm(work: Callable[[], object]) -> Callable[[], object]:
    """The same, after some unmeasured calls: kernels are chosen at the first."""
    for _ in range(3):
        work()
    return work


def strokes(device: str) -> Figure:
    """Steps a second of the training of CutOut's scribbler: half of its updates ask the expert."""
    started = time.monotonic()
    data = _faces(128, 200)
    values, alone = list(_scribbling(device, data, 3)), list(_scribbling("cpu", data, 2))
    return Figure(
        id="bench/device-cutout",
        values=values,
        unit=f"steps of the scribbler's training a second, networks on {_name(device)}",
        better="higher",
        setup="saccade train cutout, 128x128, batch 32, the scribbler's stage, two updates at a time, one with the expert; segmenter, expert and lookahead run on two threads of the CPU",
        command=_COMMAND,
        seconds=time.monotonic() - started,
        baselines={"all on two cores of the CPU": statistics.median(alone)},
        about={"device": _name(device)},
    )


def _scribbling(device: str, data: MaskedSplits, rounds: int) -> Iterator[float]:
    settings = CutOutSettings(forecast=32, seen=100_000)
    with computing_on(device):
        task, seen = CutOutTask(settings, data, 0), 0
        while seen < task.stage:
            n = task.batch(seen)
            task.update(n, seen)
            seen += n
        for each in range(rounds + 1):  # the first is unmeasured
            start = time.perf_counter()
            for _ in range(2):
                task.update(settings.batch, seen)
                seen += settings.batch
            spent = time.perf_counter() - start
            if each:
                yield 2 * settings.batch * settings.episode_steps / spent


def decisions(device: str, rounds: int = 2, at_least: float = 12.0) -> Figure:
    """Decisions a second of deep Q-learning, next to Stable-Baselines3 on the same card."""
    started = time.monotonic()
    found: dict[str, list[float]] = {name: [] for name in _CONTESTANTS}
    for _ in range(rounds):
        for name, values in found.items():
            values.append(_rate(name, device, at_least))
    ratios = {
        name: [ours / theirs for ours, theirs in zip(found[name], found["Stable-Baselines3"], strict=True)]
        for name in _CONTESTANTS[:2]
    }
    return Figure(
        id="bench/device-dqn",
        values=ratios["saccade"],
        unit=f"times as many decisions a second as Stable-Baselines3's DQN, both with their networks on {_name(device)}",
        better="higher",
        setup="Breakout, 2015 network, an update on 32 transitions every 4 decisions, two threads; ours plays 8 games side by side and computes in bfloat16, the peer one game in float32, as by default; in turn, each in its own process",
        command=_COMMAND,
        seconds=time.monotonic() - started,
        baselines={name: statistics.median(values) for name, values in found.items()},
        about={"device": _name(device), "large batches": statistics.median(ratios["saccade in large batches"])},
    )


def _rate(name: str, device: str, at_least: float) -> float:
    call = [sys.executable, "-m", "benchmarks.dqn_peers", name, "--seconds", str(at_least), "--device", device]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1])["decisions_per_second"])


if __name__ == "__main__":
    main()
