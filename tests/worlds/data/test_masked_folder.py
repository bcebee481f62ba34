from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.worlds import DataError
from saccade.worlds.data.masked_folder import load_masked, load_whole


def make(root: Path, count: int = 60, size: tuple[int, int] = (12, 10)) -> Path:
    """Images `(h, w)`; the object is the left part, as wide as the number of the image says."""
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    for number in range(count):
        mask = np.zeros(size, np.uint8)
        mask[:, : 2 + number % 5] = 255
        Image.fromarray(np.full((*size, 3), number, np.uint8)).save(root / "images" / f"a{number}.png")
        Image.fromarray(mask).convert("1").save(root / "masks" / f"a{number}.png")
    return root


def test_parts_hold_every_image_once_and_masks_fit(tmp_path: Path) -> None:
    found = load_masked(make(tmp_path))
    parts = [found.part(name) for name in ("train", "validation", "test")]
    numbers = [part.images[:, 0, 0, 0].tolist() for part in parts]
    assert sorted(itertools.chain(*numbers)) == list(range(60)) and [len(part) for part in parts] == [44, 3, 13]
    for part, each in zip(parts, numbers, strict=True):
        assert part.masks[:, 0].sum(1).tolist() == [2 + number % 5 for number in each]
    with pytest.raises(DataError, match="part 'tests': it must be one of train, validation, test"):
        found.part("tests")


def test_new_images_move_no_old_ones(tmp_path: Path) -> None:
    few, many = load_masked(make(tmp_path / "few")), load_masked(make(tmp_path / "many", 80))
    for name in ("train", "validation", "test"):
        old, new = (set(each.part(name).images[:, 0, 0, 0].tolist()) for each in (few, many))
        assert old <= new and all(number >= 60 for number in new - old)


def test_scaled_to_a_square(tmp_path: Path) -> None:
    found = load_masked(make(tmp_path, size=(24, 20)), side=10).train
    assert found.size == (10, 10)
    assert found.masks[:, 0].sum(1).tolist() == [(3 + number % 5) // 2 for number in found.images[:, 0, 0, 0].tolist()]


def grey(path: Path) -> None:
    Image.fromarray(np.array([[0, 120], [255, 255]], np.uint8).repeat(6, 0).repeat(5, 1)).save(path)


def soft(path: Path) -> None:
    alpha = np.array([[0, 128], [255, 255]], np.uint8).repeat(6, 0).repeat(5, 1)
    Image.fromarray(np.dstack([np.full((12, 10, 3), 255, np.uint8), alpha])).save(path)


def jpeg(path: Path) -> None:
    colours = np.zeros((12, 10, 3), np.uint8)
    colours[:, 5:, 0] = 200
    Image.fromarray(colours).save(path, "JPEG")


def webp(path: Path) -> None:
    colours = np.zeros((12, 10, 3), np.uint8)
    colours[:, 5:, 0] = 200
    Image.fromarray(colours).save(path, "WEBP", quality=50)


def full(path: Path) -> None:
    Image.fromarray(np.full((12, 10), 255, np.uint8)).save(path)


def empty(path: Path) -> None:
    Image.fromarray(np.zeros((12, 10), np.uint8)).save(path)


def small(path: Path) -> None:
    Image.fromarray(np.full((5, 4), 255, np.uint8)).save(path)


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:45])


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (
            grey,
            r"masks/a7\.png holds grey values \(120\): a mask is black and white, or in colours; threshold it first",
        ),
        (soft, r"masks/a7\.png holds half transparent values \(128\)"),
        (
            jpeg,
            r"masks/a7\.png is in colour and compressed with loss, so that black is not quite black: save it as PNG",
        ),
        (webp, r"masks/a7\.png is in colour and compressed with loss"),
        (full, r"masks/a7\.png has nothing but object: black is off the object, all else is on it; correct the mask"),
        (empty, r"masks/a7\.png has no object"),
        (small, r"masks/a7\.png is 4x5 pixels and .*images/a7\.png 10x12: make them one size"),
        (torn, r"masks/a7\.png cannot be read"),
        (lambda path: path.write_text("no"), r"masks/a7\.png is not a picture"),
        (Path.unlink, r"images/a7\.png has no mask: put a7\.png into"),
    ],
)
def test_bad_masks_are_named(tmp_path: Path, harm: object, message: str) -> None:
    root = make(tmp_path, 40)
    harm(root / "masks" / "a7.png")  # type: ignore[operator]
    with pytest.raises(DataError, match=message):
        load_masked(root)


