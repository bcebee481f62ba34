"""The images that CutOut is played on."""

from __future__ import annotations

from collections.abc import Callable

from .masked_folder import MaskedSplits, load_masked

_FACES = "faces"
_TRAIN, _VALIDATION, _TEST = 1, 2, 3  # seeds of the drawn faces: the parts share none
_HELD = 200  # faces to choose by, and as many to measure with


def open_masked(
    data: str, size: int = 128, faces: int = 1000, watch: Callable[[float], None] = lambda _: None
) -> MaskedSplits:
    """The procedural faces, or a folder of images with masks, `size` pixels a side.

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
        from .faces import faces as draw

        return MaskedSplits(draw(faces, size, _TRAIN), draw(_HELD, size, _VALIDATION), draw(_HELD, size, _TEST))
    return load_masked(data, size, watch)
