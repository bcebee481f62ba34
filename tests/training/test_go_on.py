"""Runs that begin with the weights of others, go on beyond their budget, or end before it."""

from __future__ import annotations

import functools
import json
import logging
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import saccade
from saccade.arguments import ArgumentError
from saccade.cli import main
from saccade.runs import RunDirectory, RunError, find_runs, load_checkpoint, read_metrics, save_checkpoint
from saccade.runs.rundir import INITIAL
from saccade.training import Row
from saccade.training.launch import RunEvent, open_training
from saccade.training.load import trained_weights
from saccade.watching import silent
from saccade.worlds import DataError

from ..small_runs import Stop, assert_same, saved, stop_once

SMALL: dict[str, Any] = {"seen": 64, "batch": 16, "fixations": 3, "patch": 5, "units": 8}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, tiny_mnist: Path) -> Path:
    """Two seeds."""
    return saccade.train(
        "grlf", out=tmp_path_factory.mktemp("first") / "runs", data=tiny_mnist, seeds=2, workers=1, **SMALL
    )


def train(out: Path, data: Path, **options: Any) -> Path:
    return saccade.train("grlf", out=out, data=data, **{**SMALL, **options})


# -- from another run ---------------------------------------------------------------------------------


def test_a_run_begins_with_the_weights_of_another(first: Path, tmp_path: Path, tiny_mnist: Path) -> None:
    events = list[RunEvent]()
    out = train(tmp_path / "next", tiny_mnist, from_run=first / "seed-1", watch=events.append)
    run = RunDirectory.open(out / "seed-0")
    theirs, kept = trained_weights(RunDirectory.open(first / "seed-1")), load_checkpoint(run.initial)[0].tensors
    assert kept.keys() == theirs.keys() and all(torch.equal(kept[name], theirs[name]) for name in theirs)
    (notice,) = [event.notice for event in events if event.notice]
    assert (
        notice is not None
        and f"begins with the weights of {first / 'seed-1'}: {len(kept)} of {len(kept)} tensors fit" in notice
    )
    for left in out.glob("seed-0/checkpoint*"):  # as if it had been killed before its first checkpoint
        left.unlink()
    begun = open_training(run, None, silent)
    assert begun.seen == 0
    mine = begun.task.weights(begun.task.state())
    assert all(torch.equal(mine[name], value) for name, value in theirs.items())


def test_of_several_runs_each_seed_takes_its_own(first: Path, tmp_path: Path, tiny_mnist: Path) -> None:
    out = train(tmp_path / "next", tiny_mnist, from_run=first, seeds=2, workers=1)
    page = saccade.write_report(out).read_text(encoding="utf-8")
    assert f"<dt>First weights</dt><dd>those of {first / 'seed-0'} and {first / 'seed-1'}</dd>" in page
    for seed in ("seed-0", "seed-1"):
        assert load_checkpoint(RunDirectory.open(out / seed).initial)[0].numbers["from"] == str(first / seed)
    with pytest.raises(RunError, match="holds 2 runs, none of seed 2"):
        train(tmp_path / "other", tiny_mnist, from_run=first, first_seed=2)


