"""Weights that come with the package: shipped from a run, checked, loaded by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import saccade
from saccade.recipes.active_vision.classification import Classification
from saccade.runs import RunDirectory, RunError
from saccade.training import shipped as module
from saccade.training.load import load, the_run, trained_weights
from saccade.training.shipped import HOME, ship, shipped, shipped_names
from saccade.worlds import load_mnist

SMALL: dict[str, Any] = {"seen": 32, "batch": 16, "fixations": 3, "patch": 5, "units": 8}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny_mnist: Path) -> RunDirectory:
    folder = saccade.train("grlf", out=tmp_path_factory.mktemp("shipped") / "run", data=tiny_mnist, **SMALL)
    return RunDirectory.open(folder / "seed-0")


@pytest.fixture
def home(run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped weights that holds one: `little`."""
    ship(run, "little", trained_weights(run), "learned from nothing", "accuracy", tmp_path)
    for function in (shipped, shipped_names):
        monkeypatch.setattr(function, "__defaults__", (tmp_path,))
    return tmp_path


def test_they_are_the_run_s_in_half_precision(run: RunDirectory, home: Path, tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.chdir(home / "little")  # a folder in which nothing is called little
    system, whole = saccade.load("little"), load(run)
    assert {*system.weights} == {*whole.weights}
    for name, value in system.weights.items():
        assert value.dtype == whole.weights[name].dtype and torch.allclose(
            value, whole.weights[name], rtol=1e-3, atol=1e-6
        )
    images = load_mnist("test", tiny_mnist).images
    found, exact = system.predict(images), whole.predict(images)
    assert isinstance(found, Classification) and isinstance(exact, Classification)
    assert torch.allclose(found.probabilities, exact.probabilities, atol=5e-3)
    about = module.about_shipped("little", home)
    assert (
        about["recipe"] == "grlf"
        and about["licence"] == "learned from nothing"
        and about["test"].keys() == {"accuracy"}
    )
    assert json.loads((home / "little" / "settings.json").read_text())["data"] is None


def test_a_folder_of_that_name_comes_first(run: RunDirectory, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path / "little")
    (tmp_path / "little" / "little").mkdir()
    with pytest.raises(RunError, match="little is not a run directory"):
        saccade.load("little")


def test_weights_that_are_not_what_was_shipped(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home / "little")
    with pytest.raises(
        RunError, match=r"there is no folder small, and no weights of that name come with saccade \(there are little\)"
    ):
        saccade.load("small")
    path = home / "little" / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(RunError, match=r"is not the file that came with saccade \(SHA-256 .*install saccade again"):
        saccade.load("little")


def test_a_run_that_has_not_ended_is_not_shipped(run: RunDirectory, tmp_path: Path) -> None:
    new = RunDirectory.create(tmp_path / "new", "grlf", run.settings, 0, command="test", data=None, threads=1)
    with pytest.raises(RunError, match="has not ended"):
        ship(new, "little", {}, "", "accuracy", tmp_path)


@pytest.mark.parametrize("name", shipped_names())
def test_those_that_come_with_the_package(name: str, mnist_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert (HOME / name / "weights.safetensors").stat().st_size <= 2_000_000
    system = saccade.load(name)
    about = module.about_shipped(name)
    assert about["licence"] and about["recipe"] == system.recipe.name == the_run(Path(name)).recipe
    if name == "grlf":
        test = load_mnist("test", mnist_folder)
        found = system.predict(test.images)
        assert isinstance(found, Classification)
        right = float((found.label == test.labels).double().mean())
        assert right == pytest.approx(about["test"]["accuracy"], abs=0.001)