def test_objects_that_vanish_in_scaling_are_named(tmp_path: Path) -> None:
    root = make(tmp_path, 40, (64, 60))
    dot = np.zeros((64, 60), np.uint8)
    dot[5, 5] = 255
    Image.fromarray(dot).save(root / "masks" / "a7.png")
    with pytest.raises(DataError, match=r"a7\.png has no object at 16x16 pixels: take larger images, or take it"):
        load_masked(root, side=16)
    assert (load_whole(root).masks.sum((1, 2)) == 1).sum() == 1


def test_all_of_a_folder(tmp_path: Path) -> None:
    whole = load_whole(make(tmp_path, 3))
    assert len(whole) == 3 and whole.fingerprint != load_whole(make(tmp_path / "other", 4)).fingerprint


def test_bad_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"images is not a folder: images lie in"):
        load_masked(tmp_path / "nowhere")
    with pytest.raises(DataError, match="none falls to the test part, as their names decide: add images"):
        load_masked(make(tmp_path / "few", 5))
    root = make(tmp_path / "sizes", 40)
    Image.fromarray(np.zeros((14, 10, 3), np.uint8)).save(root / "images" / "a3.png")
    Image.fromarray(np.eye(14, 10, dtype=np.uint8) * 255).save(root / "masks" / "a3.png")
    with pytest.raises(DataError, match="bring them to one with side= 10"):
        load_masked(root)
    (root / "images" / "a5.png").write_text("no")
    with pytest.raises(
        DataError, match=r"1 of 40 files cannot be read as pictures \(.*images/a5\.png: not a picture\)"
    ):
        load_masked(root)
    Image.new("RGB", (3, 3)).save(root / "images" / "a9.jpg")
    with pytest.raises(DataError, match="have one name: rename one"):
        load_masked(root)


def ids(mask: np.ndarray) -> Image.Image:
    """Two objects, numbered in the red channel."""
    numbers = np.where(mask, np.where(np.arange(len(mask))[:, None] < 6, 1, 2), 0)
    return Image.fromarray(np.dstack([numbers, 0 * numbers, 0 * numbers]).astype(np.uint8))


def palette(mask: np.ndarray) -> Image.Image:
    """Numbers of objects with colours of their own, as in PASCAL VOC."""
    image = Image.fromarray(np.where(mask, 1 + (np.arange(mask.shape[1]) > 1), 0).astype(np.uint8), "P")
    image.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    return image


def transparent(mask: np.ndarray) -> Image.Image:
    """White, or black, and the shape in the transparency."""
    return Image.fromarray(np.dstack([np.full((*mask.shape, 3), 255), mask * 255]).astype(np.uint8))


def black_and_transparent(mask: np.ndarray) -> Image.Image:
    return Image.fromarray(np.dstack([np.zeros((*mask.shape, 3)), mask * 255]).astype(np.uint8))


def cut_out(mask: np.ndarray) -> Image.Image:
    """A coloured object on a transparent ground that is not black."""
    return Image.fromarray(
        np.dstack([np.where(mask[..., None], (9, 80, 200), (250, 250, 250)), mask * 255]).astype(np.uint8)
    )


@pytest.mark.parametrize("write", [ids, palette, transparent, black_and_transparent, cut_out])
def test_whatever_is_not_black_is_object(tmp_path: Path, write: Callable[[np.ndarray], Image.Image]) -> None:
    root = make(tmp_path, 1)
    before = load_whole(root).masks[0]
    write(before.numpy()).save(root / "masks" / "a0.png")
    assert (load_whole(root).masks[0] == before).all()


def test_photographs_turned_by_their_exif_entry(tmp_path: Path) -> None:
    root = make(tmp_path, 2)
    upright, exif = np.asarray(Image.open(root / "images" / "a1.png")).copy(), Image.Exif()
    upright[0] = 200
    exif[0x0112] = 6
    (root / "images" / "a1.png").unlink()
    Image.fromarray(np.ascontiguousarray(np.rot90(upright))).save(root / "images" / "a1.tif", exif=exif)
    found = load_whole(root)
    assert found.images.shape == (2, 3, 12, 10)
    assert any((image[:, 0] == 200).all() for image in found.images)
    Image.new("1", (12, 10), 1).save(root / "masks" / "a1.png")  # of the layout in the file
    with pytest.raises(DataError, match=r"a1\.png is 12x10 pixels and .*a1\.tif 10x12: make them one size"):
        load_whole(root)


def test_colours_of_a_webp_without_loss_are_a_mask(tmp_path: Path) -> None:
    root = make(tmp_path, 40)
    webp(root / "masks" / "a7.png")
    colours = np.zeros((12, 10, 3), np.uint8)
    colours[3:, :4, 1] = 9
    Image.fromarray(colours).save(root / "masks" / "a7.png", "WEBP", lossless=True)
    whole = load_whole(root)
    assert any(np.array_equal(mask, colours.any(2)) for mask in whole.masks.numpy())
