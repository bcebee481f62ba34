"""The command `saccade cutout`: reads an image and a picture of strokes on it, writes a mask.

Compiled kernels are loaded while the pictures are read, and torch is not imported: most of a second or two would go into imports.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, UnidentifiedImageError

from saccade.disk import check_output, write_atomically
from saccade.vision.methods import Method
from saccade.worlds.data.decoding import MODES, turned

if TYPE_CHECKING:
    from saccade.vision.segmenters import Image as Pixels
    from saccade.vision.segmenters import Mask, Strokes

_COPIED = 0.5  # share of pixels that are the image's, in a copy of it


class CutoutError(ValueError):
    """An image or its strokes cannot be used; the message names the file and the fix."""


def cut_out(image: Path, strokes: Path, out: Path, method: Method = Method.GEODESIC, force: bool = False) -> Mask:
    """Segment an image by the strokes on it and write the mask: white on the object, black off it.

    Args:
        image: the picture, any size.
        strokes: a picture of the same size, green (0, 255, 0) where a stroke is on the object, red (255, 0, 0) where one is off it.
            The rest is transparent, grey, or as the image is.
        out: where the mask goes, such as mask.png.
        method: how.
        force: replace what is at `out`.

    Returns:
        bool `(h, w)`, True on the object.

    Raises:
        CutoutError: a file cannot be read or written, sizes differ, there are other colours, or no stroke of one kind.
        RunError: there is a file at `out`.
    """
    check_output(out, force)
    with ThreadPoolExecutor() as pool:
        reading = pool.map(_read, (image, strokes), ("RGB", "RGBA"))
        from saccade.vision.segmenters import segment

        segment(np.zeros((2, 2, 3), np.uint8), np.array([[1, 2], [1, 2]], np.uint8), method)
        pixels, ink = reading
    labels = _labels(strokes, ink, pixels)
    try:
        mask = segment(pixels, labels, method)
    except ValueError as error:
        raise CutoutError(f"{strokes}: {error} (green on the object, red on the ground)") from error
    picture = Image.fromarray(mask.view(np.uint8) * np.uint8(255))
    write_atomically(out, lambda temporary: picture.save(temporary, _format(out), compress_level=1))
    return mask


def _format(out: Path) -> str:
    """The format that a name asks for."""
    format_ = Image.registered_extensions().get(out.suffix.lower())
    if format_ not in Image.SAVE:
        raise CutoutError(f"{out} has no suffix of a picture that can be written: name one, such as mask.png")
    return format_


def _labels(path: Path, ink: Pixels, image: Pixels) -> Strokes:
    """Strokes of a picture with transparency, as labels `(h, w)`: 0 nothing, 1 object, 2 ground."""
    from saccade.jit import spread, threads
    from saccade.vision.ink_kernels import OTHER, read_ink

    if ink.shape[:2] != image.shape[:2]:
        (h, w), (height, width) = ink.shape[:2], image.shape[:2]
        raise CutoutError(
            f"{path} is {w}x{h} pixels and the image {width}x{height}: draw on a layer of the image's size"
        )
    labels: Strokes = np.empty(image.shape[:2], np.uint8)
    spread(read_ink, threads(), ink, image, _is_layer(ink, image), labels)
    if count := int((labels == OTHER).sum()):
        y, x = divmod(int((labels == OTHER).argmax()), labels.shape[1])
        colour = tuple(int(value) for value in ink[y, x, :3])
        raise CutoutError(
            f"{path} has {count} pixels of other colours, such as {colour} at ({x}, {y}): draw with a hard pencil, green "
            "(0, 255, 0) on the object and red (255, 0, 0) off it, and save as PNG"
        )
    return labels


def _is_layer(ink: Pixels, image: Pixels) -> bool:
    """Whether the strokes are on a transparent layer, not on a copy of an image that is itself transparent in places."""
    every = max(1, ink.shape[0] // 500)  # of large pictures some rows and columns are enough
    ink, image = ink[::every, ::every], image[::every, ::every]
    opaque = ink[..., 3] >= 128
    if opaque.all():
        return False
    return not opaque.any() or bool((ink[opaque][:, :3] == image[opaque]).all(1).mean() < _COPIED)


def _read(path: Path, mode: str) -> Pixels:
    try:
        with Image.open(path) as opened:
            if opened.mode not in MODES:
                raise CutoutError(
                    f"{path} has pixels of mode {opened.mode}, not of 8 bits a channel: save it with 8 bits a channel"
                )
            upright = turned(opened)
            return np.asarray(upright if upright.mode == mode else upright.convert(mode))
    except UnidentifiedImageError:
        raise CutoutError(f"{path} is not a picture that can be read") from None
    except FileNotFoundError:
        raise CutoutError(f"{path} does not exist") from None
    except CutoutError:
        raise
    except Exception as error:  # every decoder has its own
        raise CutoutError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
