from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import saccade
from saccade.agents import LearnerSettings
from saccade.recipes.active_vision import measures
from saccade.recipes.active_vision.data import open_digits
from saccade.recipes.active_vision.looks import Looks, look, rewire
from saccade.recipes.active_vision.measures import cost, drawn_accuracy
from saccade.recipes.active_vision.settings import Gaze
from saccade.recipes.active_vision.stopping import stop_when_confident, stopping
from saccade.recipes.ram.settings import CLUTTERED, Model, RamSettings
from saccade.recipes.ram.wiring import wire
from saccade.runs import find_runs
from saccade.training.registry import recipe_named
from saccade.vision import RecurrentReader
from saccade.worlds import Clutter

SMALL = replace(CLUTTERED, seen=32, batch=16, fixations=3, units=8, patch=6, field=32, copies=2, draws=2)


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
        ({"scales": 2, "patch": 9}, "--scales 2 --patch 9: several scales need an even patch"),
        ({"clutter": 60, "field": 60}, "--clutter 60: 56 pieces cover a field of 60 pixels"),
        ({"clutter": 3}, "--clutter 3: it needs a --field to lie in"),
        ({"clutter": -1}, "--clutter -1: it must be 0 or more"),
        ({"scales": 7}, "--scales 7 --patch 10: the widest patch, 640 pixels, is over four times"),
        ({"learner": LearnerSettings(epochs=2)}, "--learner.epochs 2: REINFORCE learns from a rollout once"),
        ({"model": Model.RESIDUAL, "batch": 1}, "--model residual --batch 1 --seen 1200000: an update of one image"),
        ({"model": Model.RESIDUAL, "batch": 16, "seen": 33}, "--batch 16 --seen 33: an update of one image"),
        ({"patch": 29}, "--patch 29: a glimpse is at most as wide as the image"),
    ],
)
def test_settings_that_cannot_be_meant(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        RamSettings(**{"patch": 10, **changes})  # type: ignore[arg-type]


def test_the_looks_are_wired_as_in_the_paper(tiny_mnist: Path) -> None:
    graph = wire(SMALL, open_digits(str(tiny_mnist)).train).graph
    sources = {port: port.source for module in graph.program.modules for port in module.inputs() if port.source}
    edges = {f"{source}{' | ' if source.detached else ' > '}{port}" for port, source in sources.items()}
    assert edges == {  # a bar lets no gradient through
        "digits.image > field.image", "field.field > clutter.image", "clutter.cluttered > copies.image",
        "digits.label > copies.label", "copies.scene > eye.image", "eye.patch > reader.patch",
        "eye.fixation > reader.at", "reader.hidden > reader.state", "reader.logits > reward.logits",
        "copies.target > reward.label", "reward.cross_entropy > reward.previous", "reader.hidden > confidence.hidden",
        "reader.logits > confidence.logits", "copies.target > confidence.label", "reader.hidden | gaze.observation",
        "eye.fixation > gaze.at", "gaze.action > eye.at", "reward.value > gaze.reward",
        "reader.logits > prediction.logits", "copies.target > prediction.label",
    }  # fmt: skip


def test_all_of_the_reader_learns_from_the_class(tiny_mnist: Path) -> None:
    system = wire(SMALL, open_digits(str(tiny_mnist)).train)
    system.graph.unroll(16).supervised_loss.backward()
    assert isinstance(system.reader, RecurrentReader) and len(system.reader.see.norms) == 2  # type: ignore[arg-type]
    for name, parameter in system.reader.named_parameters():
        assert parameter.grad is not None and bool(parameter.grad.any()), name
    (gaze,) = system.graph.actors
    assert not any(parameter.grad is not None and bool(parameter.grad.any()) for parameter in gaze.parameters())


def test_a_plain_network_s_loss_is_its_cross_entropy(tiny_mnist: Path) -> None:
    system = wire(replace(SMALL, model=Model.DENSE_64), open_digits(str(tiny_mnist)).train)
    trace = system.graph.unroll(8, watch=(system.reward.cross_entropy,))
    assert torch.allclose(trace.supervised_loss, trace[system.reward.cross_entropy].mean())


@pytest.mark.parametrize("gaze", list(Gaze))
def test_whoever_moves_the_eye_the_first_glimpse_is_at_the_centre(gaze: Gaze, tiny_mnist: Path) -> None:
    system = wire(replace(SMALL, gaze=gaze), open_digits(str(tiny_mnist)).train)
    places = system.graph.unroll(6, watch=(system.eye.fixation,))[system.eye.fixation]
    assert places[0].abs().max() < 0.04 and places.shape == (3, 6, 2)
    if gaze is not Gaze.FIXED_SCAN:  # which stays near the centre of so small a field
        assert bool(places[1:].abs().max() > 0.04) is (gaze is not Gaze.CENTRE)


@pytest.mark.parametrize("fixations", [CLUTTERED.fixations, 5])
def test_a_scan_covers_the_places_where_digits_can_lie(tiny_mnist: Path, fixations: int) -> None:
    settings = replace(SMALL, gaze=Gaze.FIXED_SCAN, fixations=fixations, field=56)
    system = wire(settings, open_digits(str(tiny_mnist)).train)
    places = system.graph.unroll(2, watch=(system.eye.fixation,))[system.eye.fixation][:, 0]
    assert places[0].abs().max() < 0.04 and len({tuple(place) for place in places.tolist()}) == fixations
    # Middles lie within half a half-width of the centre: every quarter of that square has its looks.
    assert 0.2 < places.abs().max() < 0.5
    for quarter in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        assert (places[1:] * torch.tensor(quarter)).sum(1).max() > 0.3


def test_copies_share_the_scene_in_training_only(tiny_mnist: Path) -> None:
    system = wire(SMALL, open_digits(str(tiny_mnist)).train)
    scene = system.eye.image.fed_by()
    for training, shared in ((True, True), (False, False)):
        system.graph.train(training)
        seen = system.graph.unroll(4, watch=(scene,))[scene][0]
        assert torch.equal(seen[0], seen[1]) is shared and not torch.equal(seen[1], seen[2])


@pytest.mark.parametrize("threshold", [0.05, 0.12, 0.5, 1.0])
def test_stopping_in_fact_is_stopping_as_computed(tiny_mnist: Path, threshold: float) -> None:
    splits, recipe = open_digits(str(tiny_mnist)), recipe_named("ram-cluttered")
    system = wire(SMALL, splits.train)
    with torch.no_grad():  # confidences all over the range
        for parameter in system.graph.nodes["confidence"].parameters():
            parameter.mul_(8)
    brain = system.graph.brain_state()
    looks = look(rewire(recipe, SMALL, brain, splits.test))
    computed = stopping(looks, threshold)
    done = stop_when_confident(recipe, SMALL, brain, splits.test, threshold)
    assert (done.looks, done.accuracy) == (pytest.approx(computed.looks), pytest.approx(computed.accuracy))
    if threshold == 1:
        assert done.looks == SMALL.fixations and done.accuracy == looks.accuracy()[-1]


def test_stopping_leaves_looks_out(tiny_mnist: Path) -> None:
    splits, recipe = open_digits(str(tiny_mnist)), recipe_named("ram-cluttered")
    brain = wire(SMALL, splits.train).graph.brain_state()
    system = rewire(recipe, SMALL, brain, splits.test, stop=1e-6)
    assert system.confidence is not None
    trace = system.graph.unroll(5, watch=(system.confidence.confidence,))
    assert trace[system.confidence.confidence].shape == (1, 5)  # all were confident after the first look
    plain = replace(SMALL, model=Model.DENSE_64)
    with pytest.raises(ValueError, match="does not predict whether it is right"):
        stop_when_confident(recipe, plain, wire(plain, splits.train).graph.brain_state(), splits.test, 0.5)


def test_drawn_passes_look_at_the_same_scenes(tiny_mnist: Path) -> None:
    splits, recipe = open_digits(str(tiny_mnist)), recipe_named("ram-cluttered")
    brain = recipe.wire(SMALL, splits.train).graph.brain_state()
    brain["nodes.gaze.std"] = torch.tensor(1e-6)  # then all draws are the most probable places
    first = look(rewire(recipe, SMALL, brain, splits.test))
    for draws in (0, 3):
        assert drawn_accuracy(recipe, SMALL, brain, splits.test, first, draws) == first.accuracy()[-1]


def test_every_pass_draws_places_of_its_own(tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    splits, recipe = open_digits(str(tiny_mnist)), recipe_named("ram-cluttered")
    brain = recipe.wire(SMALL, splits.train).graph.brain_state()
    first, passes = look(rewire(recipe, SMALL, brain, splits.test)), list[Looks]()
    monkeypatch.setattr(measures, "look", lambda system, **about: passes.append(look(system, **about)) or passes[-1])
    found = drawn_accuracy(recipe, SMALL, brain, splits.test, first, 3)
    every = [first, *passes]
    assert len({tuple(each.places[1].flatten().tolist()) for each in every}) == 4
    assert all(torch.equal(each.centres, first.centres) for each in every if each.centres is not None)
    mean = torch.stack([each.probabilities[-1] for each in every]).mean(0)
    assert found == pytest.approx(float((mean.argmax(1) == first.labels).double().mean()))


@pytest.mark.parametrize("model", [model for model in Model if model is not Model.RAM])
def test_the_plain_networks_train_on_the_same_scenes(model: Model, tmp_path: Path, tiny_mnist: Path) -> None:
    folder = saccade.train("ram-cluttered", SMALL, out=tmp_path, data=tiny_mnist, model=model)
    test = (find_runs(folder)[0].result or {})["test"]
    assert len(test["accuracy_by_fixation"]) == 1 and "accuracy_of_copies" not in test
    assert saccade.write_report(folder).exists()


def test_costs_that_can_be_counted(tiny_mnist: Path) -> None:
    data = open_digits(str(tiny_mnist)).train
    dense = cost(wire(replace(SMALL, model=Model.DENSE_64), data))
    products = 32 * 32 * 64 + 64 * 64 + 64 * 10
    assert dense == {"parameters": products + 64 + 64 + 10, "multiply_adds": products}
    convolution = cost(wire(replace(SMALL, model=Model.CONVOLUTIONAL), data))
    filters, head = 8 * 100, 8 * 25 * 256 + 256 * 10
    assert convolution == {"parameters": filters + 8 + head + 256 + 10, "multiply_adds": filters * 25 + head}
    small, recipe = replace(SMALL, model=Model.RESIDUAL), recipe_named("ram-cluttered")
    residual = cost(rewire(recipe, small, wire(small, data).graph.brain_state(), data))
    stem, first = 16**2 * 49 * 16, 8**2 * 2 * 9 * 16 * 16
    halving = [
        side**2 * planes * (9 * planes // 2 + 9 * planes + planes // 2) for side, planes in ((4, 32), (2, 64), (1, 128))
    ]
    assert residual == {"parameters": 309_178, "multiply_adds": stem + first + sum(halving) + 128 * 10}
    two, three = (cost(wire(replace(SMALL, fixations=n), data)) for n in (2, 3))
    assert two["parameters"] < three["parameters"]  # a learned place a step
    assert 1.4 < three["multiply_adds"] / two["multiply_adds"] < 1.7
