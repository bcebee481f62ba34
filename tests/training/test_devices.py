"""Where runs compute: every recipe's tensors are on its device, which settings.json notes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

import saccade
from saccade.agents.q_settings import Architecture, Precision
from saccade.cli import main
from saccade.devices import DeviceError, available, computing_on, current, resolved
from saccade.plugins import OURS
from saccade.recipes.active_vision.settings import Gaze
from saccade.recipes.cutout import baselines, script
from saccade.recipes.cutout.settings import Sight
from saccade.runs import RunDirectory
from saccade.training import GraphTask, System, loop
from saccade.training.loop import Training
from saccade.training.recipe import Recipe
from saccade.training.registry import package_of, recipe_named, recipe_names
from saccade.training.settings import to_plain
from saccade.training.task import Task
from saccade.vision import unet
from saccade.watching import silent
from saccade.worlds.cutout.rules import Pens
from saccade.worlds.data.masked_folder import MaskedSplits

from ..catching import register
from ..pretended_device import NAME, pretended_device
from ..recipes.cutout.boxes import boxes, tiny
from ..small_runs import Digits, Stop, Tiny, assert_same, measured, rows, stop_after
from ..small_runs import silent as quietly

register()

# Settings of two updates or a few for every recipe: of each system, what makes it small; its recipes keep what distinguishes them.
_LOOKS: dict[str, Any] = {"seen": 64, "batch": 16, "fixations": 3, "units": 8}
_GAMES: dict[str, Any] = {
    "env": "Catch-v0", "steps": 72, "games": 4, "network": Architecture.SMALL, "buffer": 100, "learning_starts": 40, "every": 8,
    "epsilon_steps": 40, "validation_episodes": 2, "test_episodes": 2,
}  # fmt: skip
_SCRIBBLES = {field.name: getattr(tiny(seen=16), field.name) for field in dataclasses.fields(tiny())}
_GOALS: dict[str, Any] = {
    "steps": 96, "games": 4, "learners": 1, "buffer": 160, "options": 160, "learning_starts": 8, "every": 4, "meta_every": 4, "test_episodes": 20,
}  # fmt: skip
_TINY: dict[str, dict[str, Any]] = {"grlf": _LOOKS, "ram": _LOOKS, "cutout": _SCRIBBLES, "dqn": _GAMES, "hdqn": _GOALS}

OUR_RECIPES = [name for name in recipe_names() if package_of(name).startswith(f"{OURS} ")]


@pytest.fixture(scope="module")
def masked() -> MaskedSplits:
    """Boxes: 12 to train on, 4 for validation, 4 to test with."""
    return MaskedSplits(boxes(12, 1), boxes(4, 2), boxes(4, 3))


@contextmanager
def made_nowhere() -> Iterator[None]:
    """A tensor that is made without a device is on torch's meta device in here: it holds no numbers, and no operation takes it with others."""
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


def parts_of(name: str, digits: Digits, masked: MaskedSplits) -> tuple[Recipe, Any, Any]:
    """A recipe, settings of a few updates, and data."""
    recipe = recipe_named(name)
    system = name.partition("-")[0]
    if system not in _TINY:
        pytest.fail(f"recipe {name!r} has no tiny settings here: add those of {system!r} to _TINY in {__file__}")
    settings = dataclasses.replace(recipe.settings, **_TINY[system])
    data: Any = {"cutout": masked, "dqn": None, "hdqn": None}.get(system, digits)
    return recipe, settings, recipe.open_data(None, settings, lambda _: None) if data is None else data


def task_of(name: str, folder: Path, digits: Digits, masked: MaskedSplits) -> Task:
    """The task of a recipe, as the training loop makes it."""
    recipe, settings, data = parts_of(name, digits, masked)
    RunDirectory.create(folder, name, to_plain(settings), 3, command="test", data=None, threads=1)
    torch.manual_seed(3)
    made: Task = recipe.task(recipe, settings, data, 3, folder)
    return made


def train(task: Task) -> list[Mapping[str, float]]:
    """Train to the end of the budget, and validate; all metrics."""
    found, seen = [task.at_first()], 0
    while seen < task.total:
        n = task.batch(seen)
        found.append(task.update(n, seen))
        seen += n
    return [*found, task.validate()]


def metrics_of(name: str, folder: Path, digits: Digits, masked: MaskedSplits) -> list[Mapping[str, float]]:
    """All metrics of a training of a few updates."""
    with closing(task_of(name, folder, digits, masked)) as task:
        return train(task)


@pytest.mark.parametrize("name", OUR_RECIPES)
def test_every_tensor_has_the_device_of_its_inputs(
    name: str, tmp_path: Path, splits: Digits, masked: MaskedSplits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unet, "_WIDTHS", (4, 4))
    with closing(task_of(name, tmp_path, splits, masked)) as task, made_nowhere():
        train(task)
        task.state()


