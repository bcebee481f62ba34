"""A graph of one's own gets what the run of a recipe gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from jaxtyping import Float
from torch import Tensor, nn

import saccade
from saccade.agents import LearnerSettings, Saccader
from saccade.arguments import ArgumentError
from saccade.cli import main
from saccade.graph import Graph, Loop, Network, Out
from saccade.runs import Metric, RunDirectory, RunError, read_metrics
from saccade.training import loop
from saccade.training.own_graph import shown
from saccade.vision import Crop, RecurrentReader
from saccade.watching import silent
from saccade.worlds import ClassificationReward, Copies, DataError, Digits, LabelledImages, Prediction, Shift

from ..small_runs import Digits as Sets
from ..small_runs import Stop, assert_same, rows, saved, stop_once

TIMES = 3
ENTROPY = Metric("cross_entropy", "cross-entropy", "nats", higher_is_better=False, low=0)
Call = Callable[..., Path]


@dataclass
class Wired:
    """A graph with what is measured."""

    graph: Graph
    correct: Out[Any]
    cross_entropy: Out[Any]
    reward: ClassificationReward
    digits: Digits
    action: Out[Any]


def wired(data: LabelledImages, units: int = 8, seed: int = 1, dropout: bool = False, again: bool = False) -> Wired:
    """A gaze, a reader, random numbers of a world's own, and torch's in dropout."""
    torch.manual_seed(seed)
    digits, shift, eye, reader = Digits(data), Shift(1), Crop(5), RecurrentReader(5, units=units)
    gaze, prediction = Saccader(features=units, times=TIMES), Prediction()
    reward = ClassificationReward(times=TIMES).named("reward")
    hidden = Network(nn.Dropout(0.5 if dropout else 0.0), Float[Tensor, "b features"], Float[Tensor, "b features"])
    hidden = hidden.named("hidden")
    digits.image >> shift.image
    shift.shifted >> eye.image
    eye.patch >> reader.patch
    eye.fixation >> reader.at
    reader.hidden >> reader.state
    reader.logits >> reward.logits
    digits.label >> reward.label
    reward.cross_entropy >> reward.previous
    reader.hidden >> hidden.input
    (hidden.output if again else hidden.output.detach()) >> gaze.observation
    eye.fixation >> gaze.at
    gaze.action >> eye.at
    reward.value >> gaze.reward
    reader.logits >> prediction.logits
    digits.label >> prediction.label
    graph = Graph(digits, shift, Loop(eye, reader, hidden, reward, gaze, times=TIMES), prediction)
    return Wired(graph, prediction.correct, reward.cross_entropy, reward, digits, gaze.action)


@pytest.fixture
def fit(splits: Sets) -> Call:
    """The call that is made again and again: five updates."""

    def call(one: Wired, out: Path, **changes: Any) -> Path:
        known: dict[str, Any] = {
            "measured": {"accuracy": one.correct, ENTROPY: one.cross_entropy}, "seen": 80, "batch": 16, "test": splits.test,
            "validation": splits.validation, "validate_every": 32, "watch": silent,
        }  # fmt: skip
        return saccade.fit(one.graph, out=out, **{**known, **changes})

    return call


@pytest.fixture
def make(splits: Sets) -> Callable[..., Wired]:
    """The same graph each time."""
    return lambda **changes: wired(splits.train, **changes)


# -- a run --------------------------------------------------------------------------------------------


def test_a_run_to_its_end(fit: Call, make: Callable[..., Wired], splits: Sets, tmp_path: Path) -> None:
    one = make()
    folder = fit(one, tmp_path / "mine")
    run = RunDirectory.open(folder)
    names = {
        "settings.json",
        "metrics.jsonl",
        "tensorboard",
        "checkpoint.safetensors",
        "initial.safetensors",
        "result.json",
    }
    assert names | {"graph.svg", "report.html"} <= {path.name for path in folder.iterdir()}
    assert run.recipe == "own-graph" and run.settings["sets"]["test"].startswith(splits.test.name)
    assert run.about["command"].startswith(
        "saccade.fit(graph, {'accuracy': prediction.correct, 'cross_entropy': reward."
    )
    assert run.result is not None and run.result["test"]["images"] == 12
    assert run.result["test"].keys() == {"accuracy", "cross_entropy", "images"}
    assert (
        run.settings["measured"]["accuracy"]["proportion"]
        and not run.settings["measured"]["cross_entropy"]["higher_is_better"]
    )
    assert {"validation_accuracy", "train_accuracy", "validation_cross_entropy"} < run.result.keys()
    written = rows(folder)
    assert [row["seen"] for row in written] == [16, 32, 48, 64, 80]
    assert [row["seen"] for row in written if "validation_accuracy" in row] == [32, 64, 80]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "data:image/svg+xml;base64" in page and "A graph of your own" in page and "Test accuracy" in page
    with shown(one.graph, splits.test), torch.no_grad():  # the graph has the trained weights
        trace = one.graph.unroll(12, watch=(one.correct,))
    assert float(trace[one.correct].float().mean()) == pytest.approx(run.result["test"]["accuracy"])


def test_without_a_test(fit: Call, make: Callable[..., Wired], tmp_path: Path, splits: Sets) -> None:
    folder = fit(make(), tmp_path / "validated", test=None)
    result = RunDirectory.open(folder).result
    assert result is not None and "test" not in result and result["data"] == splits.validation.name
    bare = fit(make(), tmp_path / "bare", test=None, validation=None, validate_every=None)
    result = RunDirectory.open(bare).result
    assert result is not None and result["data"] == splits.train.name
    assert result["train_accuracy"] == rows(bare)[-1]["train_accuracy"]
    assert not {"test", "validation_accuracy"} & result.keys()
    pages = [(each / "report.html").read_text(encoding="utf-8") for each in (bare, folder)]
    assert "accuracy in training" in pages[0] and "Accuracy on training data as they came." in pages[0]
    assert ["on validation data; faint: on training data" in page for page in pages] == [False, True]


def test_the_result_is_said_in_a_line(
    fit: Call, make: Callable[..., Wired], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fit(make(), tmp_path / "silent")
    assert capsys.readouterr() == ("", "")
    for changes, where in (({}, "on the test set"), ({"test": None}, "on the validation set")):
        out = tmp_path / where.replace(" ", "-")
        for _ in range(2):  # also of a run that has ended
            fit(make(), out, watch=None, **changes)
            said = capsys.readouterr()
            assert said.out == "" and said.err.startswith(f"{out}: accuracy ")
            assert said.err.endswith(f"% {where}; the page is {out / 'report.html'}\n")


def test_validations_do_not_change_training(fit: Call, make: Callable[..., Wired], tmp_path: Path) -> None:
    for dropout in (False, True):
        with_, without = tmp_path / f"with-{dropout}", tmp_path / f"without-{dropout}"
        fit(make(dropout=dropout), with_, validate_every=16)
        fit(make(dropout=dropout), without, validation=None, validate_every=None, test=None)
        mine, theirs = saved(with_), saved(without)
        assert mine.keys() == theirs.keys() and all(torch.equal(mine[name], theirs[name]) for name in mine)
        trained = [{name: value for name, value in row.items() if "validation" not in name} for row in rows(with_)]
        assert trained == rows(without)


def test_a_set_is_shown_in_between(make: Callable[..., Wired], splits: Sets) -> None:
    one, other = make(), make()
    for each in (one, other):
        each.graph.seed(3)
        each.graph.nodes["shift"].eval()  # as somebody may want it
        each.graph.unroll(7)
    before = one.graph.state_dict()["nodes.digits.order"].clone()
    with pytest.raises(Stop), shown(one.graph, splits.test), torch.no_grad():
        trace = one.graph.unroll(12, watch=(one.digits.label, one.digits.image))
        assert torch.equal(trace[one.digits.label][0], splits.test.labels) and not one.graph.training
        raise Stop
    assert one.graph.training and not one.graph.nodes["shift"].training and one.digits.data is splits.train
    assert torch.equal(one.digits.order, before) and int(one.digits.drawn) == 7
    watch = [(each.digits.label, each.digits.image, each.cross_entropy) for each in (one, other)]
    traces = [each.graph.unroll(50, watch=ports) for each, ports in zip((one, other), watch, strict=True)]
    for mine, theirs in zip(*watch, strict=True):
        assert torch.equal(traces[0][mine], traces[1][theirs])


def test_a_callback_and_patience_end_a_run(fit: Call, make: Callable[..., Wired], tmp_path: Path) -> None:
    folder = fit(make(), tmp_path / "asked", callbacks=[lambda row: row.seen >= 32])
    result = RunDirectory.open(folder).result
    assert result is not None and result["stopped_early"] and result["seen"] == 32
    lazy = LearnerSettings(learning_rate=0, policy_learning_rate=0)
    folder = fit(make(), tmp_path / "patient", learner=lazy, validate_every=16, patience=1, seen=800)
    result = RunDirectory.open(folder).result
    assert result is not None and result["stopped_early"] and result["seen"] < 800


# -- again --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("saves", [True, False])
@pytest.mark.parametrize("dropout", [True, False])
def test_a_stopped_run_goes_on_to_the_same_numbers(
    fit: Call, make: Callable[..., Wired], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saves: bool, dropout: bool
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    fit(make(dropout=dropout), whole)
    monkeypatch.setattr(loop, "_SAVE_SECONDS", 0 if saves else 600)
    with pytest.raises(Stop):
        fit(make(dropout=dropout), broken, callbacks=[stop_once(48)])
    assert (broken / "checkpoint.safetensors").exists() == saves
    assert len(read_metrics(broken)) == 3
    # A script that sets no seed has other weights when it is run again.
    again = make(dropout=dropout, seed=5)
    fit(again, broken)
    assert_same(whole, broken)
    results = [json.loads((folder / "result.json").read_text()) for folder in (whole, broken)]
    for result in results:
        for timed in ("seconds", "seen_per_second"):
            del result[timed]
    assert results[0] == results[1]
    weights = saccade.weights(broken)
    assert weights.keys() == again.graph.brain_state().keys()
    assert all(torch.equal(value, weights[name]) for name, value in again.graph.brain_state().items())


def test_a_run_that_has_ended_gives_the_graph_its_weights(
    fit: Call, make: Callable[..., Wired], tmp_path: Path
) -> None:
    folder = fit(make(), tmp_path / "mine")
    stamps = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    one = make(seed=9)
    assert fit(one, folder) == folder and stamps == {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    weights = saccade.weights(folder)
    assert all(torch.equal(value, weights[name]) for name, value in one.graph.brain_state().items())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seen": 96}, "seen is 80 there and 96 here; choose another out"),
        ({"seed": 4}, "seed is 0 there and 4 here"),
        ({"learner": LearnerSettings(epochs=2)}, r"learner\.epochs is 1 there and 2 here"),
        ({"test": None}, r"sets\.test is '.*' there and not given here"),
        ({"threads": 2}, "threads is 1 there and 2 here"),
    ],
)
def test_another_call_needs_another_folder(
    fit: Call, make: Callable[..., Wired], tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    fit(make(), tmp_path / "mine")
    with pytest.raises(RunError, match=message):
        fit(make(), tmp_path / "mine", **changes)


def test_another_graph_needs_another_folder(
    fit: Call, make: Callable[..., Wired], splits: Sets, tmp_path: Path
) -> None:
    fit(make(), out := tmp_path / "mine")
    with pytest.raises(RunError, match=r"reader\..* is of shape \(.*8.*\) there and of shape \(.*9.*\) here"):
        fit(make(units=9), out)
    with pytest.raises(RunError, match=r"wired in another way, see .*graph\.svg; choose another out"):
        fit(make(again=True), out)
    darker = replace(splits.test, images=splits.test.images // 2)
    with pytest.raises(RunError, match=r"sets\.test is .* there and .* here"):
        fit(make(), out, test=darker)
    with pytest.raises(RunError, match=r"sets\.train is .* there and .* here"):
        fit(wired(splits.test), out)
    one = make()
    with pytest.raises(RunError, match="the first metric is"):
        fit(one, out, measured={ENTROPY: one.cross_entropy, "accuracy": one.correct})


def test_a_folder_with_something_else(fit: Call, make: Callable[..., Wired], tmp_path: Path) -> None:
    RunDirectory.create(tmp_path / "a" / "grlf", "grlf", {}, 0, command="", data=None, threads=1)
    with pytest.raises(RunError, match="holds a run of the recipe grlf: choose another out"):
        fit(make(), tmp_path / "a" / "grlf")
    with pytest.raises(ArgumentError, match="a folder of runs: name one of its own"):
        fit(make(), tmp_path / "a")


# -- mistakes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seen": 0}, "seen is 0: it must be 1 or more"),
        ({"batch": 2.5}, "batch is 2.5: it must be a whole number"),
        ({"measured": {}}, r"measured is \{\}: it must be a dict of one metric or more"),
        ({"measured": {"accuracy": 3}}, r"measured\['accuracy'\] is 3: it must be an output port"),
        ({"learner": {"epochs": 2}}, r"learner is .*: it must be saccade.agents.LearnerSettings"),
        ({"patience": 2, "validation": None, "validate_every": None}, "patience is 2, and there is no validation set"),
        ({"validation": None}, "validate_every is 32, and there is no validation set"),
        ({"callbacks": [3]}, "callbacks is 3: it must be a function"),
    ],
)
def test_arguments_that_cannot_be(
    fit: Call, make: Callable[..., Wired], tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        fit(make(), tmp_path / "mine", **changes)
    assert not (tmp_path / "mine").exists()


def test_ports_that_cannot_be(fit: Call, make: Callable[..., Wired], tmp_path: Path) -> None:
    one, other = make(), make()
    for port, message in (
        (other.correct, "is prediction.correct, a port of a module that is not in the graph"),
        (one.reward.logits, r"is reward\.logits: it must be an output port"),
        (one.action, r"gaze|saccader.*: it must be one number an episode, of shape \(b,\)"),
    ):
        with pytest.raises(ArgumentError, match=message):
            fit(one, tmp_path / "mine", measured={"accuracy": port})
    with pytest.raises(ArgumentError, match="a metric named 'images': each needs a name of its own"):
        fit(one, tmp_path / "mine", measured={"images": one.correct})
    with pytest.raises(ArgumentError, match="graph is 3: it must be a"):
        saccade.fit(3, {}, seen=1, out="x")  # type: ignore[arg-type]


def test_sets_and_folders_that_cannot_be(fit: Call, make: Callable[..., Wired], splits: Sets, tmp_path: Path) -> None:
    small = LabelledImages(splits.test.images[:, :20, :20], splits.test.labels, "small")
    with pytest.raises(DataError, match="small has images of 20x20 pixels and 1 channel, digits shows images of 28x28"):
        fit(make(), tmp_path / "mine", test=small)
    named = replace(splits.test, classes=(*splits.test.classes, "ten"))
    with pytest.raises(DataError, match=r"has the classes 0, .* ten, digits has"):
        fit(make(), tmp_path / "mine", validation=named)
    with pytest.raises(DataError, match="digits cannot show a list"):
        fit(make(), tmp_path / "mine", test=[1, 2])
    (tmp_path / "file").touch()
    with pytest.raises(ArgumentError, match="a file: name a folder"):
        fit(make(), tmp_path / "file")
    with pytest.raises(RunError, match=r"cannot be reached .*: choose a shorter name"):
        fit(make(), tmp_path / ("x" * 300))
    assert not (tmp_path / "mine").exists()


def test_a_graph_with_two_decks(splits: Sets, tmp_path: Path) -> None:
    digits, others, prediction = Digits(splits.train), Digits(splits.train).named("others"), Prediction()
    copies, see = Copies(1), Network(nn.Flatten(), Float[Tensor, "b 1 28 28"], Float[Tensor, "b 784"])
    read = Network(nn.Linear(784, 10), Float[Tensor, "b 784"], Float[Tensor, "b 10"]).named("read")
    reward = ClassificationReward(times=1)
    digits.image >> copies.image
    others.label >> copies.label
    copies.scene >> see.input
    see.output >> read.input
    for target in (prediction, reward):
        read.output >> target.logits
        copies.target >> target.label
    graph = Graph(digits, others, copies, see, read, reward, prediction)
    with pytest.raises(DataError, match=r"the graph has 2 worlds that show a set \(digits, others\)"):
        saccade.fit(graph, {"accuracy": prediction.correct}, seen=32, out=tmp_path / "mine", test=splits.test)
    folder = saccade.fit(graph, {"accuracy": prediction.correct}, seen=32, out=tmp_path / "mine", watch=silent)
    assert (folder / "result.json").exists()


# -- the commands -------------------------------------------------------------------------------------


def test_commands_without_the_script(
    fit: Call, make: Callable[..., Wired], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended, broken = fit(make(), tmp_path / "ended"), tmp_path / "broken"
    with pytest.raises(Stop):
        fit(make(), broken, callbacks=[stop_once(48)])
    for argv in (["resume", broken], ["resume", ended, "--seen", "160"], ["eval", ended], ["eval", broken]):
        with pytest.raises(SystemExit) as caught:
            main([*map(str, argv)])
        text = capsys.readouterr().err
        assert caught.value.code == 1 and text.count("\n") == 1
        assert "a graph of one's own, which is made in a script: run that script again" in text
    with pytest.raises(RunError, match=r"graph\.load_brain_state\(saccade\.weights\('"):
        saccade.load(ended)
    with pytest.raises(RunError, match="has no checkpoint yet: run the script again"):
        saccade.weights(broken)
    main(["resume", str(ended)])
    main(["report", str(broken)])
    main(["report", str(broken), str(ended), "-o", str(tmp_path / "both.html")])
    assert "own-graph" not in capsys.readouterr().err
    other = fit(make(units=9), tmp_path / "other")
    main(["report", str(other), str(ended), "-o", str(tmp_path / "two.html")])
    page = (tmp_path / "two.html").read_text(encoding="utf-8")
    assert page.count("data:image/svg+xml;base64") == 2 and "The graphs" in page
    assert RunDirectory.open(other).settings["graph"] in page
    main(["list"])
    assert "own-graph" not in capsys.readouterr().out
