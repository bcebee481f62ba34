"""Trained systems that look, on new images: the same answers as in the test, from tensors and from files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import saccade
from saccade.arguments import ArgumentError
from saccade.recipes.active_vision.classification import Classification
from saccade.recipes.active_vision.evaluation import LOOKS_FILE
from saccade.runs import RunError, load_checkpoint
from saccade.training.load import Trained
from saccade.training.predictor import PredictionError
from saccade.worlds import load_mnist

from ...small_runs import Digits, Start, silent

SMALL: dict[str, Any] = {"seen": 32, "batch": 16, "fixations": 3, "patch": 6, "units": 8}
FIELD = {"field": 32}


def trained(folder: Path, data: Path, recipe: str = "grlf", **changes: Any) -> Trained:
    saccade.train(recipe, out=folder, data=data, **{**SMALL, **changes})
    return saccade.load(folder)


@pytest.mark.parametrize(("recipe", "changes"), [("grlf", {}), ("ram-mnist", {}), ("grlf", {"gaze": "fixed-scan"}), ("ram-mnist", {"model": "dense-64"})])  # fmt: skip
def test_the_answers_are_those_of_the_test(
    recipe: str, changes: dict[str, Any], tmp_path: Path, tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = trained(tmp_path / "run", tiny_mnist, recipe, **changes)
    monkeypatch.setenv("SACCADE_DATA", str(tmp_path / "nowhere"))  # it is loaded without its data
    system = saccade.load(tmp_path / "run")
    looks = load_checkpoint(tmp_path / "run" / "seed-0" / LOOKS_FILE)[0].tensors
    found = system.predict(load_mnist("test", tiny_mnist).images)
    assert isinstance(found, Classification) and torch.equal(found.label, looks["answers"].long())
    assert torch.equal(found.scanpath.transpose(0, 1).half(), looks["places"])
    assert torch.equal(found.by_fixation.half(), looks["probabilities"])
    assert found.names == [str(label) for label in found.label.tolist()] and len(found) == 24


@pytest.mark.parametrize(("recipe", "changes"), [("grlf", {}), ("grlf", {"gaze": "fixed-scan"}), ("ram-cluttered", {"clutter": 2, "scales": 2})])  # fmt: skip
def test_whole_fields(recipe: str, changes: dict[str, Any], start: Start, splits: Digits, tmp_path: Path) -> None:
    training = start(tmp_path, recipe, **{**({"field": 32} if recipe == "grlf" else {}), **changes})
    training.train(silent)
    training.conclude()
    looks = load_checkpoint(tmp_path / LOOKS_FILE)[0].tensors  # the first images as they lay in their fields
    found = saccade.load(tmp_path).predict(looks["images"])
    assert isinstance(found, Classification)
    shown = len(looks["images"])
    assert torch.allclose(found.scanpath.transpose(0, 1), looks["places"][:, :shown].float(), atol=2e-3)
    assert torch.allclose(found.by_fixation, looks["probabilities"][:, :shown].float(), atol=2e-3)
    with pytest.raises(PredictionError, match=r"must be \(n, 1, 32, 32\)"):
        saccade.load(tmp_path).predict(splits.test.images)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, tiny_mnist: Path) -> Trained:
    return trained(tmp_path_factory.mktemp("looking") / "run", tiny_mnist)


def test_plain_pytorch(system: Trained, tiny_mnist: Path) -> None:
    images = load_mnist("test", tiny_mnist).images[:5]
    found = system.predict(images)
    pixels = (images[:, None].float() / 255).requires_grad_()
    logits = system.module(pixels)
    assert isinstance(found, Classification) and torch.allclose(logits.softmax(1), found.probabilities, atol=1e-6)
    logits.sum().backward()
    assert pixels.grad is not None and bool(pixels.grad.any())
    assert any("reader" in name for name, _ in system.module.named_parameters())
    assert not any("drawn" in name or "order" in name or "images" in name for name in system.weights)


def test_floats_are_the_same_images(system: Trained, tiny_mnist: Path) -> None:
    images = load_mnist("test", tiny_mnist).images[:5]
    whole, fractions = system.predict(images), system.predict(images[:, None].float().numpy() / 255)
    assert isinstance(whole, Classification) and isinstance(fractions, Classification)
    assert torch.equal(whole.by_fixation, fractions.by_fixation)


def test_lists_and_turned_arrays(system: Trained, tiny_mnist: Path) -> None:
    images = load_mnist("test", tiny_mnist).images[:3]
    turned = images.numpy()[:, ::-1].copy()[:, ::-1]
    for given in ([*images], [*images.numpy()], turned):
        found, wanted = system.predict(given), system.predict(images)
        assert isinstance(found, Classification) and isinstance(wanted, Classification)
        assert torch.equal(found.by_fixation, wanted.by_fixation)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (None, "^None cannot be taken for images"),
        (["a.png"], r"^\['a.png'\] cannot be taken for images"),
        (torch.zeros(1, 28, 28).to_sparse(), "cannot be taken for images"),
        (torch.zeros(2, 27, 28, dtype=torch.uint8), r"shape \(2, 27, 28\): it must be \(n, 1, 28, 28\)"),
        (torch.zeros(0, 28, 28, dtype=torch.uint8), "1 image or more"),
        (torch.zeros(1, 3, 28, 28), r"it must be \(n, 1, 28, 28\)"),
        (torch.full((1, 28, 28), 255.0), "must be uint8, or floating-point numbers from 0 to 1"),
        (torch.zeros(1, 28, 28, dtype=torch.int64), "must be uint8"),
    ],
)
def test_images_that_are_none(images: Any, message: str, system: Trained) -> None:
    with pytest.raises(PredictionError, match=message):
        system.predict(images)


def test_files(system: Trained, tiny_mnist: Path, tmp_path: Path) -> None:
    images = load_mnist("test", tiny_mnist).images[:3]
    files = [tmp_path / name for name in ("a.png", "b.png", "c.png")]
    Image.fromarray(images[0].numpy()).save(files[0])
    Image.fromarray(images[1].numpy()).convert("RGB").save(files[1])  # grey, though it is stored in three channels
    Image.fromarray(images[2].numpy()).save(files[2])
    written = saccade.predict(system.run.folder, files, tmp_path / "out")
    assert [path.name for path in written] == ["predictions.csv", "scanpaths.csv", "a.png", "b.png", "c.png"]
    found = system.predict(images)
    assert isinstance(found, Classification)
    with written[0].open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["a", "b", "c"] and [row["class"] for row in rows] == found.names
    assert float(rows[1]["probability"]) == pytest.approx(float(found.probabilities[1].max()), abs=1e-4)
    with written[1].open(encoding="utf-8") as file:
        paths = list(csv.DictReader(file))
    assert len(paths) == 3 * 3 and float(paths[4]["x"]) == pytest.approx(float(found.scanpath[1, 1, 0]), abs=1e-4)
    assert 0 <= float(paths[4]["x_pixels"]) <= 27
    assert float(rows[1][f"p_{found.names[1]}"]) == float(rows[1]["probability"])
    with Image.open(written[2]) as picture:
        assert picture.size[0] > 300


@pytest.mark.parametrize(
    ("name", "pixels", "message"),
    [
        ("large.png", np.zeros((30, 28), np.uint8), "large.png is 28x30 pixels: the run looks at pictures of 28x28; white ink on black"),
        ("red.png", np.full((28, 28, 3), (255, 0, 0), np.uint8), "red.png is in colour, and the run learned from grey"),
        ("none.png", None, "none.png does not exist"),
    ],
)  # fmt: skip
def test_files_that_do_not_fit(name: str, pixels: Any, message: str, system: Trained, tmp_path: Path) -> None:
    if pixels is not None:
        Image.fromarray(pixels).save(tmp_path / name)
    with pytest.raises(PredictionError, match=message):
        saccade.predict(system.run.folder, [tmp_path / name], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_stands_for_its_pictures(system: Trained, tiny_mnist: Path, tmp_path: Path) -> None:
    (tmp_path / "in" / "more").mkdir(parents=True)
    with pytest.raises(PredictionError, match="in holds no picture: name a folder that has some in it"):
        saccade.predict(system.run.folder, [tmp_path / "in"], tmp_path / "out")
    for name in ("b.PNG", "a.bmp", ".hidden.png", "more/c.png"):
        Image.fromarray(load_mnist("test", tiny_mnist).images[0].numpy()).save(tmp_path / "in" / name)
    (tmp_path / "in" / "notes.txt").touch()
    written = saccade.predict(
        system.run.folder, [tmp_path / "in", tmp_path / "in" / "more" / "c.png"], tmp_path / "out"
    )
    assert [path.name for path in written[2:]] == ["a.png", "b.png", "c.png"]


def test_pictures_of_one_s_own_are_loaded_without_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name in ("cat", "dog", "owl"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(8):
            pixels = rng.integers(0, 255, (40, 30, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "data" / name / f"{number}.png")
    saccade.train("ram", out=tmp_path / "run", data=tmp_path / "data", side=24, scales=2, **{**SMALL, "patch": 8})
    one = tmp_path / "data" / "owl" / "3.png"
    one.rename(tmp_path / "new.png")
    (tmp_path / "data").rename(tmp_path / "gone")
    system = saccade.load(tmp_path / "run")
    found = system.predict(system.predictor.read([tmp_path / "new.png"]))
    assert isinstance(found, Classification) and found.classes == ("cat", "dog", "owl") and len(found) == 1


def test_nothing_is_replaced_unasked_and_no_input_ever(system: Trained, tiny_mnist: Path, tmp_path: Path) -> None:
    images, run = load_mnist("test", tiny_mnist).images, system.run.folder
    photos, out = tmp_path / "photos", tmp_path / "out"
    photos.mkdir()
    files = [photos / "a.png", photos / "b.png"]
    for file, image in zip(files, images, strict=False):
        Image.fromarray(image.numpy()).save(file)
    before = [file.read_bytes() for file in files]
    for force in (False, True):
        with pytest.raises(RunError, match=r"a\.png would be replaced by what is made of it: write to another folder"):
            saccade.predict(run, files, photos, force=force)
    assert [file.read_bytes() for file in files] == before and {*photos.iterdir()} == {*files}
    out.mkdir()
    (out / "b.png").write_text("mine")
    with pytest.raises(RunError, match=r"b\.png exists"):
        saccade.predict(run, files, out)
    assert [path.name for path in out.iterdir()] == ["b.png"] and (out / "b.png").read_text() == "mine"
    assert saccade.predict(run, files, out, force=True)[-1].read_bytes()[1:4] == b"PNG"


def test_files_of_one_name(system: Trained, tiny_mnist: Path, tmp_path: Path) -> None:
    picture, files = Image.fromarray(load_mnist("test", tiny_mnist).images[0].numpy()), list[Path]()
    for folder, name in (("one", "a.png"), ("one", "a.bmp"), ("two", "a.png")):
        (tmp_path / folder).mkdir(exist_ok=True)
        files.append(tmp_path / folder / name)
        picture.save(files[-1])
    written = saccade.predict(system.run.folder, files[:2], tmp_path / "out")
    assert [path.name for path in written[2:]] == ["a.png.png", "a.bmp.png"]
    with pytest.raises(ArgumentError, match=r"two files are called a\.png"):
        saccade.predict(system.run.folder, [files[0], files[2]], tmp_path / "other")
