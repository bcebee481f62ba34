"""RAM on pictures of one's own: folders of small noise, one colour a class."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import saccade
from saccade.recipes.ram.pictures import PICTURES, PictureSettings, load_encoder, open_pictures, wire
from saccade.recipes.ram.settings import Model
from saccade.runs import RunError, find_runs
from saccade.training.settings import SettingsError, from_plain, to_plain
from saccade.vision import Frozen
from saccade.worlds import DataError

TINY: dict[str, Any] = {"seen": 64, "batch": 16, "fixations": 3, "patch": 6, "scales": 2, "units": 8}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of twelve pictures of 14×10 pixels, one reddish, one bluish."""
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for channel, name in ((0, "red"), (2, "blue")):
        (folder / name).mkdir()
        for number in range(12):
            pixels = rng.integers(0, 60, (10, 14, 3), np.uint8)
            pixels[:, :, channel] += 180
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module of the user's, in the present folder."""
    (tmp_path / "my_encoders.py").write_text(
        "from torch import nn\n\n"
        "def small():\n    return nn.Sequential(nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2))\n\n"
        "def grey():\n    return nn.Conv2d(1, 2, 3)\n\n"
        "def nothing():\n    return 3\n\n"
        "def broken():\n    return {}['weights']\n\n"
        "class Two(nn.Module):\n    def forward(self, x):\n        return x, x\n\n"
        "class Lost(nn.Module):\n    def forward(self, x):\n        return x / 0\n\n"
        "class Counts(nn.Module):\n    def forward(self, x):\n        return x.long()\n\n"
        "class Flat(nn.Module):\n    def forward(self, x):\n        return x.flatten()\n"
    )
    (tmp_path / "wrong_syntax.py").write_text("def f(:")
    monkeypatch.chdir(tmp_path)
    yield "my_encoders"
    sys.modules.pop("my_encoders", None)


def test_it_learns_to_distinguish_colours(pictures: Path, tmp_path: Path) -> None:
    folder = saccade.train("ram", out=tmp_path, data=pictures, **{**TINY, "seen": 320})
    (run,) = find_runs(folder)
    result = run.result or {}
    assert result["test"]["accuracy"] == 1.0 and 2 <= result["test"]["images"] <= 10
    page = saccade.write_report(folder).read_text(encoding="utf-8")
    assert "red" in page and "blue" in page
    assert saccade.evaluate(folder)[0][1]["test"] == result["test"]


def test_settings_go_through_a_file() -> None:
    plain = to_plain(PictureSettings(colour="grey", side=20))  # type: ignore[arg-type]
    assert plain["colour"] == "grey" and from_plain(PictureSettings, plain).picture_format.side == 20


def test_a_run_goes_on_with_the_same_pictures_elsewhere_and_with_no_others(pictures: Path, tmp_path: Path) -> None:
    folder = saccade.train("ram", out=tmp_path / "run", data=pictures, **TINY)
    (run,) = find_runs(folder)
    before = (run.result or {})["test"]
    moved = Path(shutil.copytree(pictures, tmp_path / "moved" / pictures.name))
    (run.folder / "result.json").unlink()
    saccade.resume(folder, data=moved)
    assert (find_runs(folder)[0].result or {})["test"] == before
    assert find_runs(folder)[0].about["data"] == str(moved)
    Image.new("RGB", (14, 10)).save(moved / "red" / "another.png")
    with pytest.raises(RunError, match=r"was trained on .*24 pictures.* but .*25 pictures.*--data"):
        saccade.evaluate(folder)
    assert saccade.evaluate(folder, data=pictures)[0][1]["test"] == before


def test_the_graph_of_pictures_not_seen_yet() -> None:
    assert saccade.graph_of("ram", PictureSettings(patch=32)).nodes["eye"]
    assert "digits" in saccade.draw("ram", PictureSettings(colour="grey"))  # type: ignore[arg-type]


def test_a_pretrained_encoder_sees_every_scale_by_itself(pictures: Path, module: str) -> None:
    settings = PictureSettings(**{**TINY, "encoder": f"{module}:small"})
    system = wire(settings, open_pictures(str(pictures), settings).train)
    encoder = system.reader.see.encoder
    assert isinstance(encoder, Frozen)
    assert not any(parameter.requires_grad for parameter in encoder.parameters())
    patch = torch.rand(2, 6, 6, 6)
    inner: nn.Module = encoder.encoder.encoder  # type: ignore[assignment]
    apart = [inner(patch[:, :3]).flatten(1), inner(patch[:, 3:]).flatten(1)]
    assert torch.allclose(encoder(patch), torch.cat(apart, 1))


def test_it_trains_behind_an_encoder(pictures: Path, module: str, tmp_path: Path) -> None:
    folder = saccade.train("ram", out=tmp_path / "run", data=pictures, encoder=f"{module}:small", **TINY)
    assert (find_runs(folder)[0].result or {})["seen"] == 64


