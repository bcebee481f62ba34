"""A folder of one's own pictures as data: a sub-folder for every class."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

from saccade.disk import RunError, check_reachable

from .decoding import GREY, MODES, opened, turned
from .files import DataError
from .labelled import LabelledImages

_PARTS = ("train", "test")
_HELD_OUT = 0.2  # share of the pictures for the test
_REPORTS = 50  # of progress
_NAMED = 3  # unreadable files that a message names

Pixels = npt.NDArray[np.uint8]


class Colour(StrEnum):
    """Colours of the pictures: as the files have them, grey, or RGB."""

    AS_IS = "as-is"  # grey or RGB, all alike
    GREY = "grey"
    RGB = "rgb"


@dataclass(frozen=True)
class PictureFormat:
    """How the pictures of a folder are read."""

    side: int = 0
    """Scale and centre-crop every picture to a square of this side; 0: as they are, all of one size."""
    colour: Colour = Colour.AS_IS
    """Colours of the pictures: as the files have them, grey, or RGB."""
    skip_unreadable: bool = False
    """Leave files out that cannot be read as pictures."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ValueError: naming the option, its value and what it may be.
        """
        if self.side < 0:
            raise ValueError(f"--side {self.side}: it must be 0 (as they are) or more")
        object.__setattr__(self, "colour", Colour(self.colour))


def load_pictures(
    folder: Path | str,
    format_: PictureFormat | None = None,
    watch: Callable[[float], None] = lambda _: None,
    notify: Callable[[str], None] = lambda _: None,
) -> tuple[LabelledImages, LabelledImages]:
    """Pictures to learn from and pictures to test with: uint8 `(N, h, w)` if grey, else `(N, 3, h, w)`.

    The classes are the sub-folders, in the order of their names. If these are `train` and `test`, the classes are the
    sub-folders of both; else about a fifth of every class is kept for the test, chosen by the names of the files, so that
    new pictures move no old ones. The pictures come in an order that is always the same and mixes the classes. Hidden
    files are no pictures. Pictures are turned as their EXIF entry says; transparency is dropped.

    Args:
        folder: the folder.
        format_: size and colour; default: as they are.
        watch: called with the share that is read.
        notify: called with a sentence, if files are left out.

    Raises:
        DataError: the folder or a class is empty, there are fewer than two classes, a class has fewer pictures than can
            be parted, pictures are of several sizes, grey and in colour, or cannot be read. The message names which.
    """
    root, how = Path(folder).expanduser(), format_ or PictureFormat()
    if not root.is_dir():
        raise DataError(f"{root} is not a folder: give the folder that holds a sub-folder of pictures for every class")
    parted = _is_parted(root)
    files = {part: _by_class(root / part if parted else root) for part in (_PARTS if parted else ("",))}
    names = [tuple(classes) for classes in files.values()]
    if len(set(names)) > 1:
        odd = ", ".join(sorted(set(names[0]) ^ set(names[1])))
        raise DataError(f"{root}: {odd} is a class in one of train/ and test/ only; make the classes the same")
    listed = [
        (part, label, path)
        for part, classes in files.items()
        for label, (_, paths) in enumerate(classes.items())
        for path in paths
    ]
    listed.sort(key=lambda entry: lot(root, entry[2]))
    read = read_all([path for _, _, path in listed], how, watch, notify)
    kept = [(*entry, pixels) for entry, pixels in zip(listed, read, strict=True) if pixels is not None]
    check_alike([(path, pixels) for _, _, path, pixels in kept])
    images = torch.from_numpy(np.stack([pixels for *_, pixels in kept]))
    if images.ndim == 4:
        images = images.permute(0, 3, 1, 2).contiguous()
    labels = torch.tensor([label for _, label, *_ in kept])
    lots = torch.tensor([lot(root, path) for *_, path, _ in kept], dtype=torch.float64)
    testing = torch.tensor([part == "test" for part, *_ in kept]) if parted else _held_out(labels, lots, names[0], root)
    pixels = hashlib.sha256(images.numpy().data)
    pixels.update(labels.numpy().data)
    fingerprint = pixels.hexdigest()[:8]
    whole = LabelledImages(images, labels, str(root), classes=names[0], fingerprint=fingerprint)
    for name, part in (("train", ~testing), ("test", testing)):
        _check_classes(labels[part], names[0], f"{root / name}" if parted else str(root))
    train, test = (f"{root.resolve().name} {name} ({len(images)} pictures in all, {fingerprint})" for name in _PARTS)
    return whole.part(~testing, train), whole.part(testing, test)


def _is_parted(root: Path) -> bool:
    """Whether the folder holds train/ and test/ and not classes; a class may be called so, and holds pictures then, not folders."""
    found = {path.name for path in _folders(root)}
    alike = {path.name.lower() for path in _folders(root) if path.name.lower() in _PARTS and _folders(path)}
    if alike and found != set(_PARTS):
        raise DataError(
            f"{root} holds {', '.join(sorted(found))}: is it parted already? Then it should hold train and test, so written, "
            "and nothing else; pictures for validation are taken from train"
        )
    return found == set(_PARTS)


def lot(root: Path, path: Path) -> float:
    """A number in [0, 1) that depends on nothing but the file's name within the folder."""
    name = os.fsencode(path.relative_to(root).as_posix())
    return int.from_bytes(hashlib.sha256(name).digest()[:6]) / 2**48


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))


