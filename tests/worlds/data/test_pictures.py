import os
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from saccade.worlds import DataError, load_pictures
from saccade.worlds.data import pictures
from saccade.worlds.data.pictures import Colour, PictureFormat, read_picture

Draw = Callable[..., None]


def draw(path: Path, size: tuple[int, int] = (12, 10), mode: str = "RGB", value: int = 7) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value if mode in ("L", "1", "I;16", "F") else (value, 2 * value, 3 * value)).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for label, name in enumerate(("cat", "dog", "eel")):
        for number in range(10):
            draw(tmp_path / name / f"{number}.png", value=10 * label + number)
    return tmp_path


def test_classes_are_sub_folders(folder: Path) -> None:
    train, test = load_pictures(folder)
    assert train.classes == test.classes == ("cat", "dog", "eel")
    assert train.images.shape[1:] == test.images.shape[1:] == (3, 10, 12)
    assert len(train.images) + len(test.images) == 30 and 3 <= len(test.images) <= 12
    assert (torch.bincount(test.labels, minlength=3) > 0).all()
    assert (train.images[:, 0, 0, 0] // 10 == train.labels).all()
    assert torch.equal(train.images[:, 2], 3 * train.images[:, 0]) and train.channels == 3


def test_every_picture_is_in_one_part_and_always_in_the_same(folder: Path) -> None:
    train, test = load_pictures(folder)
    values = [set(part.images[:, 0, 0, 0].tolist()) for part in (train, test)]
    assert not values[0] & values[1] and len(values[0] | values[1]) == 30
    again = load_pictures(folder)
    assert torch.equal(again[0].images, train.images) and torch.equal(again[1].images, test.images)


def test_new_pictures_move_no_old_ones(folder: Path) -> None:
    before = [set(part.images[:, 0, 0, 0].tolist()) for part in load_pictures(folder)]
    name = load_pictures(folder)[0].name
    for number in range(10, 20):
        draw(folder / "cat" / f"{number}.png", value=30 + number)
    after = [set(part.images[:, 0, 0, 0].tolist()) for part in load_pictures(folder)]
    # one may have been held only because its class had no nearer lot
    assert all(len(old - new) <= 1 for old, new in zip(before, after, strict=True))
    assert load_pictures(folder)[0].name != name  # a checkpoint of the old pictures does not take the new ones


def test_the_classes_are_mixed(tmp_path: Path) -> None:
    for part in ("train", "test"):
        for value, name in ((1, "a"), (2, "b")):
            for number in range(70):
                draw(tmp_path / part / name / f"{number}.png", mode="L", value=value)
    for part in load_pictures(tmp_path):
        assert set(part.labels[:20].tolist()) == {0, 1}


def test_a_moved_folder_is_the_same_data(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / folder.name
    shutil.copytree(folder, elsewhere)
    assert [part.name for part in load_pictures(elsewhere)] == [part.name for part in load_pictures(folder)]


def test_a_folder_for_validation_besides_the_others(tmp_path: Path) -> None:
    for part in ("train", "val", "test"):
        draw(tmp_path / part / "cat" / "0.png")
    with pytest.raises(DataError, match="holds test, train, val: is it parted already"):
        load_pictures(tmp_path)


def test_folders_that_are_parted_already(tmp_path: Path) -> None:
    for part, n in (("train", 3), ("test", 2)):
        for name in ("a", "b"):
            for number in range(n):
                draw(tmp_path / part / name / f"{number}.png", mode="L")
    train, test = load_pictures(tmp_path)
    assert train.images.shape == (6, 10, 12) and len(test.images) == 4 and train.channels == 1
    (tmp_path / "test" / "c").mkdir()
    draw(tmp_path / "test" / "c" / "0.png", mode="L")
    with pytest.raises(DataError, match="c is a class in one of train/ and test/ only"):
        load_pictures(tmp_path)


def test_sizes_are_brought_to_one(folder: Path) -> None:
    draw(folder / "cat" / "0.png", size=(40, 20))
    with pytest.raises(DataError, match=r"pictures must be of one size; bring them to one with --side 10"):
        load_pictures(folder)
    train, _ = load_pictures(folder, PictureFormat(side=8))
    assert train.images.shape[1:] == (3, 8, 8)


def test_the_middle_of_a_long_picture_is_kept(tmp_path: Path) -> None:
    wide = np.zeros((8, 24), np.uint8)
    wide[:, 8:16] = 255
    for name in ("a", "b"):
        for number in range(2):
            draw(tmp_path / name / f"{number}.png", size=(8, 8), mode="L", value=255)
            Image.fromarray(wide).save(tmp_path / name / f"wide-{number}.png")
    train, _ = load_pictures(tmp_path, PictureFormat(side=8))
    assert (train.images > 250).all()


def test_grey_and_colour(folder: Path) -> None:
    draw(folder / "dog" / "3.png", mode="L")
    with pytest.raises(DataError, match=r"3.png is grey and .* in colour: take all alike with --colour"):
        load_pictures(folder)
    assert load_pictures(folder, PictureFormat(colour=Colour.GREY))[0].images.shape[1:] == (10, 12)
    assert load_pictures(folder, PictureFormat(colour=Colour.RGB))[0].images.shape[1:] == (3, 10, 12)


def test_unreadable_files_are_named_and_left_out_only_if_asked(folder: Path) -> None:
    whole = (folder / "dog" / "1.png").read_bytes()
    (folder / "dog" / "1.png").write_bytes(whole[: len(whole) // 2])
    (folder / "eel" / "notes.txt").write_text("eels are long")
    draw(folder / "eel" / "4.tiff", mode="I;16")
    with pytest.raises(
        DataError, match=r"3 of 32 files .*1\.png.*4\.tiff.*mode I;16.*notes\.txt: not a picture.*--skip-unreadable"
    ):
        load_pictures(folder)
    (folder / "eel" / "gone.png").symlink_to(folder / "nowhere.png")
    with pytest.raises(DataError, match=r"4 of 33 files .* and 1 more"):
        load_pictures(folder)
    train, test = load_pictures(folder, PictureFormat(skip_unreadable=True))
    assert len(train.images) + len(test.images) == 29


def test_decoders_that_break_in_ways_of_their_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("Failed to decode image")

    monkeypatch.setattr(pictures, "turned", broken)
    with pytest.raises(DataError, match="Failed to decode image"):
        load_pictures(folder)


def test_names_that_are_no_utf8(folder: Path) -> None:
    draw(folder / "cat" / os.fsdecode(b"caf\xe9.png"))
    assert sum(len(part.images) for part in load_pictures(folder)) == 31


def test_many_unreadable_files_are_counted(folder: Path) -> None:
    for number in range(6):
        (folder / "cat" / f"{number}.png").write_bytes(b"no")
    with pytest.raises(DataError, match=r"and 3 more"):
        load_pictures(folder)


def test_hidden_files_are_no_pictures(folder: Path) -> None:
    (folder / "cat" / ".DS_Store").write_bytes(b"no")
    (folder / ".thumbnails").mkdir()
    assert load_pictures(folder)[0].classes == ("cat", "dog", "eel")


def test_folders_that_are_no_data(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere is not a folder"):
        load_pictures(tmp_path / "nowhere")
    with pytest.raises(DataError, match="cat has no sub-folders"):
        load_pictures(folder / "cat")
    (folder / "fox").mkdir()
    with pytest.raises(DataError, match="fox is empty: put pictures of the class into it, or remove it"):
        load_pictures(folder)
    draw(folder / "fox" / "0.png")
    with pytest.raises(
        DataError, match=r"fox has 1 picture\(s\): of every class one is needed .* 12 or more to learn from"
    ):
        load_pictures(folder)
    (folder / "fox" / "0.png").write_bytes(b"no")
    with pytest.raises(DataError, match=r"fox has 0 picture\(s\)"):
        load_pictures(folder, PictureFormat(skip_unreadable=True))


def test_parts_written_otherwise(tmp_path: Path) -> None:
    for part in ("Train", "Test"):
        draw(tmp_path / part / "cat" / "0.png")
    with pytest.raises(DataError, match="holds Test, Train: is it parted already"):
        load_pictures(tmp_path)


def test_more_than_memory_holds(folder: Path) -> None:
    with pytest.raises(DataError, match=r"--side 1000000: 30 pictures need 180000 GB of memory, and there are \d+ GB"):
        load_pictures(folder, PictureFormat(side=1_000_000))


def test_what_is_left_out_is_reported(folder: Path) -> None:
    (folder / "cat" / "0.png").write_bytes(b"no")
    notices: list[str] = []
    load_pictures(folder, PictureFormat(skip_unreadable=True), notify=notices.append)
    assert len(notices) == 1 and "Left out 1 of 30 files" in notices[0] and "0.png: not a picture" in notices[0]


def test_one_class_is_nothing_to_learn(tmp_path: Path) -> None:
    draw(tmp_path / "only" / "0.png")
    with pytest.raises(DataError, match="one class only, only"):
        load_pictures(tmp_path)


def test_reading_reports_its_progress(folder: Path) -> None:
    seen: list[float] = []
    load_pictures(folder, watch=seen.append)
    assert seen == sorted(seen) and seen[-1] == 1 and len(seen) == 30


def test_a_side_below_zero() -> None:
    with pytest.raises(ValueError, match="--side -1"):
        PictureFormat(side=-1)


def test_an_exif_block_that_cannot_be_read_is_no_reason_to_refuse_a_picture(folder: Path) -> None:
    path = folder / "cat" / "0.png"
    content = path.read_bytes()
    block = b"eXIfno tiff structure"
    chunk = len(block[4:]).to_bytes(4) + block + zlib.crc32(block).to_bytes(4)
    place = content.index(b"IDAT") - 4
    path.write_bytes(content[:place] + chunk + content[place:])
    train, test = load_pictures(folder)
    assert len(train.labels) + len(test.labels) == 30


def test_folders_that_are_links(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    here, there = tmp_path_factory.mktemp("here"), load_pictures(folder)
    for name in ("cat", "dog"):
        (here / name).symlink_to(folder / name)
    (here / "eel").mkdir()
    (here / "eel" / "all").symlink_to(folder / "eel")
    (folder / "eel" / "again").symlink_to(folder / "eel")  # a circle
    train, test = load_pictures(here)
    assert len(train.labels) + len(test.labels) == 30 and train.classes == there[0].classes


@pytest.mark.parametrize("names", [("bus", "train"), ("test", "trial"), ("test", "train", "validation")])
def test_classes_may_be_called_train_or_test(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        for number in range(5):
            draw(tmp_path / name / f"{number}.png", value=number)
    assert load_pictures(tmp_path)[0].classes == names


def test_one_picture(folder: Path) -> None:
    assert read_picture(folder / "cat" / "0.png", PictureFormat()).shape == (10, 12, 3)
    for name, message in (
        ("none.png", r"none\.png does not exist"),
        ("x" * 300, r"cannot be reached \(File name too long\): choose a shorter name"),
    ):
        with pytest.raises(DataError, match=message):
            read_picture(folder / name, PictureFormat())
