"""A trained network on observations: from tensors, arrays and pictures."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import saccade
from saccade.recipes.dqn.predictor import Decisions
from saccade.runs import load_checkpoint
from saccade.training.predictor import PredictionError


def test_greedy_actions(whole_run: Path) -> None:
    system = saccade.load(whole_run)
    screens = torch.randint(0, 256, (5, 4, 84, 84), dtype=torch.uint8)
    found = system.predict(screens)
    assert isinstance(found, Decisions) and torch.equal(found.action, found.values.argmax(1))
    assert torch.equal(system.module(screens), found.values) and found.values.shape == (5, 3)
    one = system.predict(screens[2].numpy())
    assert isinstance(one, Decisions) and torch.allclose(one.values, found.values[2:3], rtol=0.02, atol=1e-3)
    several = system.predict([*screens])
    assert isinstance(several, Decisions) and torch.equal(several.values, found.values)
    best = {name.removeprefix("best/"): value for name, value in load_checkpoint(whole_run / "checkpoint.safetensors")[0].tensors.items() if name.startswith("best/")}  # fmt: skip
    assert {*system.weights} == {*best} and all(torch.equal(system.weights[name], best[name]) for name in best)


def test_files(whole_run: Path, tmp_path: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 255, (4, 84, 84), dtype=np.uint8)
    np.save(tmp_path / "four.npy", frames)
    Image.fromarray(frames[0]).save(tmp_path / "still.png")
    (table,) = saccade.predict(whole_run, [tmp_path / "four.npy", tmp_path / "still.png"], tmp_path / "out")
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    system = saccade.load(whole_run)
    found = system.predict(np.stack([frames, np.stack([frames[0]] * 4)]))
    assert isinstance(found, Decisions) and [row["action"] for row in rows] == found.names
    with pytest.raises(saccade.runs.RunError, match=r"predictions\.csv exists"):
        saccade.predict(whole_run, [tmp_path / "four.npy"], tmp_path / "out")


def test_observations_that_are_none(whole_run: Path, tmp_path: Path) -> None:
    system = saccade.load(whole_run)
    for wrong in (torch.zeros(2, 4, 84, 84), torch.zeros(3, 84, 84, dtype=torch.uint8), torch.zeros(0, 4, 84, 84, dtype=torch.uint8)):  # fmt: skip
        with pytest.raises(PredictionError, match=r"they must be uint8 of shape \(n, 4, 84, 84\)"):
            system.predict(wrong)
    for wrong in (None, ["a.png"], torch.zeros(1, 4, 84, 84).to_sparse()):
        with pytest.raises(PredictionError, match="cannot be taken for observations: give a dense tensor"):
            system.predict(wrong)
    with (tmp_path / "archive.npy").open("wb") as file:
        np.savez(file, np.zeros((4, 84, 84), np.uint8))
    np.save(tmp_path / "few.npy", np.zeros((3, 84, 84), np.uint8))
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object))
    (tmp_path / "text.png").write_text("no picture")
    Image.fromarray(np.zeros((210, 160), np.uint8)).save(tmp_path / "screen.png")
    for name, message in (
        ("few.npy", r"holds uint8 of shape \(3, 84, 84\)"),
        ("objects.npy", "cannot be read as an array"),
        ("archive.npy", r"archive\.npy cannot be read as an array \(.*\): write it with numpy\.save"),
        ("gone.npy", "does not exist"),
        ("text.png", "cannot be read as a picture: not a picture; an observation is an array"),
        ("screen.png", "is 160x210 pixels: the network sees frames of 84x84"),
    ):
        with pytest.raises(PredictionError, match=message):
            system.predictor.read([tmp_path / name])
