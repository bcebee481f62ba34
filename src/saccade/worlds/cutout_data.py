"""The images that CutOut is played on."""

from __future__ import annotations

from collections.abc import Callable

from .masked_folder import MaskedSplits, load_masked

_FACES = "faces"
_SEEDS = {"train": 1, "validation": 2, "test": 3}  # of the procedural faces: the parts share none
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

        counts = {"train": faces, "validation": _HELD, "test": _HELD}
        return MaskedSplits(**{part: draw(counts[part], size, seed) for part, seed in _SEEDS.items()})
    return load_masked(data, size, watch)