def _by_class(root: Path) -> dict[str, list[Path]]:
    """The files of every class, sorted, so that the same folder is always the same data."""
    found = {path.name: sorted(file for file in _files(path)) for path in _folders(root)}
    if not found:
        raise DataError(f"{root} has no sub-folders: put the pictures of every class into one of its own")
    if len(found) == 1:
        raise DataError(f"{root} has one class only, {next(iter(found))}: two or more are needed")
    if empty := [name for name, files in found.items() if not files]:
        raise DataError(f"{root / empty[0]} is empty: put pictures of the class into it, or remove it")
    return found


def _files(folder: Path) -> Iterator[Path]:
    seen = set[str]()
    for place, folders, files in os.walk(folder, followlinks=True):
        if (real := os.path.realpath(place)) in seen:  # a link to a folder above it
            folders.clear()
            continue
        seen.add(real)
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place) / name for name in files if not name.startswith("."))


def read_all(
    paths: list[Path], how: PictureFormat, watch: Callable[[float], None], notify: Callable[[str], None]
) -> list[Pixels | None]:
    """The pixels of files, None of one that is left out.

    Raises:
        DataError: files cannot be read, and are not to be left out; or none can.
    """
    _check_memory(len(paths), how)
    read: list[Pixels | None] = []
    bad: list[tuple[Path, str]] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, found in zip(paths, pool.map(lambda path: _read(path, how), paths), strict=True):
            read.append(None if isinstance(found, str) else found)
            if isinstance(found, str):
                bad.append((path, found))
            if len(read) % max(1, len(paths) // _REPORTS) == 0 or len(read) == len(paths):
                watch(len(read) / len(paths))
    named = "; ".join(f"{path}: {reason}" for path, reason in sorted(bad)[:_NAMED])
    more = f"; and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
    if len(bad) == len(paths):
        raise DataError(f"none of {len(paths)} files can be read as a picture ({named}{more}): convert them first")
    if bad and not how.skip_unreadable:
        raise DataError(
            f"{len(bad)} of {len(paths)} files cannot be read as pictures ({named}{more}): repair or remove them, or "
            "leave them out with --skip-unreadable"
        )
    if bad:
        notify(f"Left out {len(bad)} of {len(paths)} files that cannot be read as pictures ({named}{more}).")
    return read


def _check_memory(pictures: int, how: PictureFormat) -> None:
    """Refuse a size that cannot be held, before an hour is spent on reading."""
    need = 2 * pictures * how.side**2 * (1 if how.colour is Colour.GREY else 3)
    have = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else need
    if need > have:
        raise DataError(
            f"--side {how.side}: {pictures} pictures need {need / 1e9:.0f} GB of memory, and there are {have / 1e9:.0f} GB"
        )


def _read(path: Path, how: PictureFormat) -> Pixels | str:
    """The pixels, `(h, w)` or `(h, w, 3)`, or why there are none."""
    try:
        with opened(path) as picture:
            if picture.mode not in MODES:
                return f"its pixels are of mode {picture.mode}, not of 8 bits a channel"
            grey = how.colour is Colour.GREY or (how.colour is Colour.AS_IS and picture.mode in GREY)
            image = turned(picture).convert("L" if grey else "RGB")
    except UnidentifiedImageError:
        return "not a picture"
    except Exception as error:  # every decoder has its own; a picture that breaks one is not to end the reading
        return " ".join(str(error).split()) or type(error).__name__
    return np.asarray(ImageOps.fit(image, (how.side, how.side), Image.Resampling.LANCZOS) if how.side else image)


def read_picture(path: Path, how: PictureFormat) -> Pixels:
    """The pixels of one file, uint8 `(h, w)` if grey, else `(h, w, 3)`.

    Raises:
        DataError: it cannot be read.
    """
    try:
        check_reachable(path)
    except RunError as error:
        raise DataError(str(error)) from error
    if not path.exists():
        raise DataError(f"{path} does not exist")
    found = _read(path, how)
    if isinstance(found, str):
        raise DataError(f"{path} cannot be read as a picture: {found}")
    return found


def size_of(path: Path) -> tuple[int, int]:
    """Height and width of a picture as it is decoded, turned as its EXIF entry says.

    A TIFF is opened by Pillow (13.0) with its size turned already and the entry still there: swapping the sides by the entry would be once
    too often.
    """
    with opened(path) as picture:
        width, height = turned(picture).size
        return height, width


def check_alike(read: Iterable[tuple[Path, Pixels]], option: str = "--side") -> None:
    """Refuse pictures of several sizes, or grey ones among coloured ones; `option` brings them to one size.

    Raises:
        DataError: naming two that differ, and the fix.
    """
    (first, model), *others = read
    for path, pixels in others:
        if pixels.ndim != model.ndim:
            grey, colour = (first, path) if model.ndim == 2 else (path, first)
            raise DataError(f"{grey} is grey and {colour} in colour: take all alike with --colour grey or --colour rgb")
        if pixels.shape != model.shape:
            (h, w), (height, width) = pixels.shape[:2], model.shape[:2]
            side = min(h, w, height, width)
            raise DataError(
                f"{path} is {w}x{h} pixels and {first} {width}x{height}: pictures must be of one size; "
                f"bring them to one with {option} {side}"
            )


def _held_out(labels: torch.Tensor, lots: torch.Tensor, names: tuple[str, ...], root: Path) -> torch.Tensor:
    """About a fifth of every class, at least one and not all, bool `(N,)`."""
    held = lots < _HELD_OUT
    for label, name in enumerate(names):
        mine = (labels == label).nonzero().squeeze(1)
        if len(mine) < 2:
            raise DataError(
                f"{root / name} has {len(mine)} picture(s): of every class one is needed to learn from and one to test with, and in "
                "all classes together 12 or more to learn from"
            )
        ordered = mine[lots[mine].argsort()]
        held[ordered[0]], held[ordered[-1]] = True, False
    return held


def _check_classes(labels: torch.Tensor, names: tuple[str, ...], where: str) -> None:
    counts = torch.bincount(labels, minlength=len(names))
    if len(missing := (counts == 0).nonzero()):
        raise DataError(
            f"{where}: no picture of class {names[int(missing[0])]} is left: put some into it, or remove it"
        )
