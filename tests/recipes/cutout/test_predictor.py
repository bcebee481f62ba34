"""A trained scribbler on photographs of any size."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import saccade
from saccade.cli import main
from saccade.recipes.cutout.cutting import cut_out
from saccade.recipes.cutout.predictor import CutOuts, _Frame
from saccade.training.load import Trained
from saccade.training.predictor import PredictionError
from saccade.vision import unet
from saccade.worlds.data.masked_folder import MaskedSplits

from ...small_runs import silent
from .boxes import boxes
from .test_task import start

TOO_LONG = "x" * 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run with forecasts, trained for two updates."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unet, "_WIDTHS", (4, 4))
        place = tmp_path_factory.mktemp("cutout") / "run"
        training = start(place, MaskedSplits(boxes(12, 1), boxes(4, 2), boxes(10, 3)))
        training.train(silent)
        training.save()
        yield place


@pytest.fixture(scope="module")
def system(folder: Path) -> Trained:
    return saccade.load(folder)


def test_photographs_of_the_size_that_was_trained_on(system: Trained) -> None:
    images = boxes(5, 7).images
    found = system.predict(images)
    assert isinstance(found, CutOuts) and len(found) == 5
    assert found[0].mask is found.masks[0] and [each.mask.shape for each in found[1:]] == [(32, 32)] * 4
    assert np.array_equal(np.stack(found.masks), system.module(images).numpy())
    again = system.predict([image.permute(1, 2, 0).numpy() for image in images])
    assert isinstance(again, CutOuts) and np.array_equal(np.stack(again.masks), np.stack(found.masks))
    turned = system.predict([np.flip(np.flip(image.permute(1, 2, 0).numpy(), 0).copy(), 0) for image in images])
    assert isinstance(turned, CutOuts) and np.array_equal(np.stack(turned.masks), np.stack(found.masks))


def test_it_draws_nothing_from_the_caller_s_stream(system: Trained) -> None:
    drawn = torch.get_rng_state()
    system.module(boxes(2, 7).images)
    system.predict(boxes(2, 7).images)
    assert torch.equal(torch.get_rng_state(), drawn)


def test_a_picture_is_cut_out_alike_wherever_it_stands(system: Trained) -> None:
    image, *others = [image.permute(1, 2, 0).numpy() for image in boxes(6, 7).images]
    alone, repeated, last = (system.predict(images) for images in ([image], [image] * 40, [*others * 8, image]))
    assert isinstance(alone, CutOuts) and isinstance(repeated, CutOuts) and isinstance(last, CutOuts)
    for found in (*repeated.found, last.found[-1]):
        assert np.array_equal(found.mask, alone.found[0].mask) and np.array_equal(found.pens, alone.found[0].pens)


@pytest.mark.parametrize("size", [(90, 150), (150, 90), (33, 200), (7, 5)])
def test_photographs_of_other_sizes(size: tuple[int, int], system: Trained) -> None:
    image = np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)
    found = system.predict([image])
    assert isinstance(found, CutOuts)
    (one,) = found
    assert one.forecast is not None and one.forecast.shape == size and one.forecast.dtype == bool
    assert one.mask.shape == one.strokes.shape == size and one.mask.dtype == bool
    assert {*np.unique(one.strokes)} <= {0, 1, 2} and one.pens.shape[1:] == (2, 2)


@pytest.mark.parametrize("size", [(10, 700), (3, 2000), (2, 500), (500, 2)])
def test_very_long_photographs(size: tuple[int, int], system: Trained) -> None:
    along = np.arange(max(size)).reshape(-1, 1) if size[0] > size[1] else np.arange(max(size))
    image = np.where(np.broadcast_to(along, size)[..., None] < max(size) / 4, 200, 90).astype(np.uint8).repeat(3, 2)
    frame = _Frame.of(size, 32)
    (top, left), seen = frame.corner, frame.fitted(image)[..., 0]
    inside = seen[top : top + frame.high, left : left + frame.wide]
    assert (
        inside.size == 32 and (inside.ravel()[:7] > 180).all() and (inside.ravel()[9:] < 100).all()
    )  # the whole of it
    mask = np.zeros((32, 32), bool)
    mask[top : top + frame.high, left : left + frame.wide] = inside > 150
    off = np.full((4, 2, 2), -20.0)  # no stroke lies on it: the mask is enlarged
    assert frame.cut(image, mask, off, None).mask.mean() == pytest.approx(1 / 4, abs=0.02)
    found = system.predict([image])
    assert isinstance(found, CutOuts) and found.masks[0].shape == size


def test_files_and_strokes_that_can_be_corrected(folder: Path, tmp_path: Path) -> None:
    image = boxes(1, 9).images[0].permute(1, 2, 0).numpy()
    photo = tmp_path / "photo.png"
    Image.fromarray(image).resize((120, 80)).save(photo)
    written = saccade.predict(folder, [photo], tmp_path / "out")
    assert [path.name for path in written] == [
        "predictions.csv", "photo.mask.png", "photo.strokes.png", "photo.picture.png", "photo.forecast.png"
    ]  # fmt: skip
    with written[0].open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    mask = np.asarray(Image.open(written[1]))
    forecast = np.asarray(Image.open(written[4]))
    assert (row["width"], row["height"]) == ("120", "80") and mask.shape == forecast.shape == (80, 120)
    assert {*np.unique(forecast)} <= {0, 255}
    assert float(row["object_share"]) == pytest.approx((mask > 0).mean(), abs=1e-4)
    assert np.array_equal(cut_out(photo, written[2], tmp_path / "again.png"), mask > 0)
    main(["cutout", str(photo), "--run", str(folder), "-o", str(tmp_path / "mask.png")])
    assert np.array_equal(np.asarray(Image.open(tmp_path / "mask.png")), mask)


def test_a_photograph_is_not_replaced_by_its_mask(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(boxes(1, 9).images[0].permute(1, 2, 0).numpy()).save("photo.png")
    before = Path("photo.png").read_bytes()
    with pytest.raises(SystemExit):
        main(["cutout", "photo.png", "--run", str(folder), "-o", str(tmp_path / "photo.png"), "--force"])
    assert "photo.png would be replaced by what is made of it" in capsys.readouterr().err
    assert Path("photo.png").read_bytes() == before


def test_photographs_that_are_none(system: Trained) -> None:
    for wrong, message in (
        (torch.zeros(1, 3, 32, 32), "photographs are float32"),
        ([np.zeros((8, 8), np.uint8)], r"a photograph is uint8 of shape \(8, 8\)"),
        ([], "there is no photograph"),
        (None, "None is no list of photographs: give one or more"),
        (3, "3 is no list of photographs"),
        (["a.png"], "'a.png' cannot be taken for a photograph"),
        (torch.zeros(1, 3, 32, 32).to_sparse(), "cannot be taken for photographs"),
    ):
        with pytest.raises(PredictionError, match=message):
            system.predict(wrong)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "takes --strokes PICTURE or --run RUN"),
        (["--run", "{run}", "--strokes", "s.png"], "takes --strokes PICTURE or --run RUN"),
        (["--run", "{run}", "--method", "grabcut"], "--method grabcut: it is for strokes of your own"),
        (["--run", "{run}", "-o", "mask.jpg"], "mask.jpg has no suffix of a format that keeps a mask"),
        (["--run", "{run}", "-o", TOO_LONG], "cannot be reached (File name too long): choose a shorter name"),
        (["--run", TOO_LONG], "cannot be reached (File name too long): choose a shorter name"),
        (["--run", "nowhere"], "there is no folder nowhere, and no weights of that name come with saccade"),
    ],
)
def test_bad_commands(
    words: list[str], message: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["cutout", "photo.png", *(word.format(run=folder) for word in words)])
    assert message in capsys.readouterr().err


def test_without_a_forecast_the_pens_start_in_the_middle_and_off_it(tmp_path: Path) -> None:
    training = start(tmp_path, MaskedSplits(boxes(12, 1), boxes(4, 2), boxes(10, 3)), forecast=0)
    training.train(silent)
    training.save()
    found = saccade.load(tmp_path).predict(boxes(3, 5).images)
    assert isinstance(found, CutOuts)
    side = found[0].image.shape[0]
    assert all(np.allclose(each.pens[0, 0], side // 2, atol=1) and each.forecast is None for each in found)
