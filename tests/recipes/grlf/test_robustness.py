from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

import saccade
from saccade.agents import Saccader
from saccade.recipes.active_vision.data import open_digits
from saccade.recipes.active_vision.looks import rewire
from saccade.recipes.cutout.settings import CutOutSettings
from saccade.recipes.grlf import robustness as module
from saccade.recipes.grlf.attacks import pgd
from saccade.recipes.grlf.robustness import EPSILONS, STEPS, looking_classifier, measure, robustness
from saccade.recipes.grlf.settings import GrlfSettings
from saccade.runs import RunDirectory, RunError, find_runs, read_figures
from saccade.training.loop import Training
from saccade.training.registry import recipe_named
from saccade.training.settings import to_plain

from ...small_runs import Tiny

SMALL: dict[str, Any] = {"seen": 64, "batch": 16, "fixations": 3, "patch": 9, "units": 8}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny_mnist: Path) -> RunDirectory:
    folder = saccade.train("grlf", out=tmp_path_factory.mktemp("runs"), data=tiny_mnist, **SMALL)
    return find_runs(folder)[0]


def test_every_condition_becomes_a_figure(
    run: RunDirectory, tmp_path: Path, tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "pgd", partial(pgd, steps=2))
    shares = list[float]()
    rows = robustness([run.folder], tmp_path, images=99, data=tiny_mnist, watch=shares.append)
    assert len(rows) == 4 + 2 * len(EPSILONS) and len(shares) == STEPS and shares[-1] == 1
    figures = read_figures(tmp_path)
    assert figures["grlf/robustness/clean"]["value"] == (run.result or {})["test"]["accuracy"]
    for name, ours, plain in rows:
        assert 0 <= ours <= 1 and 0 <= plain <= 1, name
    for figure in figures.values():
        assert figure["unit"] == "fraction of 24 test images" and figure["seeds"] == [0]
        ((mine, other),) = figure["about"]["clean validation accuracy, by seed: ours, plain network"]
        assert other >= mine


def test_the_gradient_reaches_what_the_eye_has_not_seen(run: RunDirectory, tiny_mnist: Path) -> None:
    splits, recipe = open_digits(str(tiny_mnist)), recipe_named("grlf")
    settings = GrlfSettings(**SMALL, detach=False)
    training = Training(recipe, settings, run, splits)
    system = rewire(recipe, settings, training.task.system.graph.brain_state(), splits.test, smooth=True)
    (gaze,) = system.graph.actors
    assert isinstance(gaze, Saccader)
    for through_the_gaze in (False, True):
        gaze.reparameterized = through_the_gaze
        images = torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(0)).requires_grad_()
        logits = looking_classifier(system)(images)
        (slope,) = torch.autograd.grad(logits.square().sum(), images)
        place = system.graph.unroll(4, watch=(system.eye.fixation,))[system.eye.fixation]
        assert place.requires_grad is through_the_gaze and slope.abs().sum() > 0


def test_runs_that_cannot_be_attacked(run: RunDirectory, tmp_path: Path, tiny_mnist: Path, tiny: Tiny) -> None:
    field = saccade.train("grlf-field", tiny(field=32), out=tmp_path / "field", data=tiny_mnist)
    other = tmp_path / "cutout"
    RunDirectory.create(other, "cutout", to_plain(CutOutSettings()), 0, command="test", data=None, threads=1)
    for folder, says in (
        (field, "this run has --field 32"),
        (other, "recipe cutout: robustness is measured of systems that look at digits"),
    ):
        with pytest.raises(RunError, match=says):
            measure(find_runs(folder), tmp_path, 8, str(tiny_mnist), "test", lambda: None)
    (field / "seed-0" / "settings.json").write_text(
        (run.folder / "settings.json").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (field / "seed-0" / "result.json").unlink()
    with pytest.raises(RunError, match="has not ended: `saccade resume"):
        measure(find_runs(field), tmp_path, 8, str(tiny_mnist), "test", lambda: None)
