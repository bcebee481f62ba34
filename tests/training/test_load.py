"""Trained runs in memory: what there must be, and what is said otherwise."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

import saccade
from saccade.recipes.grlf.settings import GrlfSettings
from saccade.runs import RunDirectory, RunError
from saccade.training.settings import to_plain
from saccade.training.task import BaseTask

SMALL = {"seen": 32, "batch": 16, "fixations": 3, "patch": 5, "units": 8}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny_mnist: Path) -> Path:
    folder = tmp_path_factory.mktemp("load") / "runs"
    return saccade.train("grlf", out=folder, data=tiny_mnist, seeds=2, workers=1, **SMALL)


def test_what_is_loaded(run: Path) -> None:
    drawn = torch.get_rng_state()
    system = saccade.load(run / "seed-1")
    assert torch.equal(torch.get_rng_state(), drawn)
    assert system.recipe.name == "grlf" and system.settings.units == 8 and system.run.seed == 1
    assert system.graph.brain_state().keys() == system.weights.keys() and not system.graph.training


def test_a_prediction_draws_nothing_from_the_caller_s_stream(run: Path) -> None:
    system, drawn = saccade.load(run / "seed-1"), torch.get_rng_state()
    system.predict(torch.zeros(2, 28, 28))
    assert torch.equal(torch.get_rng_state(), drawn)
    system.module(torch.zeros(2, 1, 28, 28))
    assert torch.equal(torch.get_rng_state(), drawn)


def test_runs_that_cannot_be_loaded(run: Path, tmp_path: Path) -> None:
    settings = to_plain(GrlfSettings())
    RunDirectory.create(tmp_path / "new", "grlf", settings, 0, command="test", data=None, threads=1)
    damaged = Path(shutil.copytree(run / "seed-0", tmp_path / "damaged"))
    (damaged / "checkpoint.safetensors").write_bytes(b"no checkpoint")
    other = Path(shutil.copytree(run / "seed-0", tmp_path / "other"))
    text = (other / "settings.json").read_text(encoding="utf-8").replace('"units": 8', '"units": 9')
    (other / "settings.json").write_text(text, encoding="utf-8")
    lost = Path(shutil.copytree(run / "seed-0", tmp_path / "lost"))
    for left in lost.glob("checkpoint*"):
        left.unlink()
    strange = Path(shutil.copytree(run / "seed-0", tmp_path / "strange"))
    text = (strange / "settings.json").read_text(encoding="utf-8")
    text = text.replace('"units": 8', '"network": "no_such_module:Eye", "units": 8')
    (strange / "settings.json").write_text(text, encoding="utf-8")
    for folder, message in (
        (run, "holds 2 runs: name one of them, such as "),
        (tmp_path / "new", "has no checkpoint yet: `saccade resume "),
        (damaged, "is damaged"),
        (other, r"do not fit its settings\.json"),
        (lost, r"has ended, and its checkpoint is gone .* delete result\.json there and `saccade resume "),
        (strange, r"cannot be loaded: --network no_such_module:Eye cannot be imported"),
        (tmp_path / "nowhere", "is not a run directory"),
    ):
        with pytest.raises(RunError, match=message):
            saccade.load(folder)


@pytest.mark.parametrize("method", ["weights", "fresh_weights", "start_from", "predictor"])
def test_a_task_of_one_s_own_that_does_not_say_what_it_predicts(method: str) -> None:
    class Bare(BaseTask):
        """A task from before there were predictions."""

    arguments = [] if method == "fresh_weights" else [{}]
    with pytest.raises(RunError, match=f"Bare has no method {method}: see saccade.training.task.Task"):
        getattr(Bare(), method)(*arguments)


def test_a_run_that_was_killed_between_two_checkpoints_is_loaded(run: Path, tmp_path: Path) -> None:
    """Its newest checkpoint has become the one before, and the next has no name yet."""
    folder = Path(shutil.copytree(run / "seed-0", tmp_path / "run"))
    (folder / "result.json").unlink()
    (folder / "checkpoint.safetensors").replace(folder / "checkpoint.previous.safetensors")
    mine, whole = saccade.weights(folder), saccade.weights(run / "seed-0")
    assert all(torch.equal(mine[name], value) for name, value in whole.items())


def test_loading_does_not_depend_on_the_default_device(run: Path) -> None:
    with torch.device("meta"):
        system = saccade.load(run / "seed-0")
    assert {value.device.type for value in system.weights.values()} == {"cpu"}
