import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from saccade.agents import LearnerSettings
from saccade.recipes.active_vision import task as looking_task
from saccade.recipes.active_vision.data import open_digits
from saccade.recipes.active_vision.settings import Gaze
from saccade.recipes.grlf.settings import GrlfSettings, Reader
from saccade.runs import Checkpoint, CheckpointError, RunDirectory, RunError, load_checkpoint, save_checkpoint
from saccade.training import Splits
from saccade.training import loop as module
from saccade.training.launch import finish
from saccade.training.loop import Progress, Training
from saccade.training.registry import recipe_named
from saccade.training.settings import from_plain, to_plain
from saccade.training.task import Rhythm
from saccade.worlds import DataError, LabelledImages, scikit_digits
from saccade.worlds.digits import split

from ..small_runs import Digits, Start, Stop, Tiny, assert_same, measured, rows, saved, silent, stop_after

# -- a run ------------------------------------------------------------------------------------------


def test_a_run_to_its_end(start: Start, tmp_path: Path) -> None:
    training, seen = start(tmp_path, batch=32), list[Progress]()
    training.train(seen.append)
    assert [p.seen for p in seen] == [32, 80] and seen[-1].total == 80
    assert [row["seen"] for row in rows(tmp_path)] == [32, 80]
    assert rows(tmp_path)[0].keys() == {"seen", "loss", "reward", "train_accuracy"}
    numbers = load_checkpoint(tmp_path / "checkpoint.safetensors")[0].numbers
    assert numbers["seen"] == 80 and numbers["seconds"] > 0
    result = training.conclude()
    assert RunDirectory.open(tmp_path).result == json.loads(json.dumps(result))
    assert 0 <= result["test"]["accuracy"] <= 1 and result["seen"] == 80 and result["test"]["images"] == 12
    assert (tmp_path / "looks.safetensors").exists()


def test_logs_are_a_hundred_at_most(start: Start, tmp_path: Path) -> None:
    training = start(tmp_path, seen=250, batch=1, fixations=2, patch=1, units=1)
    training.train(silent)
    found = [row["seen"] for row in rows(tmp_path)]
    assert found == [*range(2, 251, 2)]


