"""Every fixation as tables and arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import saccade
from saccade.runs import RunDirectory, RunError

from ...small_runs import Start, silent, table


@pytest.mark.parametrize("recipe", ["grlf", "ram-cluttered"])
def test_looks(start: Start, tmp_path: Path, recipe: str) -> None:
    training = start(tmp_path / "run", recipe)
    training.train(silent)
    training.conclude()
    names = [path.name for path in saccade.export(tmp_path / "run", tmp_path / "out")]
    assert names == ["metrics.csv", "looks.csv"]
    saccade.export(tmp_path / "run", tmp_path / "out", "npz")
    rows, side = table(tmp_path / "out" / "looks.csv"), 32 if recipe == "ram-cluttered" else 28
    with np.load(tmp_path / "out" / "looks.npz") as arrays:
        assert arrays["places"].shape == arrays["pixels"].shape == (3, 12, 2) and arrays["places"].dtype == np.float32
        assert arrays["images"].shape == (12, side, side) and arrays["classes"].tolist() == [*"0123456789"]
        assert ("centres" in arrays) == (recipe == "ram-cluttered") == ("centre_x" in rows[0])
        assert len(rows) == 36 and [(row["image"], row["fixation"]) for row in rows[2:4]] == [("0", "3"), ("1", "1")]
        for row in rows:
            image, t = int(row["image"]), int(row["fixation"]) - 1
            place = np.array([float(row["x"]), float(row["y"])])
            assert place == pytest.approx(arrays["places"][t, image], abs=1e-3)
            pixels = float(row["x_pixels"]), float(row["y_pixels"])
            assert pixels == pytest.approx((place + 1) / 2 * (side - 1), abs=0.02)
            known = [float(row[f"p_{name}"]) for name in range(10)]
            assert known == pytest.approx(arrays["probabilities"][t, image], rel=1e-3)
            assert (row["label"], row["class"]) == tuple(str(arrays[name][image]) for name in ("labels", "answers"))
        right = np.mean([row["label"] == row["class"] for row in rows])
        result = RunDirectory.open(tmp_path / "run").result
        assert result is not None and right == pytest.approx(result["test"]["accuracy"])
    (tmp_path / "run" / "looks.safetensors").write_bytes(b"damaged")
    with pytest.raises(RunError, match=r"looks\.safetensors is damaged"):
        saccade.export(tmp_path / "run", tmp_path / "again")
