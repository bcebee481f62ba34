"""Networks of one's own, by name: they train, are resumed and loaded, and those that cannot be end in one sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import saccade
from saccade.agents.q_networks import OwnQNetwork
from saccade.cli import main
from saccade.recipes.dqn.predictor import Decisions
from saccade.runs import RunDirectory
from saccade.training.settings import SettingsError
from saccade.watching import silent

from ..recipes.dqn import catch_runs
from ..small_runs import assert_same

MODULE = """
import torch
from torch import nn

class Values(nn.Sequential):
    def __init__(self, depth, height, width, actions):
        super().__init__(nn.AvgPool2d(12), nn.Flatten(), nn.Linear(depth * (height // 12) * (width // 12), actions))

class TooMany(Values):
    def __init__(self, depth, height, width, actions):
        super().__init__(depth, height, width, actions + 1)

class Lost(nn.Module):
    def __init__(self, depth, height, width, actions):
        super().__init__()
    def forward(self, frames):
        return frames.missing

class Glimpse(nn.Sequential):
    def __init__(self, planes, side):
        super().__init__(nn.Conv2d(planes, 3, 3), nn.ReLU(), nn.Flatten())

class Flat(nn.Module):
    def __init__(self, planes, side):
        super().__init__()
    def forward(self, glimpses):
        return glimpses.flatten()

class Doubles(Glimpse):
    def forward(self, glimpses):
        return super().forward(glimpses).double()

class Fixed(nn.Module):
    def __init__(self, depth, height, width, actions):
        super().__init__()
        self.actions = actions
    def forward(self, frames):
        return torch.zeros(len(frames), self.actions)

class Undefined(Values):
    def forward(self, frames):
        return super().forward(frames / frames)

class Leaving(Values):
    def forward(self, frames):
        raise SystemExit(3)

class Wordy(nn.Module):
    def __init__(self, *sizes):
        raise ValueError("first\\n  second")

def number(*sizes):
    return 3
"""
SCRIPT = """
import argparse
argparse.ArgumentParser().parse_args(["--unknown"])
"""
GAME: dict[str, Any] = {
    "env": "Catch-v0", "steps": 240, "games": 4, "buffer": 100, "learning_starts": 40, "every": 8, "epsilon_steps": 120,
    "test_episodes": 4, "learner": {"batch": 4, "target_every": 10},
}  # fmt: skip
EYE: dict[str, Any] = {"seen": 32, "batch": 16, "fixations": 3, "patch": 6, "units": 8}
catch_runs.register()


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`my_nets` in the present folder."""
    (tmp_path / "my_nets.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "my_script.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "my_lack.py").write_text('raise ImportError("first\\n  second")', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield
    sys.modules.pop("my_nets", None)


def test_values_of_actions() -> None:
    folder = saccade.train("dqn", network="my_nets:Values", out="run", watch=silent, **GAME)
    system = saccade.load(folder)
    assert isinstance(system.module, OwnQNetwork) and system.settings.network == "my_nets:Values"
    screens = torch.randint(0, 256, (3, 4, 84, 84), dtype=torch.uint8)
    found = system.predict(screens)
    assert isinstance(found, Decisions) and torch.allclose(found.values, system.module.network(screens / 255))
    main(["resume", "run", "--steps", "320"])
    assert (RunDirectory.open(Path("run/seed-0")).result or {})["seen"] == 320
    main(["report", "run"])


@pytest.mark.parametrize(("recipe", "network", "changes"), [("grlf", "Glimpse", {}), ("grlf", "Doubles", {}), ("ram-mnist", "Glimpse", {"scales": 2})])  # fmt: skip
def test_glimpses(recipe: str, network: str, changes: dict[str, Any], tiny_mnist: Path) -> None:
    for out in ("run", "again"):
        saccade.train(recipe, network=f"my_nets:{network}", out=out, data=tiny_mnist, **EYE, **changes)
    assert_same(Path("run/seed-0"), Path("again/seed-0"))
    system = saccade.load("run")
    assert any(isinstance(part, nn.Conv2d) for part in system.module.modules())
    assert any(name.endswith("see.encoder.0.weight") for name in system.weights)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("my_nets:Fixed", "^--network my_nets:Fixed: it has no parameters to train: give it some, such as"),
        ("my_nets:Undefined", r"^--network my_nets:Undefined: for blank frames it gives \[\[nan, .*: it must give finite values; it is called with"),
        ("my_nets:Leaving", r"^--network my_nets:Leaving: it does not take frames \(2, 4, 84, 84\): SystemExit: 3 in .*my_nets.py"),
        ("my_nets:Wordy", r"^--network my_nets:Wordy fails \(ValueError: first second in .*my_nets.py, line \d+\): it is called with"),
        ("my_script:Values", r"^--network my_script:Values cannot be imported \(SystemExit: 2 in .*\): fix it$"),
        ("my_lack:Values", "^--network my_lack:Values cannot be imported: first second \\("),
        ("2014", "^--network 2014: it must be one of 2013, 2015$"),
        ("my_nets:Valuse", "the module my_nets has no Valuse — did you mean 'Values'"),
        ("nowhere:Values", "--network nowhere:Values cannot be imported: No module named 'nowhere'"),
        ("my_nets:TooMany", r"for frames \(2, 4, 84, 84\) it gives float32 of shape \(2, 4\): it must give one .* for each action, \(2, 3\)"),
        ("my_nets:Lost", r"my_nets:Lost: it does not take frames \(2, 4, 84, 84\): AttributeError: 'Tensor' object has no attribute 'missing' in .*my_nets.py"),
        ("my_nets:number", "it makes int, and must make a torch module"),
        ("my_nets:Glimpse", r"fails \(TypeError: .* it is called with depth, height, width and actions, \(4, 84, 84, 3\)"),
    ],
)  # fmt: skip
def test_values_that_cannot_be(network: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as refused:
        saccade.train("dqn", network=network, out="run", **GAME)
    assert "\n" not in str(refused.value)
    assert not list(Path("run").glob("*/settings.json"))


@pytest.mark.parametrize(
    ("network", "changes", "message"),
    [
        (
            "my_nets:Wordy",
            {},
            r"^--network my_nets:Wordy fails \(ValueError: first second in .*\): it is called with planes",
        ),
        ("my_nets:Flat", {}, r"--network my_nets:Flat: the network makes a tensor \(72,\)"),
        ("my_nets:Values", {}, r"TypeError: .* it is called with planes and side of a glimpse, \(1, 6\)"),
        ("my_nets", {}, "--network my_nets: it must be package:name"),
        ("my_nets:Glimpse", {"reader": "feed-forward"}, "a network of your own is part of the recurrent reader"),
    ],
)
def test_glimpses_that_cannot_be(network: str, changes: dict[str, Any], message: str, tiny_mnist: Path) -> None:
    with pytest.raises(SettingsError, match=message) as refused:
        saccade.train("grlf", network=network, out="run", data=tiny_mnist, **EYE, **changes)
    assert "\n" not in str(refused.value)
