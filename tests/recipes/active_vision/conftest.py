"""Run directories as training writes them, in miniature."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from saccade.runs import Checkpoint, RunDirectory, save_checkpoint

SETTINGS: dict[str, Any] = {
    "seen": 1000,
    "reader": "recurrent",
    "gaze": "learned",
    "reward": "gain",
    "fixations": 4,
    "patch": 9,
    "field": 0,
    "ppo": {"clip": 0.2},
}
MakeRun = Callable[..., RunDirectory]


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Write a run and open it."""

    def make(
        name: str = "run",
        seed: int = 0,
        *,
        recipe: str = "grlf",
        ended: bool = True,
        looks: bool = True,
        accuracy: float = 0.9,
        bits: float = 5.0,
        data: str = "mnist test",
        command: str = "saccade train grlf",
        classes: Sequence[str] = "0123456789",
        steps: int | None = None,
        **settings: Any,
    ) -> RunDirectory:
        folder = tmp_path / name / f"seed-{seed}"
        folder.mkdir(parents=True)
        chosen = {**SETTINGS, **settings}
        shown = {**chosen, "fixations": steps or chosen["fixations"]}
        about = {
            "format": 3,
            "command": command,
            "data": None,
            "threads": 1,
            "package": "saccade 0.1.0",
            "commit": "0123456789ab",
            "started": "2026-01-02T03:04:05+00:00",
            "versions": {"saccade": "0.1.0", "torch": "2.9"},
        }
        content = {"recipe": recipe, "seed": seed, "settings": chosen, **about}
        (folder / "settings.json").write_text(json.dumps(content))
        (folder / "metrics.jsonl").write_text("".join(_rows(10 if ended else 4, accuracy + 0.001 * seed)))
        if ended:
            (folder / "result.json").write_text(json.dumps(_result(accuracy + 0.001 * seed, shown, bits, data)))
        if ended and looks:
            write_looks(folder, seed, shown, classes)
        return RunDirectory.open(folder)

    return make


def _rows(number: int, accuracy: float) -> list[str]:
    rows = []
    for step in range(1, number + 1):
        row: dict[str, Any] = {"seen": step * 100, "loss": None, "train_accuracy": accuracy * step / 12}
        if step % 2 == 0:
            row["validation_accuracy"] = accuracy * step / 10
        rows.append(json.dumps(row) + "\n")
    return rows


def _result(accuracy: float, chosen: dict[str, Any], bits: float, data: str) -> dict[str, Any]:
    fixations = chosen["fixations"]
    test: dict[str, Any] = {
        "accuracy": accuracy,
        "accuracy_by_fixation": [accuracy * (step + 1) / fixations for step in range(fixations)],
        "random_fixations_accuracy": 0.321,
        "fixations": {"entropy": bits, "jump": 7.25},
        "images": 200,
    }
    if chosen["field"]:
        test["hit_rate"] = [(step + 1) / (fixations + 1) for step in range(fixations)]
    if "scales" in chosen:
        test["stopping"] = [
            {"threshold": at, "looks": 1 + 2 * at, "accuracy": accuracy * at} for at in (0.5, 0.9, 0.99)
        ]
    trained = {"train_accuracy": min(accuracy + 0.05, 1.0), "train_images": 100}
    return {"test": test, **trained, "data": data, "seen": 1000, "seconds": 65.0, "seen_per_second": 15.4}


def write_looks(folder: Path, seed: int, chosen: dict[str, Any], classes: Sequence[str], n: int = 200) -> None:
    """200 images of blobs, looked at in random places; nine in ten read rightly; in colour, if not of digits."""
    fixations, side, scales = chosen["fixations"], chosen["field"] or 28, chosen.get("scales", 1)
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % len(classes)
    probabilities = rng.dirichlet(np.ones(len(classes)), (fixations, n))
    answers = np.where(rng.random(n) < 0.9, labels, (labels + 1) % len(classes))
    probabilities[-1] = 0.01
    probabilities[-1, np.arange(n), answers] = 0.91
    images = np.zeros((64, side, side), dtype=np.uint8)
    for image, label in zip(images, labels[:64], strict=True):
        image[side // 4 : side // 2, side // 4 : side // 2 + label] = 200
    tensors = {
        "places": torch.from_numpy(rng.uniform(-1, 1, (fixations, n, 2))).half(),
        "probabilities": torch.from_numpy(probabilities).half(),
        "labels": torch.from_numpy(labels),
        "images": torch.from_numpy(images),
    }
    channels = 1 if len(classes) == 10 else 3
    if channels == 3:
        tensors["images"] = torch.from_numpy(images)[:, None].repeat(1, 3, 1, 1)
    patches = rng.integers(0, 255, (fixations, 12, scales * channels, chosen["patch"], chosen["patch"]), np.uint8)
    tensors["patches"] = torch.from_numpy(patches)
    if chosen["field"]:
        tensors["centres"] = torch.from_numpy(rng.uniform(-0.5, 0.5, (n, 2)))
    save_checkpoint(folder / "looks.safetensors", Checkpoint(tensors, {"classes": list(classes), "extent": [28, 28]}))
