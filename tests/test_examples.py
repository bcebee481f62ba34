"""The examples run as their pages say, on less."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

EXAMPLES = Path(__file__).parents[1] / "examples"
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run an example in a copy of their folder, as one does who has just downloaded it; returns what it prints, or why it ends."""
    folder = Path(
        shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__", "runs"))
    )

    def call(*words: str, code: int = 0, **variables: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=folder,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stderr if code else done.stdout

    return call


def test_scientist(run: Run, tmp_path: Path, tiny_mnist: Path) -> None:
    words = ("scientist.py", "--seen", "64", "--seeds", "2", "--out", str(tmp_path / "out"))
    said = run(*words, SACCADE_DATA=str(tiny_mnist))
    assert "learned minus fixed scan, paired by seed: " in said and " points [" in said.splitlines()[-2]
    assert run(*words, SACCADE_DATA=str(tiny_mnist)) == said  # goes on with what is there
    with (tmp_path / "out" / "fixation-maps.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    shares: dict[str, float] = {}
    for row in rows:
        assert 0 <= int(row["x"]) < 28 and 0 <= int(row["y"]) < 28
        shares[row["digit"]] = shares.get(row["digit"], 0) + float(row["share"])
    assert len(shares) > 5 and all(share == pytest.approx(1, abs=0.01) for share in shares.values())


def test_engineer(run: Run, tmp_path: Path) -> None:
    words = ("engineer.py", "--steps", "400", "--out", str(tmp_path / "out"))
    said = run(*words)
    assert "mean return of the test: " in said and "mean return of 100 episodes without saccade: " in said
    assert run(*words) == said  # goes on with what is there
    assert (tmp_path / "out" / "small.safetensors").exists()


def test_annotator(run: Run, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for number in range(2):
        pixels = np.random.default_rng(number).integers(0, 255, (60, 90, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{number}.png")
    said = run("annotator.py", str(tmp_path / "photos"), "--out", str(tmp_path / "masks"))
    assert "0.png by hand: " in said and "2 photographs by the scribbler: " in said
    assert (tmp_path / "masks" / "scribbler" / "1.strokes.png").exists()
    (tmp_path / "empty").mkdir()
    for photos, weights, out, message in (
        ("photos", "cutout", "masks", "masks holds files already: name another folder by --out"),
        ("photos", "cutout", "photos/0.png", "0.png', a file: name a folder"),
        ("empty", "cutout", "new", "empty is no folder that holds photographs (.jpg, .jpeg, .png): name one that does"),
        ("photos", "no-weights", "new", "there is no folder no-weights, and no weights of that name come with saccade"),
    ):
        refused = run("annotator.py", str(tmp_path / photos), "--run", weights, "--out", str(tmp_path / out), code=1)
        assert message in refused and refused.count("\n") == 1 and not (tmp_path / "new").exists()
