from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from saccade.cli import main
from saccade.disk import RunError
from saccade.recipes.cutout.cutting import _labels, cut_out

from ...vision.test_segmenters import GROUND_TRUTH, IMAGE, STROKES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Image.fromarray(IMAGE).save(tmp_path / "image.png")
    ink = np.zeros((40, 48, 4), np.uint8)
    ink[STROKES == 1], ink[STROKES == 2] = (0, 255, 0, 255), (255, 0, 0, 255)
    Image.fromarray(ink).save(tmp_path / "strokes.png")
    return tmp_path


def run(folder: Path, *more: str, image: str = "image.png", strokes: str = "strokes.png") -> None:
    main(["cutout", str(folder / image), "--strokes", str(folder / strokes), "-o", str(folder / "mask.png"), *more])


def check(folder: Path) -> None:
    mask = np.asarray(Image.open(folder / "mask.png"))
    assert mask.dtype == np.uint8 and set(np.unique(mask)) == {0, 255}
    assert ((mask > 0) & GROUND_TRUTH).sum() / ((mask > 0) | GROUND_TRUTH).sum() > 0.97


def test_strokes_on_a_layer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(folder)
    check(folder)
    assert "mask.png: 25.0% of the image is object" in capsys.readouterr().out
    run(folder, "--method", "graph-cut", "--force")
    check(folder)


def test_strokes_on_a_copy_of_the_image(folder: Path) -> None:
    drawn = IMAGE.copy()
    drawn[STROKES == 1], drawn[STROKES == 2] = (0, 255, 0), (255, 0, 0)
    Image.fromarray(drawn).save(folder / "strokes.png")
    run(folder)
    check(folder)


SCALE = 4  # an editor's file is larger: strokes are as wide as a pencil


def drawn_copy(scale: int = SCALE) -> npt.NDArray[np.uint8]:
    drawn = IMAGE.repeat(scale, 0).repeat(scale, 1)
    strokes = STROKES.repeat(scale, 0).repeat(scale, 1)
    drawn[strokes == 1], drawn[strokes == 2] = (0, 255, 0), (255, 0, 0)
    return drawn


def flattened(colour: tuple[int, int, int]) -> Image.Image:
    strokes = STROKES.repeat(SCALE, 0).repeat(SCALE, 1)
    drawn = np.full((*strokes.shape, 3), colour, np.uint8)
    drawn[strokes == 1], drawn[strokes == 2] = (0, 255, 0), (255, 0, 0)
    return Image.fromarray(drawn)


def smooth() -> Image.Image:
    """Strokes with soft edges on the image as it is."""
    drawn = IMAGE.repeat(SCALE, 0).repeat(SCALE, 1).astype(float)
    for label, colour in ((1, (0, 255, 0)), (2, (255, 0, 0))):
        stroke = Image.fromarray((label == STROKES).astype(np.uint8) * 255)
        large = np.asarray(stroke.resize((48 * SCALE, 40 * SCALE), Image.Resampling.BILINEAR))[..., None] / 255
        share = np.clip(1.6 * large, 0, 1)
        drawn = drawn * (1 - share) + np.array(colour) * share
    return Image.fromarray(drawn.astype(np.uint8))


@pytest.mark.parametrize(
    ("convert", "name"),
    [
        (lambda: Image.fromarray(drawn_copy()), "a.jpg"),
        (lambda: Image.fromarray(drawn_copy()), "a.webp"),
        (lambda: Image.fromarray(drawn_copy()).convert("CMYK"), "a.jpg"),
        (lambda: Image.fromarray(drawn_copy()).convert("P"), "a.png"),  # 216 colours, dithered
        (lambda: Image.fromarray(drawn_copy()).quantize(64), "a.gif"),
        (smooth, "a.png"),
        (lambda: flattened((255, 255, 255)), "a.jpg"),
        (lambda: flattened((40, 80, 160)), "a.png"),
        (lambda: flattened((40, 80, 160)), "a.jpg"),
    ],
)
def test_strokes_on_a_copy_that_an_editor_converted(
    convert: Callable[[], Image.Image], name: str, tmp_path: Path
) -> None:
    Image.fromarray(IMAGE.repeat(SCALE, 0).repeat(SCALE, 1)).save(tmp_path / "image.png")
    convert().save(tmp_path / name)
    run(tmp_path, strokes=name)
    mask, truth = np.asarray(Image.open(tmp_path / "mask.png")) > 0, GROUND_TRUTH.repeat(SCALE, 0).repeat(SCALE, 1)
    assert (mask & truth).sum() / (mask | truth).sum() > 0.95