def test_which_tensors_fit_is_said(
    first: Path, tmp_path: Path, tiny_mnist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [f"--{name}={value}" for name, value in SMALL.items()]
    options = ["--data", str(tiny_mnist), "--no-report", "--out", str(tmp_path / "wider")]
    main(["train", "grlf-field", *words, *options, "--from", str(first / "seed-0"), "--fixations", "4"])
    said = " ".join(capsys.readouterr().err.split())
    assert "tensors fit; not: nodes.gaze.places is 3x2 there and 4x2 here" in said


def test_a_run_of_which_nothing_fits(first: Path, tmp_path: Path, tiny_mnist: Path) -> None:
    with pytest.raises(RunError, match="recipe grlf, cannot be where a run of ram-mnist begins: none of its"):
        saccade.train(
            "ram-mnist", out=tmp_path / "next", data=tiny_mnist, from_run=first / "seed-0", model="dense-64", seen=16, batch=8
        )  # fmt: skip
    assert not list((tmp_path / "next").glob("*/settings.json"))


def test_weights_that_come_with_the_package_are_a_beginning(tmp_path: Path, tiny_mnist: Path) -> None:
    out = saccade.train("grlf", out=tmp_path / "run", data=tiny_mnist, seen=32, batch=16, from_run="grlf")
    run, shipped = RunDirectory.open(out / "seed-0"), saccade.weights("grlf")
    kept = load_checkpoint(run.initial)[0].tensors
    assert all(torch.equal(kept[name], value) for name, value in shipped.items())
    assert str(run.about["from"]).endswith("shipped/grlf")


def test_weights_of_a_training_that_was_refused_are_not_begun_with(
    first: Path, tmp_path: Path, tiny_mnist: Path
) -> None:
    half = Path(shutil.copytree(first, tmp_path / "half"))
    for left in half.glob("seed-1/*.safetensors"):
        left.unlink()
    (half / "seed-1" / "result.json").unlink()
    with pytest.raises(RunError, match="seed-1 has no checkpoint yet"):
        train(tmp_path / "next", tiny_mnist, from_run=half, seeds=2)
    assert not (tmp_path / "next").exists()
    save_checkpoint(
        tmp_path / "next" / "seed-0" / INITIAL, load_checkpoint(first / "seed-0" / "checkpoint.safetensors")[0]
    )
    events = list[RunEvent]()
    train(tmp_path / "next", tiny_mnist, watch=events.append)  # as if the process had been killed in between
    assert not [event.notice for event in events if event.notice and "begins with" in event.notice]


def test_a_training_within_a_run_is_refused(first: Path, tiny_mnist: Path) -> None:
    with pytest.raises(RunError, match=r"seed-0 holds a run already: .* or choose another --out"):
        train(first / "seed-0", tiny_mnist, first_seed=5)


# -- beyond the budget --------------------------------------------------------------------------------


def test_an_ended_run_goes_on(tmp_path: Path, tiny_mnist: Path) -> None:
    folder = train(tmp_path / "run", tiny_mnist)
    before = RunDirectory.open(folder / "seed-0").result
    saccade.resume(folder, budget=96, watch=silent)
    run = RunDirectory.open(folder / "seed-0")
    assert run.settings["seen"] == 96 and [*run.about["extended"]] == ["64"]
    assert run.result is not None and run.result["seen"] == 96
    assert json.loads((run.folder / "result-64.json").read_text()) == before
    assert [row["seen"] for row in read_metrics(run.folder)] == [16, 32, 48, 64, 80, 96]
    saccade.resume(folder, budget=96, watch=silent)  # it has that already
    with pytest.raises(RunError, match="has a budget of 96 images: 80 are fewer, give more"):
        saccade.resume(folder, budget=80)


def test_a_run_that_cannot_go_on_keeps_its_result_and_its_budget(tmp_path: Path, tiny_mnist: Path) -> None:
    folder = train(tmp_path / "run", tiny_mnist, seeds=2, workers=1)
    before = [path.read_bytes() for path in sorted(folder.glob("*/*.json"))]
    with pytest.raises(DataError):
        saccade.resume(folder, budget=96, data=tmp_path / "nowhere")
    with RunDirectory.open(folder / "seed-1").locked(), pytest.raises(RunError, match="is being trained by another"):
        saccade.resume(folder, budget=96)
    assert [path.read_bytes() for path in sorted(folder.glob("*/*.json"))] == before


def test_killed_while_its_budget_is_raised(tmp_path: Path, tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = train(tmp_path / "run", tiny_mnist)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("saccade.runs.rundir.write_text", killed)
        saccade.resume(folder, budget=96)
    saccade.resume(folder, budget=96, watch=silent)
    result = RunDirectory.open(folder / "seed-0").result
    assert result is not None and result["seen"] == 96


def test_stopped_beyond_its_budget_it_ends_as_if_it_had_not_been(tmp_path: Path, tiny_mnist: Path) -> None:
    whole, broken = (train(tmp_path / name, tiny_mnist) for name in ("whole", "broken"))
    saccade.resume(whole, budget=112, watch=silent)
    with pytest.raises(Stop):
        saccade.resume(broken, budget=112, callbacks=[stop_once(80)], watch=silent)
    assert RunDirectory.open(broken / "seed-0").result is None
    main(["resume", str(broken)])
    assert_same(whole / "seed-0", broken / "seed-0")


def test_options_of_resume(tmp_path: Path, tiny_mnist: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = train(tmp_path / "run", tiny_mnist)
    main(["resume", str(folder), "--seen", "80"])
    assert RunDirectory.open(folder / "seed-0").settings["seen"] == 80
    for words, message in (
        (["--seen", "80", "--steps", "80"], "takes --seen or --steps, whichever the recipe counts"),
        (["--seen", "0"], "--seen 0: it must be 1 or more"),
        (["--seen", "10"], "has a budget of 80 images: 10 are fewer"),
    ):
        with pytest.raises(SystemExit):
            main(["resume", str(folder), *words])
        assert message in capsys.readouterr().err


# -- before the budget is used up ---------------------------------------------------------------------


def test_a_callback_sees_every_row_and_can_end_the_training(tmp_path: Path, tiny_mnist: Path) -> None:
    seen = list[Row]()

    def enough(row: Row) -> bool:
        seen.append(row)
        return row.seen >= 32

    folder = train(tmp_path / "run", tiny_mnist, callbacks=[enough])
    assert [(row.seen, row.total, row.seed) for row in seen] == [(16, 64, 0), (32, 64, 0)]
    assert [dict(row.values) for row in seen] == [
        {name: value for name, value in row.items() if name != "seen"} | {"seen_per_second": row["seen_per_second"]}
        for row in read_metrics(folder / "seed-0")
    ] or all("loss" in row.values for row in seen)
    result = RunDirectory.open(folder / "seed-0").result
    assert result is not None and result["seen"] == 32 and result["stopped_early"] is True
    assert result["stopped_by"] == "a callback returned True"
    assert saccade.evaluate(folder, data=tiny_mnist)[0][1]["seen"] == 32
    for callbacks, message in (
        ([3], "callbacks is 3: it must be a function"),
        (enough, "callbacks is <function .*: it must be a list of functions"),
        (None, "callbacks is None: it must be a list of functions"),
        ([lambda _: "yes"], "returned 'yes': it must return True, to stop, or False or None"),
    ):
        with pytest.raises(ArgumentError, match=message):
            train(tmp_path / f"other-{len(message)}", tiny_mnist, callbacks=callbacks)


def test_callbacks_of_a_generator_that_return_a_boolean_of_numpy(tmp_path: Path, tiny_mnist: Path) -> None:
    folder = train(tmp_path / "run", tiny_mnist, callbacks=(each for each in [lambda row: np.bool_(row.seen >= 32)]))
    result = RunDirectory.open(folder / "seed-0").result
    assert result is not None and result["seen"] == 32


def test_training_ends_when_validations_get_no_better(
    tmp_path: Path, tiny_mnist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    still = {"learner.learning_rate": 0.0, "learner.policy_learning_rate": 0.0}
    folder = train(tmp_path / "run", tiny_mnist, seen=320, validate_every=32, patience=3, **still)
    run = RunDirectory.open(folder / "seed-0")
    validations = [row["validation_accuracy"] for row in read_metrics(run.folder) if "validation_accuracy" in row]
    result = run.result
    assert result is not None and result["stopped_early"] is True and result["seen"] < 320
    best = result["seen"] - 96
    assert result["stopped_by"].startswith("3 validations in a row without a better accuracy than ")
    assert result["stopped_by"].endswith(f"% (at {best} images)")
    assert f"{run.folder} stopped: {result['stopped_by']}" in capsys.readouterr().err
    page = saccade.write_report(folder).read_text(encoding="utf-8")
    assert f"Seed 0 of learned gaze was stopped after {result['seen']} images: 3 validations in a row" in page
    assert len(validations) >= 4 and max(validations[:-3]) >= max(validations[-3:])
    saccade.resume(folder, budget=352, watch=silent)  # with a larger budget it goes on
    longer = RunDirectory.open(folder / "seed-0").result
    assert longer is not None and longer["seen"] > result["seen"]


def test_what_stops_a_training_is_in_its_checkpoint(tmp_path: Path, tiny_mnist: Path) -> None:
    folder = train(tmp_path / "run", tiny_mnist, callbacks=[lambda row: row.seen >= 32])
    run = RunDirectory.open(folder / "seed-0")
    (run.folder / "result.json").unlink()  # killed between the training and its test
    saccade.resume(folder, watch=silent)
    result = RunDirectory.open(folder / "seed-0").result
    assert result is not None and result["seen"] == 32 and int(saved(run.folder)["graph/nodes.digits.drawn"]) == 32


def test_the_log(tmp_path: Path, tiny_mnist: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "saccade")
    train(tmp_path / "run", tiny_mnist)
    rows = [record.message for record in caplog.records if record.levelno == logging.DEBUG]
    assert len(rows) == 4 and "32 of 64 images" in rows[1] and "'loss':" in rows[1]
    assert caplog.records[-1].message.endswith("seed-0: trained and measured")


def test_validations_as_often_as_asked(tmp_path: Path, tiny_mnist: Path) -> None:
    folder = train(tmp_path / "run", tiny_mnist, validate_every=32)
    rows = read_metrics(folder / "seed-0")
    assert ["validation_accuracy" in row for row in rows] == [False, True, False, True]
    settings = json.loads((folder / "seed-0" / "settings.json").read_text())["settings"]
    assert settings["validate_every"] == 32 and "patience" not in settings  # as it was before there was such a setting


def test_callbacks_that_cannot_be_sent_to_other_processes(
    first: Path, tmp_path: Path, tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def local(_: Row) -> None:
        """Of no module."""

    scripts = ModuleType("__main__")
    exec("def of_the_script(row, least): ...", vars(scripts))
    monkeypatch.setitem(sys.modules, "__main__", scripts)
    for callback in (lambda _: None, local, functools.partial(vars(scripts)["of_the_script"], least=1)):
        with pytest.raises(ArgumentError, match="cannot be sent to other processes"):
            train(tmp_path / "run", tiny_mnist, seeds=2, callbacks=[callback])
        with pytest.raises(ArgumentError, match="cannot be sent to other processes"):
            saccade.resume(first, callbacks=[callback])
    assert not (tmp_path / "run").exists()


def test_callbacks_of_several_seeds(tmp_path: Path, tiny_mnist: Path) -> None:
    folder = train(tmp_path / "run", tiny_mnist, seeds=2, workers=1, callbacks=[after_two_rows])
    assert [(run.result or {})["seen"] for run in find_runs(folder)] == [32, 32]


def test_a_callback_that_fails_in_another_process_is_named(tmp_path: Path, tiny_mnist: Path) -> None:
    with pytest.raises(RunError, match=r"seed-0: broken; raised by the callback <function failing "):
        train(tmp_path / "run", tiny_mnist, seeds=2, workers=1, callbacks=[failing])


def failing(_: Row) -> None:
    """A callback that other processes can import."""
    raise ValueError("broken")


def after_two_rows(row: Row) -> bool:
    """A callback that other processes can import."""
    return row.seen >= 32
