"""The images that CutOut is played on."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from saccade.worlds.data.files import DataError
from saccade.worlds.data.masked import MaskedSet
from saccade.worlds.data.masked_folder import MaskedSplits, load_masked

if TYPE_CHECKING:  # an extra draws them
    from saccade.worlds.faces import Faces

_FACES = "faces"
_SEEDS = {"train": 1, "validation": 2, "test": 3}  # of the drawn faces: the parts share none
_HELD = 200  # faces to choose by, and as many to measure with


def open_masked(
    data: str, size: int = 128, faces: int = 1000, watch: Callable[[float], None] = lambda _: None
) -> MaskedSplits:
    """The procedural faces, or a folder of images with masks, `size` pixels per side.

    Args:
        data: "faces", or the folder.
        size: side in pixels.
        faces: how many to learn from, if it is faces.
        watch: called with the share that is read.

    Raises:
        DataError: the folder is no such data, see `load_masked`.
        ValueError: size or number are too small.
    """
    if data == _FACES:
        train, validation, test = (_faces(name, size, faces).all() for name in _SEEDS)
        return MaskedSplits(train, validation, test)
    return load_masked(data, size, watch)


def open_part(data: str, part: str, size: int = 128, faces: int = 1000) -> MaskedSet:
    """One part of them: "train", "validation" or "test". Faces are drawn as they are taken.

    Raises:
        DataError, ValueError: as `open_masked`; there is no such part.
    """
    if part not in _SEEDS:
        raise DataError(f"part {part!r}: it must be one of {', '.join(_SEEDS)}")
    if data == _FACES:
        return _faces(part, size, faces)
    folder = Path(data).expanduser()
    changed = [lying.stat().st_mtime_ns for name in ("images", "masks") if (lying := folder / name).is_dir()]
    return _folder(str(folder.resolve()), size, *changed).part(part)


@lru_cache(maxsize=2)
def _folder(data: str, size: int, *_: int) -> MaskedSplits:
    """The images of a folder, as long as no file comes or goes."""
    return load_masked(data, size)


@lru_cache(maxsize=4)  # single environments ask for the same ones again and again
def _faces(part: str, size: int, number: int) -> Faces:
    from saccade.worlds.faces import Faces

    return Faces(number if part == "train" else _HELD, size, _SEEDS[part])
