from dataclasses import replace
from pathlib import Path

import pytest
import torch

import saccade
from saccade.recipes import recipe_named
from saccade.recipes.data import open_digits
from saccade.recipes.evaluation import cost, drawn_accuracy, look, rewire, stop_when_sure, stopping
from saccade.recipes.ram import CLUTTERED, Model, RamSettings, wire
from saccade.runs import find_runs
from saccade.worlds import Clutter

SMALL = replace(CLUTTERED, images=32, batch=16, fixations=3, units=8, patch=6, field=32, copies=2, draws=2)


def test_it_trains_and_is_measured(tmp_path: Path, tiny_mnist: Path) -> None:
    folder = saccade.train("ram-cluttered", SMALL, out=tmp_path, data=tiny_mnist)
    (run,) = find_runs(folder)
    assert run.recipe == "ram-cluttered" and run.settings["clutter"] == 4
    test = (run.result or {})["test"]
    assert len(test["accuracy_by_fixation"]) == len(test["hit_rate"]) == 3
    assert 0 <= test["accuracy_of_copies"] <= 1
    assert saccade.evaluate(folder)[0][1]["test"] == (run.result or {})["test"]
    assert saccade.write_report(folder).exists()


def test_clutter_is_cut_from_training_digits_only(tiny_mnist: Path) -> None:
    splits, recipe = open_digits(str(tiny_mnist)), recipe_named("ram-cluttered")
    brain = recipe.wire(SMALL, splits.train).graph.brain_state()
    for data in (splits.train, splits.validation, splits.test):
        clutter = rewire(recipe, SMALL, brain, data).graph.nodes["clutter"]
        assert isinstance(clutter, Clutter) and torch.equal(clutter.others, splits.train.images)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"scales": 0}, "--scales 0"),
        ({"scales": 2, "patch": 9}, "--patch 9: 1 scale or more; an even patch for several"),
        ({"clutter": 3}, "--clutter 3: it must be 0 or more, and needs a --field"),
        ({"patch": 29}, "--patch 29: a look is at most as wide as the image"),
    ],
)
def test_settings_that_cannot_be_meant(changes: dict[str, int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        RamSettings(**changes)  # type: ignore[arg-type]


def test_the_looks_are_wired_as_in_the_paper(tiny_mnist: Path) -> None:
    system = wire(SMALL, open_digits(str(tiny_mnist)).train)
    text = system.graph.mermaid()
    for name in ("digits", "field", "clutter", "eye", "reader", "grade", "gaze", "verdict"):
        assert name in text


def test_copies_share_the_scene_in_training_only(tiny_mnist: Path) -> None:
    system = wire(SMALL, open_digits(str(tiny_mnist)).train)
    scene = system.eye.image.fed_by()
    for training, shared in ((True, True), (False, False)):
        system.graph.train(training)
        seen = system.graph.unroll(4, watch=(scene,))[scene][0]
        assert torch.equal(seen[0], seen[1]) is shared and not torch.equal(seen[1], seen[2])


@pytest.mark.parametrize("threshold", [0.05, 0.12, 0.5, 1.0])
def test_stopping_in_fact_is_stopping_as_told(tiny_mnist: Path, threshold: float) -> None:
    splits, recipe = open_digits(str(tiny_mnist)), recipe_named("ram-cluttered")
    system = wire(SMALL, splits.train)
    with torch.no_grad():  # forecasts all over the range
        for parameter in system.graph.nodes["sureness"].parameters():
            parameter.mul_(8)
    brain = system.graph.brain_state()
    looks = look(rewire(recipe, SMALL, brain, splits.test))
    told = stopping(looks, threshold)
    done = stop_when_sure(recipe, SMALL, brain, splits.test, threshold)
    assert (done.looks, done.accuracy) == (pytest.approx(told.looks), pytest.approx(told.accuracy))
    if threshold == 1:
        assert done.looks == SMALL.fixations and done.accuracy == looks.accuracy()[-1]


def test_stopping_leaves_looks_out(tiny_mnist: Path) -> None:
    splits, recipe = open_digits(str(tiny_mnist)), recipe_named("ram-cluttered")
    brain = wire(SMALL, splits.train).graph.brain_state()
    system = rewire(recipe, SMALL, brain, splits.test, stop=1e-6)
    assert system.sure is not None
    trace = system.graph.unroll(5, watch=(system.sure.sure,))
    assert trace[system.sure.sure].shape == (1, 5)  # all were sure after the first look
    plain = replace(SMALL, model=Model.DENSE_64)
    with pytest.raises(ValueError, match="does not tell how sure it is"):
        stop_when_sure(recipe, plain, wire(plain, splits.train).graph.brain_state(), splits.test, 0.5)


def test_drawn_passes_look_at_the_same_scenes(tiny_mnist: Path) -> None:
    splits, recipe = open_digits(str(tiny_mnist)), recipe_named("ram-cluttered")
    brain = recipe.wire(SMALL, splits.train).graph.brain_state()
    brain["nodes.gaze.std"] = torch.tensor(1e-6)  # then all draws are the most probable places
    first = look(rewire(recipe, SMALL, brain, splits.test))
    for draws in (0, 3):
        assert drawn_accuracy(recipe, SMALL, brain, splits.test, first, draws) == first.accuracy()[-1]


@pytest.mark.parametrize("model", [Model.DENSE_64, Model.DENSE_256, Model.CONVOLUTIONAL])
def test_the_plain_networks_train_on_the_same_scenes(model: Model, tmp_path: Path, tiny_mnist: Path) -> None:
    folder = saccade.train("ram-cluttered", SMALL, out=tmp_path, data=tiny_mnist, model=model)
    test = (find_runs(folder)[0].result or {})["test"]
    assert len(test["accuracy_by_fixation"]) == 1 and "accuracy_of_copies" not in test
    assert saccade.write_report(folder).exists()


def test_costs_by_hand(tiny_mnist: Path) -> None:
    data = open_digits(str(tiny_mnist)).train
    dense = cost(wire(replace(SMALL, model=Model.DENSE_64), data))
    products = 32 * 32 * 64 + 64 * 64 + 64 * 10
    assert dense == {"parameters": products + 64 + 64 + 10, "multiply_adds": products}
    convolution = cost(wire(replace(SMALL, model=Model.CONVOLUTIONAL), data))
    filters, head = 8 * 100, 8 * 25 * 256 + 256 * 10
    assert convolution == {"parameters": filters + 8 + head + 256 + 10, "multiply_adds": filters * 25 + head}
    two, three = (cost(wire(replace(SMALL, fixations=n), data)) for n in (2, 3))
    assert two["parameters"] < three["parameters"]  # a learned place a step
    assert 1.4 < three["multiply_adds"] / two["multiply_adds"] < 1.7