@pytest.mark.parametrize(
    ("encoder", "says"),
    [
        ("nowhere:f", "No module named 'nowhere'"),
        ("my_encoders:smal", "the module my_encoders has no smal — did you mean 'small'?"),
        ("my_encoders:nothing", "it makes int, and must make a torch module"),
        ("my_encoders:broken", "fails \\(KeyError: 'weights' in "),
        ("my_encoders:Two", r"encoder my_encoders:Two: .*makes tuple of \(4, 3, 6, 6\), not one row"),
        ("my_encoders:Lost", "float32 of blank glimpses: it must make finite"),
        ("my_encoders:Counts", "int64 of blank glimpses"),
        (":small", r"--encoder :small: it must be MODULE:FUNCTION"),
        ("my_encoders:Flat", r"makes a tensor \(432,\) of \(4, 3, 6, 6\)"),
        ("wrong_syntax:f", "wrong_syntax:f cannot be imported \\(SyntaxError: "),
        ("my_encoders:grey", r"the encoder does not take glimpses of \(2, 6, 6, 6\)"),
    ],
)
def test_encoders_that_cannot_be(pictures: Path, module: str, tmp_path: Path, encoder: str, says: str) -> None:
    with pytest.raises((SettingsError, ValueError), match=says):
        saccade.train("ram", out=tmp_path / "run", data=pictures, encoder=encoder, **TINY)
    assert not (tmp_path / "run").exists()  # nothing was begun


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"patch": 12, "scales": 1},
            "pictures of 14x10 pixels are smaller than a glimpse of 12x12: take --patch 10 or less",
        ),
        ({"field": 30}, r"--field 30: it must be 0, or pictures \(now 14x10\) square"),
        ({"side": 8, "field": 6}, "--field 6: it must be 0, or pictures"),
        (
            {"scales": 4},
            "--scales 4 --patch 6: the widest patch, 48 pixels, is over four times as wide as the image, 10",
        ),
        ({"side": 28, "field": 40, "clutter": 2}, "clutter is cut from grey images"),
    ],
)
def test_glimpses_and_fields_must_fit_the_pictures(
    pictures: Path, tmp_path: Path, changes: dict[str, int], says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        saccade.train("ram", out=tmp_path / "run", data=pictures, **{**TINY, **changes})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"encoder": "module"}, "--encoder module: it must be MODULE:FUNCTION"),
        ({"colour": "green"}, "--colour green: it must be one of as-is, grey, rgb"),
        ({"side": -1}, "--side -1"),
        ({"encoder": "a:b", "model": "dense-64"}, "--encoder a:b: it is for RAM, not for --model dense-64"),
        ({"encoder": "a:b", "reader": "published"}, "--encoder a:b: its core is a GRU, not that of --reader published"),
        ({"seen": 0}, "--seen 0: it must be 1 or more"),
        ({"copies": 65, "batch": 64}, "--copies 65: at most as many as a --batch, 64"),
    ],
)
def test_settings_that_cannot_be_meant(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        PictureSettings(**changes)  # type: ignore[arg-type]


def test_two_pictures_of_a_class_are_enough(tmp_path: Path) -> None:
    def fill(folder: Path, counts: dict[str, int]) -> str:
        for name, count in counts.items():
            (folder / name).mkdir(parents=True)
            for number in range(count):
                Image.new("RGB", (14, 10), (number, 2, 3)).save(folder / name / f"{number}.png")
        return str(folder)

    for more in range(16, 28):  # of the two pictures of c one is to learn from, never for validation
        root = fill(tmp_path / str(more), {"a": more, "b": 16, "c": 2})
        labels = open_pictures(root, replace(PICTURES, patch=6)).train.labels
        assert int((labels == 2).sum()) == 1
    with pytest.raises(DataError, match=r"2 images to learn from are too few: there must be 12 or more"):
        open_pictures(fill(tmp_path / "few", {"a": 2, "b": 2}), replace(PICTURES, patch=6))
    with pytest.raises(DataError, match=r"no picture of class . is left to learn from, as a twelfth of all is kept"):
        open_pictures(fill(tmp_path / "wide", dict.fromkeys("abcdefghijkl", 2)), replace(PICTURES, patch=6))


def test_a_network_that_sees_everything_needs_no_patch(pictures: Path, tmp_path: Path) -> None:
    settings = PictureSettings(model=Model.DENSE_64, patch=40)
    assert wire(settings, open_pictures(str(pictures), settings).train).graph is not None
    assert PictureSettings(patch=4, encoder="module:function").patch == 4  # nor has an encoder convolutions of ours


def test_no_folder() -> None:
    with pytest.raises(DataError, match="give --data DIR"):
        open_pictures(None, PICTURES)


def test_an_encoder_is_what_the_function_returns(module: str) -> None:
    assert isinstance(load_encoder(f"{module}:small"), nn.Sequential)
