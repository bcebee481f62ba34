"""An episode as tables and arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import saccade
from saccade.report.clip import FILE, keep_clip
from saccade.runs import Checkpoint, RunDirectory, RunError, load_checkpoint, save_checkpoint

from ...small_runs import table
from .test_page import clip


def test_an_episode(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    RunDirectory.create(run := tmp_path / "run", "dqn-pong", {}, 0, command="", data=None, threads=1)
    keep_clip(run, whole := clip())
    (path,) = saccade.export(run, tmp_path / "out")
    rows = table(path)
    assert path.name == "episode.csv" and [*rows[0]] == [
        "decision",
        "action",
        "reward",
        *(f"value_act {n}" for n in range(4)),
    ]
    assert [int(row["decision"]) for row in rows] == [*range(1, 13)]
    assert [row["action"] for row in rows] == [f"act {n}" for n in whole.action]
    values = [[float(row[f"value_act {n}"]) for n in range(4)] for row in rows]
    assert np.allclose(values, whole.q, rtol=1e-5) and {row["reward"] for row in rows} == {"1"}
    (path,) = saccade.export(run, tmp_path / "out", "npz")
    with np.load(path) as arrays:
        assert np.array_equal(arrays["values"], whole.q) and np.array_equal(arrays["action"], whole.action)
        assert arrays["names"].tolist() == whole.names and len(arrays["places"]) == len(arrays["pictures"]) == 8
    kept = load_checkpoint(run / FILE)[0]
    save_checkpoint(run / FILE, Checkpoint(kept.tensors | {"action": torch.full((12,), 4)}, kept.numbers))
    with pytest.raises(RunError, match="is damaged: its tensors do not fit together"):
        saccade.export(run, tmp_path / "new")
    # As runs have it from before decisions were kept.
    before = {name: value for name, value in kept.tensors.items() if name not in ("action", "reward", "q")}
    save_checkpoint(run / FILE, Checkpoint(before, {}))
    (run / "metrics.jsonl").write_text('{"seen": 1, "loss": 0.5}\n')
    assert [path.name for path in saccade.export(run, tmp_path / "new")] == ["metrics.csv"]
    assert f"`saccade eval {run}` plays it again" in capsys.readouterr().err