@pytest.mark.parametrize("name", OUR_RECIPES)
def test_a_device_sees_the_same_random_numbers(
    name: str, tmp_path: Path, splits: Digits, masked: MaskedSplits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unet, "_WIDTHS", (4, 4))
    on_cpu = metrics_of(name, tmp_path / "cpu", splits, masked)
    with pretended_device(monkeypatch):
        assert repr(metrics_of(name, tmp_path / "device", splits, masked)) == repr(on_cpu)  # NaN is not equal to itself


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small U-Net, a short search for open-loop strokes, and a checkpoint after every row of metrics."""
    monkeypatch.setattr(unet, "_WIDTHS", (4, 4))
    monkeypatch.setattr(script, "TRIES", 3)
    monkeypatch.setattr(baselines, "TRIES", 3)
    monkeypatch.setattr(loop, "_SAVE_SECONDS", 0.0)


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("name", ["grlf", "ram-cluttered", "cutout", "dqn"])
def test_a_run_goes_on_and_is_measured_on_another_device(
    name: str, tmp_path: Path, splits: Digits, masked: MaskedSplits, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, settings, data = parts_of(name, splits, masked)

    def opened(folder: str) -> Training:
        training = Training(recipe, settings, RunDirectory.open(tmp_path / folder), data)
        training.restore()
        return training

    def begin(folder: str) -> None:
        RunDirectory.create(tmp_path / folder, name, to_plain(settings), 3, command="test", data=None, threads=1)
        with closing(opened(folder)) as part, pytest.raises(Stop):
            part.train(stop_after(len(rows(tmp_path / "whole")) - 1))

    def go_on(folder: str) -> dict[str, Any]:
        with closing(opened(folder)) as rest:
            assert 0 < rest.seen < rest.task.total
            rest.train(quietly)
            assert_same(tmp_path / folder, tmp_path / "whole")
            return measured(rest.conclude())

    RunDirectory.create(tmp_path / "whole", name, to_plain(settings), 3, command="test", data=None, threads=1)
    with closing(opened("whole")) as whole:
        whole.train(quietly)
        result = measured(whole.conclude())
    begin("from cpu")
    with pretended_device(monkeypatch):
        assert repr(go_on("from cpu")) == repr(result)
        begin("from device")
    assert repr(go_on("from device")) == repr(result)


def test_the_device_that_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolved("cpu") == "cpu" and resolved("auto") == available()[0]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert available() == ["mps", "cpu"] and resolved("auto") == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert available() == ["cuda", "mps", "cpu"] and resolved("auto") == "cuda"
    assert str(current()) == "cpu"
    with computing_on("auto"):
        assert str(current()) == "cuda"
    assert str(current()) == "cpu"


@pytest.fixture
def cpu_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a card."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.usefixtures("cpu_only")
def test_a_device_that_is_not_there(tmp_path: Path, tiny_mnist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DeviceError, match=r"device is 'tpu': it must be one of auto, cpu, cuda, mps"):
        saccade.train("grlf", device="tpu")
    small, out = ["--seen", "32", "--batch", "16", "--fixations", "3", "--units", "8"], tmp_path / "run"
    command = ["train", "grlf", *small, "--data", str(tiny_mnist), "--out", str(out), "--no-report"]
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--device", "cuda"])
    sentence = capsys.readouterr().err
    assert stopped.value.code == 1 and not out.exists() and sentence.count("\n") == 1
    assert "'cuda' is not here" in sentence and "finds cpu" in sentence and "--device cpu" in sentence

    main(command)
    path = out / "seed-0" / "settings.json"
    content = json.loads(path.read_text())
    assert content["device"] == "cpu"
    path.write_text(json.dumps({**content, "device": "cuda"}))  # as if it came from another machine
    (out / "seed-0" / "result.json").unlink()
    for again in (["eval", str(out)], ["resume", str(out)]):
        with pytest.raises(SystemExit) as stopped:
            main(again)
        assert stopped.value.code == 1 and "'cuda' is not here" in capsys.readouterr().err
    main(["eval", str(out), "--device", "cpu"])
    assert json.loads(path.read_text())["device"] == "cuda"  # a measurement changes nothing
    (out / "seed-0" / "result.json").unlink()
    saccade.resume(out, device="auto", watch=silent)
    assert json.loads(path.read_text())["device"] == "cpu" and (out / "seed-0" / "result.json").exists()


def test_runs_of_before_say_no_device(tmp_path: Path, tiny: Tiny) -> None:
    run = RunDirectory.create(tmp_path, "grlf", to_plain(tiny()), 3, command="test", data=None, threads=1)
    path = run.folder / "settings.json"
    path.write_text(json.dumps({key: value for key, value in json.loads(path.read_text()).items() if key != "device"}))
    assert RunDirectory.open(tmp_path).about["device"] == "cpu"


def test_another_packages_graph_goes_to_the_device(
    splits: Digits, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    recipe = dataclasses.replace(recipe_named("grlf"), name="theirs", task=GraphTask, wire=_theirs)
    settings = dataclasses.replace(recipe.settings, seen=32, batch=16, fixations=3, units=8)
    with pretended_device(monkeypatch):
        task = GraphTask(recipe, settings, splits, 3, tmp_path)
        train(task)
    assert task.system.graph.device.type == NAME


def _theirs(settings: Any, data: Any, learn: bool = True) -> System:
    system = recipe_named("grlf").wire(settings, data, learn)
    return System(system.graph, {recipe_named("grlf").metric: system.prediction.correct})


# What recipes do not do by default, and what is elsewhere then: segmenters on the device, other networks, gazes that do not learn.
_VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("cutout", {"sight": Sight.DRAWN_IN, "imitate": 0.0, "forecast": 0}),
    ("cutout", {"sight": Sight.LAYERS, "imitate": 0.0, "forecast": 0, "pens": Pens.ONE}),
    ("dqn", {"priority": 0.6, "duelling": True, "precision": Precision.FULL}),
    ("grlf", {"gaze": Gaze.RANDOM}),
    ("grlf", {"gaze": Gaze.FIXED_SCAN}),
]


@pytest.mark.parametrize(("name", "changes"), _VARIANTS)
def test_other_settings_on_a_device(
    name: str,
    changes: dict[str, Any],
    tmp_path: Path,
    splits: Digits,
    masked: MaskedSplits,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(_TINY, name, {**_TINY[name], **changes})
    on_cpu = metrics_of(name, tmp_path / "cpu", splits, masked)
    with pretended_device(monkeypatch):
        assert repr(metrics_of(name, tmp_path / "device", splits, masked)) == repr(on_cpu)
