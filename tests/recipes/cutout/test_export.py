"""Strokes as tables and arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import saccade
from saccade.recipes.cutout.episodes import Games, save_games
from saccade.runs import RunDirectory, RunError
from saccade.worlds.data.masked_folder import MaskedSplits

from ...small_runs import table
from .boxes import SIDE


def test_games(data: MaskedSplits, tmp_path: Path) -> None:
    RunDirectory.create(run := tmp_path / "run", "cutout", {}, 0, command="", data=None, threads=1)
    with pytest.raises(RunError, match="has kept nothing yet"):
        saccade.export(run)
    pens = torch.randint(0, SIDE, (4, 12, 2, 2))
    masks = torch.rand(4, 2, SIDE, SIDE) < 0.5
    save_games(run, games := Games(torch.rand(4, 12), pens, torch.tensor([0, 5]), masks), data.test)
    (path,) = saccade.export(run, tmp_path / "out")
    rows = table(path)
    assert path.name == "games.csv" and len(rows) == 48
    for row in rows:
        image, step = int(row["image"]), int(row["step"])
        assert float(row["iou"]) == pytest.approx(float(games.iou[step, image]), abs=1e-4)
        places = [[int(row[f"{pen}_{axis}"]) for axis in "yx"] for pen in ("object", "ground")]
        assert places == pens[step, image].tolist()
    (path,) = saccade.export(run, tmp_path / "out", "npz")
    with np.load(path) as arrays:
        assert arrays["iou"].dtype == np.float32 and arrays["pens"].dtype == np.int16
        assert np.array_equal(arrays["masks"], masks.numpy()) and arrays["kept"].tolist() == [0, 5]
        assert np.array_equal(arrays["images"], data.test.images[[0, 5]].permute(0, 2, 3, 1).numpy())
        assert np.array_equal(arrays["ground_truths"], data.test.masks[[0, 5]].numpy())
