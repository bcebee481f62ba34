"""What runs keep, as files for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saccade
from saccade.arguments import ArgumentError
from saccade.cli import main
from saccade.runs import RunDirectory, RunError, read_metrics

from ..small_runs import Start, silent, table


@pytest.fixture
def folder(start: Start, tmp_path: Path) -> Path:
    """A run that has been trained, and not tested."""
    start(tmp_path / "runs" / "seed-3").train(silent)
    return tmp_path / "runs" / "seed-3"


def test_metrics(folder: Path) -> None:
    rows = read_metrics(folder)
    (path,) = saccade.export(folder)
    assert path == folder / "export" / "metrics.csv"
    written = table(path)
    assert [int(row["seen"]) for row in written] == [16, 32, 48, 64, 80]
    assert [row["validation_accuracy"] for row in written][:-1] == [""] * 4
    for row, read in zip(written, rows, strict=True):
        assert {name: float(value) for name, value in row.items() if value} == read
    (path,) = saccade.export(folder, kind="npz")
    with np.load(path) as arrays:
        assert arrays["seen"].dtype == np.int64 and arrays["loss"].tolist() == [row["loss"] for row in rows]
        assert np.isnan(arrays["validation_accuracy"]).tolist() == [True] * 4 + [False]


def test_what_was_a_nan_is_empty(tmp_path: Path) -> None:
    run = RunDirectory.create(tmp_path, "grlf", {}, 0, command="", data=None, threads=1)
    with pytest.raises(RunError, match="has kept nothing yet"):
        saccade.export(run.folder)
    (tmp_path / "metrics.jsonl").write_text('{"seen": 1, "loss": null}\n{"seen": 2, "loss": 0.5}\n')
    assert [row["loss"] for row in table(saccade.export(tmp_path)[0])] == ["", "0.5"]


def test_nothing_is_replaced_unasked(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["export", str(folder), "--csv", "-o", str(tmp_path / "out")])
    assert capsys.readouterr().out == f"{tmp_path / 'out' / 'metrics.csv'}\n"
    (tmp_path / "out" / "metrics.csv").write_text("mine")
    with pytest.raises(SystemExit):
        main(["export", str(folder), "--csv", "-o", str(tmp_path / "out")])
    assert "metrics.csv exists: name another file, or replace it by --force" in capsys.readouterr().err
    assert (tmp_path / "out" / "metrics.csv").read_text() == "mine"
    main(["export", str(folder), "--csv", "-o", str(tmp_path / "out"), "--force"])
    assert len(table(tmp_path / "out" / "metrics.csv")) == 5


def test_several_runs(start: Start, folder: Path, tmp_path: Path) -> None:
    start(folder.parent / "seed-4", seed=4).train(silent)
    files = saccade.export(folder.parent, tmp_path / "out")
    assert files == [tmp_path / "out" / seed / "metrics.csv" for seed in ("seed-3", "seed-4")]
    assert saccade.export(folder.parent) == [
        folder.parent / seed / "export" / "metrics.csv" for seed in ("seed-3", "seed-4")
    ]
    assert len(saccade.write_report(folder.parent).read_text()) > 1000  # exported files are no runs


def test_of_several_runs_those_that_were_exported_are_left_out(
    start: Start, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start(folder.parent / "seed-4", seed=4).train(silent)
    saccade.export(folder)
    main(["export", str(folder.parent), "--csv"])
    said = capsys.readouterr()
    assert said.out == f"{folder.parent / 'seed-4' / 'export' / 'metrics.csv'}\n"
    assert f"a run is left out: {folder / 'export' / 'metrics.csv'} exists" in said.err
    with pytest.raises(RunError, match=r"metrics\.csv exists"):
        saccade.export(folder.parent)
    assert len(saccade.export(folder.parent, force=True)) == 2


@pytest.mark.parametrize("words", [[], ["--csv", "--npz"]])
def test_one_kind(folder: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["export", str(folder), *words])
    assert caught.value.code == 2 and "--csv or --npz, one of them" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"kind": "xlsx"}, "kind is 'xlsx': it must be 'csv' or 'npz'"), ({"out": ""}, "out is ''")],
)
def test_mistakes(folder: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        saccade.export(folder, **changes)
    (folder / "file").touch()
    with pytest.raises(ArgumentError, match="a file: name a folder"):
        saccade.export(folder, folder / "file")
    with pytest.raises(RunError, match="holds none"):
        saccade.export(folder / "tensorboard")