def test_red_of_the_image_is_no_stroke_in_a_lossy_copy(tmp_path: Path) -> None:
    """A sign of (250, 40, 40) that a palette makes (220, 0, 0)."""
    image, copy = IMAGE.copy(), drawn_copy(1)
    image[14:20, 20:26], copy[14:20, 20:26] = (250, 40, 40), (220, 0, 0)
    copy[STROKES == 1] = (0, 255, 0)
    Image.fromarray(image).save(tmp_path / "image.png")
    Image.fromarray(copy).save(tmp_path / "strokes.png")
    labels = _labels(tmp_path, np.dstack([copy, np.full(copy.shape[:2], 255, np.uint8)]), image, True)
    assert ((labels == 2) == (STROKES == 2)).all() and ((labels == 1) == (STROKES == 1)).all()


@pytest.mark.parametrize(
    ("convert", "message"),
    [
        (
            lambda copy: Image.fromarray(255 - copy),
            "it is no transparent layer, and no copy of the image whose colours",
        ),
        (lambda copy: Image.fromarray(copy).convert("L"), "there is no stroke on the object"),
        (lambda copy: Image.fromarray(copy.transpose(1, 0, 2).copy()), "or turn one of them by a quarter"),
    ],
)
def test_a_copy_whose_strokes_are_lost(
    convert: Callable[[npt.NDArray[np.uint8]], Image.Image],
    message: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    convert(drawn_copy(1)).save(folder / "strokes.png")
    with pytest.raises(SystemExit):
        run(folder)
    assert message in capsys.readouterr().err


def test_a_copy_may_be_transparent_where_the_image_is(folder: Path) -> None:
    drawn = np.dstack([IMAGE, np.full(IMAGE.shape[:2], 255, np.uint8)])
    drawn[STROKES == 1], drawn[STROKES == 2] = (0, 255, 0, 255), (255, 0, 0, 255)
    drawn[0, :5, 3] = 0
    Image.fromarray(drawn).save(folder / "strokes.png")
    run(folder)
    check(folder)


def test_a_large_picture(folder: Path) -> None:
    """So large that only some of its pixels tell a layer from a copy; how long more take is the matter of benchmarks.cutout."""
    Image.fromarray(IMAGE.repeat(25, 0).repeat(28, 1)).save(folder / "image.png", compress_level=1)
    ink = np.zeros((1000, 1344, 4), np.uint8)
    for label, colour in ((1, (0, 255, 0, 255)), (2, (255, 0, 0, 255))):
        ink[12::25, 14::28][label == STROKES] = colour
    Image.fromarray(ink).save(folder / "strokes.png", compress_level=1)
    run(folder)
    mask = np.asarray(Image.open(folder / "mask.png")) > 0
    ground_truth = GROUND_TRUTH.repeat(25, 0).repeat(28, 1)
    assert (mask & ground_truth).sum() / (mask | ground_truth).sum() > 0.97


def blue(folder: Path) -> None:
    ink = np.asarray(Image.open(folder / "strokes.png")).copy()
    ink[3, 5:9] = (20, 20, 250, 255)
    Image.fromarray(ink).save(folder / "strokes.png")


def one_kind(folder: Path) -> None:
    ink = np.asarray(Image.open(folder / "strokes.png")).copy()
    ink[STROKES == 1] = 0
    Image.fromarray(ink).save(folder / "strokes.png")


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (
            blue,
            r"strokes.png has 4 pixels of other colours, such as \(20, 20, 250\) at \(5, 3\): draw with a hard pencil",
        ),
        (one_kind, r"strokes.png: there is no stroke on the object: draw at least one on each"),
        (lambda f: Image.new("RGBA", (9, 9)).save(f / "strokes.png"), "strokes.png is 9x9 pixels and the image 48x40"),
        (lambda f: (f / "strokes.png").write_text("no"), "strokes.png is not a picture that can be read"),
        (lambda f: (f / "image.png").unlink(), "image.png does not exist"),
        (lambda f: (f / "mask.png").mkdir(), "mask.png is a folder: name a file in it"),
    ],
)
def test_what_cannot_be_cut(folder: Path, harm: object, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    harm(folder)  # type: ignore[operator]
    with pytest.raises(SystemExit) as stopped:
        run(folder)
    assert stopped.value.code == 1
    assert re.search(message, capsys.readouterr().err)


def test_strokes_of_the_object_s_own_colour(folder: Path) -> None:
    """On a layer of its own every stroke counts; on a copy of the image it looks like the image."""
    green = IMAGE.copy()
    green[STROKES == 1] = (0, 250, 0)
    Image.fromarray(green).save(folder / "image.png")
    run(folder)
    assert np.asarray(Image.open(folder / "mask.png"))[STROKES == 1].all()


def test_sixteen_bits_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(np.full(IMAGE.shape[:2], 3000, np.uint16)).save(folder / "image.png")
    with pytest.raises(SystemExit):
        run(folder)
    assert re.search(r"image.png has pixels of mode I(;16)?, not of 8 bits a channel", capsys.readouterr().err)


@pytest.mark.parametrize("out", ["image.png", "strokes.png", "notes.png"])
def test_what_is_there_is_not_replaced_unasked(folder: Path, out: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "notes.png").write_bytes(b"mine")
    before = (folder / out).read_bytes()
    command = ["cutout", str(folder / "image.png"), "--strokes", str(folder / "strokes.png"), "-o", str(folder / out)]
    with pytest.raises(SystemExit) as stopped:
        main(command)
    assert (
        stopped.value.code == 1
        and f"{out} exists: name another file, or replace it by --force" in capsys.readouterr().err
    )
    assert (folder / out).read_bytes() == before
    main([*command, "--force"])
    with Image.open(folder / out) as mask:
        assert mask.size == (48, 40) and (folder / out).read_bytes() != before


@pytest.mark.parametrize("name", ["mask", "mask.jpg", "mask.ico", "mask.pdf"])
def test_a_name_without_a_format_of_masks(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    with pytest.raises(SystemExit):
        main(["cutout", str(folder / "image.png"), "--strokes", str(folder / "strokes.png"), "-o", str(folder / name)])
    assert "has no suffix of a format that keeps a mask as it is (png, tif, bmp, gif, pgm)" in capsys.readouterr().err
    assert not (folder / name).exists()


@pytest.mark.parametrize("name", ["mask.png", "mask.tif", "mask.bmp", "mask.gif", "mask.pgm"])
def test_a_written_mask_is_as_it_was_made(folder: Path, name: str) -> None:
    mask = cut_out(folder / "image.png", folder / "strokes.png", folder / name)
    with Image.open(folder / name) as written:
        assert np.array_equal(np.asarray(written.convert("L")), mask * np.uint8(255))


@pytest.mark.parametrize("name", ["image", "strokes", "out"])
def test_a_name_that_is_too_long(folder: Path, name: str) -> None:
    paths = {"image": folder / "image.png", "strokes": folder / "strokes.png", "out": folder / "mask.png"}
    with pytest.raises(RunError, match=r"cannot be reached .*: choose a shorter name"):
        cut_out(**(paths | {name: folder / ("x" * 300 + ".png")}))


def test_a_link_to_nothing_is_not_replaced(folder: Path) -> None:
    (folder / "mask.png").symlink_to(folder / "elsewhere.png")
    with pytest.raises(RunError, match=r"mask\.png exists: name another file"):
        cut_out(folder / "image.png", folder / "strokes.png", folder / "mask.png")
    assert (folder / "mask.png").is_symlink()