def test_validations_are_counted_in_the_time_left(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight updates of two seconds each, and a validation of ten after every other one."""
    training, now, found = start(tmp_path, seen=128), [0.0], list[Progress]()
    task = training.task
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(task, "validations", Rhythm(32))

    def lasting(seconds: float, values: dict[str, float]) -> dict[str, float]:
        now[0] += seconds
        return values

    monkeypatch.setattr(task, "update", lambda *_: lasting(2, {"loss": 0.0}))
    monkeypatch.setattr(task, "validate", lambda: lasting(10, {}))
    training.train(found.append)
    # One that was not made yet could last any time.
    assert [progress.left for progress in found] == [14, 6 * 2 + 3 * 10, 5 * 2 + 30, 28, 26, 14, 12, 0]
    assert [progress.per_second for progress in found][-1] == 128 / (16 + 40) and training.seconds == 56


def test_it_learns(tmp_path: Path, start: Start) -> None:
    training, test = scikit_digits("train"), scikit_digits("test")
    kept, validation = split(training, 100)
    recipe = recipe_named("grlf")
    settings = GrlfSettings(seen=2000, batch=64, units=64)
    run = RunDirectory.create(tmp_path, "grlf", to_plain(settings), 0, command="test", data=None, threads=1)
    system = Training(recipe, settings, run, Splits(kept, validation, test))
    system.train(silent)
    assert system.task.validate()["validation_accuracy"] > 0.18  # a guess is right in 0.1; whole runs reach 0.98


@pytest.mark.parametrize("other", [3, 4])
def test_the_same_seed_gives_the_same_numbers(start: Start, tmp_path: Path, other: int) -> None:
    for name, seed in (("one", 3), ("two", other)):
        start(tmp_path / name, seed=seed, seen=48).train(silent)
    if other == 3:
        assert_same(tmp_path / "one", tmp_path / "two")
    else:
        assert rows(tmp_path / "one") != rows(tmp_path / "two")


# -- stopped and resumed ----------------------------------------------------------------------------

KINDS: list[tuple[str, dict[str, Any]]] = [
    ("grlf", {}),
    ("grlf-field", {"field": 32, "reader": Reader.CONVOLUTIONAL, "learner": LearnerSettings(epochs=2)}),
    ("grlf", {"reader": Reader.FEED_FORWARD, "detach": False, "learner": LearnerSettings(separate=True)}),
    ("grlf", {"gaze": Gaze.RANDOM, "learner": LearnerSettings(epochs=2)}),
    ("ram-cluttered", {"copies": 2, "draws": 2}),
    ("ram-cluttered", {"reader": "published", "gaze": Gaze.RANDOM}),
    ("ram-cluttered", {"model": "residual"}),  # batch normalisation, channels last
]


@pytest.mark.parametrize("logs", [1, 3])
@pytest.mark.parametrize(("recipe", "changes"), KINDS)
def test_resumed_is_as_if_never_stopped(
    start: Start, splits: Digits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    recipe: str, changes: dict[str, Any], logs: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(looking_task, "_VALIDATE_EVERY", 32)  # validating must not disturb the random streams
    start(tmp_path / "whole", recipe, **changes).train(silent)
    monkeypatch.setattr(module, "_SAVE_SECONDS", 0)
    broken = start(tmp_path / "broken", recipe, **changes)
    with pytest.raises(Stop):
        broken.train(stop_after(logs))
    assert len(rows(tmp_path / "broken")) == logs
    resumed = Training(broken.recipe, broken.settings, broken.run, splits)
    assert resumed.restore() is None
    assert resumed.seen == 16 * (logs - 1)  # a checkpoint is written after its row
    torch.rand(5)
    resumed.train(silent)
    assert_same(tmp_path / "broken", tmp_path / "whole")
    assert any("validation_accuracy" in row for row in rows(tmp_path / "whole"))


DRIVER = """
import itertools, pathlib, sys, time
import saccade
from saccade.training import loop

calls, real = itertools.count(1), loop.save_checkpoint

def save(path, checkpoint):
    if next(calls) == 3:
        (path.parent / ".checkpoint.safetensors.half").write_bytes(b"half")
        print("third", flush=True)
        time.sleep(600)
    real(path, checkpoint)

loop._SAVE_SECONDS, loop.save_checkpoint = -1, save
out, data = sys.argv[1:]
from saccade.cli import main
main(["train", "grlf", "--seen", "80", "--batch", "16", "--fixations", "3", "--patch", "5", "--units", "8",
      "--seed", "5", "--out", out, "--data", data, "--no-report"])
"""


def test_killed_and_resumed_is_as_if_never_stopped(tmp_path: Path, tiny_mnist: Path, tiny: Tiny) -> None:
    out = tmp_path / "killed"
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(out), str(tiny_mnist)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "third\n"
        os.kill(process.pid, signal.SIGKILL)
    killed = out / "seed-5"
    assert load_checkpoint(killed / "checkpoint.safetensors")[0].numbers["seen"] == 32
    assert len(rows(killed)) == 3 and RunDirectory.open(killed).result is None
    settings = RunDirectory.open(killed).settings
    assert from_plain(GrlfSettings, settings) == tiny()
    whole = tmp_path / "whole"
    RunDirectory.create(whole, "grlf", settings, 5, command="test", data=str(tiny_mnist), threads=1)
    assert list(killed.glob(".*"))  # half a checkpoint
    results = [finish(folder, lambda _: None) for folder in (killed, whole)]
    assert_same(killed, whole)
    assert not list(killed.glob(".checkpoint*"))
    assert measured(results[0]) == measured(results[1])


def test_cut_off_before_the_result(start: Start, splits: Digits, tmp_path: Path) -> None:
    training = start(tmp_path)
    training.train(silent)
    before = saved(tmp_path)
    again = Training(training.recipe, training.settings, training.run, splits)
    again.restore()
    again.train(silent)
    assert all(torch.equal(tensor, before[name]) for name, tensor in saved(tmp_path).items())
    assert measured(again.conclude()) == measured(training.conclude())


def test_a_damaged_checkpoint_gives_way_to_the_one_before(
    start: Start, splits: Digits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(tmp_path / "whole").train(silent)
    monkeypatch.setattr(module, "_SAVE_SECONDS", 0)
    broken = start(tmp_path / "broken")
    with pytest.raises(Stop):
        broken.train(stop_after(4))
    path = broken.run.checkpoint
    path.write_bytes(path.read_bytes()[:1000])
    resumed = Training(broken.recipe, broken.settings, broken.run, splits)
    notice = resumed.restore()
    assert notice is not None and "going on from the one before" in notice
    assert resumed.seen == 32
    resumed.train(silent)
    assert_same(tmp_path / "broken", tmp_path / "whole")


def test_without_a_checkpoint_it_begins(start: Start, tmp_path: Path) -> None:
    training = start(tmp_path)
    assert training.restore() is None and training.seen == 0


def test_checkpoints_that_cannot_be_read(start: Start, tmp_path: Path) -> None:
    training = start(tmp_path)
    training.run.checkpoint.write_bytes(b"?")
    with pytest.raises(CheckpointError, match=r"is damaged .* delete it .* to train it anew"):
        training.restore()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"seen": None}, "seen is None, it must be a whole number between 0 and"),
        ({"seen": -1}, "seen is -1, it must be"),
        ({"seconds": float("nan")}, "seconds is nan, it must be a finite number of 0 or more"),
        ({"fingerprint": 5}, "fingerprint is 5, it must be a text"),
    ],
)
def test_numbers_of_a_checkpoint_that_cannot_be(
    entry: dict[str, Any], message: str, start: Start, tmp_path: Path
) -> None:
    training = start(tmp_path)
    training.save()
    kept = load_checkpoint(training.run.checkpoint)[0]
    save_checkpoint(training.run.checkpoint, Checkpoint(kept.tensors, {**kept.numbers, **entry}))
    with pytest.raises(RunError, match=rf"checkpoint\.safetensors is .*{message}.*delete it"):
        training.restore()


def test_a_checkpoint_of_other_settings(start: Start, tmp_path: Path, splits: Digits, tiny: Tiny) -> None:
    training = start(tmp_path)
    training.save()
    other = Training(training.recipe, tiny(units=9), training.run, splits)
    with pytest.raises(RunError, match=r"checkpoint\.safetensors does not fit .*settings\.json") as caught:
        other.restore()
    assert "\n" not in str(caught.value)


def test_a_checkpoint_of_other_data(start: Start, tmp_path: Path, splits: Digits) -> None:
    training = start(tmp_path)
    training.save()
    for name in ("the digits of another", splits.train.name):
        fewer = LabelledImages(splits.train.images[:9], splits.train.labels[:9], name)
        other = Training(
            training.recipe, training.settings, training.run, Splits(fewer, splits.validation, splits.test)
        )
        with pytest.raises(RunError, match=r"was trained on|is the data still the same"):
            other.restore()


def test_a_full_disk_stops_the_run_and_keeps_the_checkpoint(
    start: Start, tmp_path: Path, splits: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SAVE_SECONDS", 0)
    training = start(tmp_path)
    calls, real = itertools.count(1), module.save_checkpoint

    def save(path: Path, checkpoint: Any) -> None:
        if next(calls) == 3:
            raise RunError("no space left")
        real(path, checkpoint)

    monkeypatch.setattr(module, "save_checkpoint", save)
    with pytest.raises(RunError, match="no space left"):
        training.train(silent)
    again = Training(training.recipe, training.settings, training.run, splits)
    again.restore()
    assert again.seen == 32


# -- data -------------------------------------------------------------------------------------------


def test_data_is_split(tiny_mnist: Path) -> None:
    data = open_digits(str(tiny_mnist))
    assert [len(part.labels) for part in (data.train, data.validation, data.test)] == [121, 11, 24]
    assert data.notice is None
    assert torch.equal(open_digits(str(tiny_mnist)).validation.images, data.validation.images)


def test_the_real_mnist(mnist_folder: Path) -> None:
    data = open_digits(str(mnist_folder))
    assert [len(part.labels) for part in (data.train, data.validation, data.test)] == [55_000, 5_000, 10_000]
    assert data.test.labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_data_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="train-images-idx3-ubyte"):
        open_digits(str(tmp_path))


def test_too_few_images(monkeypatch: pytest.MonkeyPatch, digits: LabelledImages) -> None:
    few = LabelledImages(digits.images[:11], digits.labels[:11], "few")
    monkeypatch.setattr("saccade.recipes.active_vision.data.load_or_fallback", lambda *_: (few, None))
    monkeypatch.setattr("saccade.recipes.active_vision.data.load_mnist", lambda *_: few)
    with pytest.raises(DataError, match="few: 11 images to learn from are too few: there must be 12 or more"):
        open_digits("here")
