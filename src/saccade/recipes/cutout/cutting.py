"""The command `saccade cutout`: reads an image and a picture of strokes on it, writes a mask.

Compiled kernels are loaded while the pictures are read, and torch is not imported: most of a second or two would go into imports.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, UnidentifiedImageError

from saccade.disk import check_output, check_reachable, write_atomically
from saccade.vision.methods import Method
from saccade.worlds.data.decoding import MODES, is_lossy, opened, turned

if TYPE_CHECKING:
    from saccade.vision.segmenters import Image as Pixels
    from saccade.vision.segmenters import Mask, Strokes

_COPIED = 0.5  # share of pixels that are the image's, in a copy of it
_EDGE, _RUN = 2, 12  # pixels around a stroke where colours are mixed: smooth edges; blocks of JPEG and WebP
_LIKE, _CHANGED = (
    24,
    96,
)  # levels that a colour differs by, as good as not; in a copy whose colours were made fewer or lossy
_INKY, _PURE = (
    80,
    8,
)  # levels by which a colour of the image may be off an ink to be taken for it, and by which a pencil's may
_EXACT = ("PNG", "TIFF", "BMP", "GIF", "PPM")
_MUCH = 0.1  # share of pixels of other colours: no matter of a soft pencil


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
        RunError: there is a file at `out`, or a path cannot be reached.
    """
    check_output(out, force)
    for path in (image, strokes):
        check_reachable(path)
    with ThreadPoolExecutor() as pool:
        reading = pool.map(_read, (image, strokes), ("RGB", "RGBA"))
        from saccade.vision.segmenters import segment

        segment(np.zeros((2, 2, 3), np.uint8), np.array([[1, 2], [1, 2]], np.uint8), method)
        (pixels, _), (ink, changed) = reading
    labels = _labels(strokes, ink, pixels, changed)
    try:
        mask = segment(pixels, labels, method)
    except ValueError as error:
        raise CutoutError(f"{strokes}: {error} (green on the object, red on the ground)") from error
    write_mask(out, mask)
    return mask


def write_mask(out: Path, mask: Mask) -> None:
    """Write a mask, bool `(h, w)`: white on the object, black off it.

    Raises:
        CutoutError: the ending of the file is of a format that would change it.
        RunError: it cannot be written.
    """
    picture = Image.fromarray(mask_picture(mask))
    write_atomically(out, lambda temporary: picture.save(temporary, mask_format(out), compress_level=1))


def mask_picture(mask: Mask) -> Pixels:
    """A mask as a grey picture, uint8 `(h, w)`: white on the object, black off it."""
    return mask.view(np.uint8) * np.uint8(255)


def mask_format(out: Path) -> str:
    """The format that a name asks for, of those that keep every pixel.

    Raises:
        CutoutError: it asks for none of them.
    """
    format_ = Image.registered_extensions().get(out.suffix.lower())
    if format_ not in _EXACT:
        raise CutoutError(
            f"{out} has no suffix of a format that keeps a mask as it is (png, tif, bmp, gif, pgm): name one, such as mask.png"
        )
    return format_


def _labels(path: Path, ink: Pixels, image: Pixels, changed: bool) -> Strokes:
    """Strokes of a picture with transparency, as labels `(h, w)`: 0 nothing, 1 object, 2 ground; `changed`: its colours may be others than were drawn."""
    from saccade.jit import spread, threads
    from saccade.vision.ink_kernels import OTHER, read_ink

    if ink.shape[:2] != image.shape[:2]:
        (h, w), (height, width) = ink.shape[:2], image.shape[:2]
        turned = ", or turn one of them by a quarter" if (h, w) == (width, height) else ""
        raise CutoutError(
            f"{path} is {w}x{h} pixels and the image {width}x{height}: draw on a layer of the image's size{turned}"
        )
    labels: Strokes = np.empty(image.shape[:2], np.uint8)
    layer = _is_layer(ink, image)
    spread(read_ink, threads(), ink, image, layer, labels)
    if not layer:
        _leave_to_image(labels, ink, image)
    other = labels == OTHER
    if other.any():
        labels[other] = 0
        other[other] = ~_explained(other, labels, ink, image, changed)
    if count := int(other.sum()):
        y, x = divmod(int(other.argmax()), labels.shape[1])
        colour = tuple(int(value) for value in ink[y, x, :3])
        raise CutoutError(
            f"{path} has {count} pixels of other colours, such as {colour} at ({x}, {y}): {_mend(other, changed)}"
        )
    return labels


def _mend(other: Mask, changed: bool) -> str:
    if other.mean() > _MUCH:
        return (
            "it is no transparent layer, and no copy of the image whose colours are as they were; draw on one of these, green "
            "(0, 255, 0) on the object and red (255, 0, 0) off it, and save as PNG"
        )
    file = "in such a file colours run or are replaced; " if changed else ""
    return f"{file}draw with a hard pencil, green (0, 255, 0) on the object and red (255, 0, 0) off it, and save as PNG"


def _leave_to_image(labels: Strokes, ink: Pixels, image: Pixels) -> None:
    """Take for no stroke what in a copy is green or red where the image is it, too, unless it is as pure as a pencil's."""
    found = labels.nonzero()
    own, drawn = image[found].astype(np.int16), ink[found][:, :3].astype(np.int16)
    pencil = np.where(labels[found][:, None] == 1, (0, 255, 0), (255, 0, 0))
    alike = (abs(own - pencil) <= _INKY).all(1) & (abs(drawn - pencil) > _PURE).any(1)
    labels[found] = np.where(alike & (labels[found] < 3), 0, labels[found])


def _explained(other: Mask, labels: Strokes, ink: Pixels, image: Pixels, changed: bool) -> Mask:
    """Which pixels of other colours are no strokes, `(n,)`: edges of strokes, a coloured ground, what became of the image's own colours."""
    import cv2

    reach, slack = (_RUN, _CHANGED) if changed else (_EDGE, _LIKE)
    colours, own = ink[other][:, :3].astype(np.int16), image[other].astype(np.int16)
    grounds = [own, np.full(3, 255, np.int16), np.zeros(3, np.int16)]  # what strokes are mixed with at their edges
    found: Mask = np.all(abs(colours - own) <= (_CHANGED if changed else 0), axis=1)
    ground = np.median(colours, axis=0).astype(np.int16)
    if (abs(ink[..., :3] - ground) <= _LIKE).all(2).mean() > _COPIED:  # a layer that was flattened onto a colour
        found |= (abs(colours - ground) <= _LIKE).all(1)
        grounds.append(ground)
    for label, pencil in ((1, (0, 255, 0)), (2, (255, 0, 0))):
        near = cv2.dilate((labels == label).view(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8))[other] > 0
        for under in grounds:
            low, high = np.minimum(under, pencil) - slack, np.maximum(under, pencil) + slack
            found |= near & ((colours >= low) & (colours <= high)).all(1)
    return found


def _is_layer(ink: Pixels, image: Pixels) -> bool:
    """Whether the strokes are on a transparent layer, not on a copy of an image that is itself transparent in places."""
    every = max(1, ink.shape[0] // 500)  # of large pictures some rows and columns are enough
    ink, image = ink[::every, ::every], image[::every, ::every]
    opaque = ink[..., 3] >= 128
    if opaque.all():
        return False
    return not opaque.any() or bool((ink[opaque][:, :3] == image[opaque]).all(1).mean() < _COPIED)


def _read(path: Path, mode: str) -> tuple[Pixels, bool]:
    """The pixels, and whether the file's way of storing colours may have changed them."""
    try:
        with opened(path) as picture:
            if picture.mode not in MODES:
                raise CutoutError(
                    f"{path} has pixels of mode {picture.mode}, not of 8 bits a channel: save it with 8 bits a channel"
                )
            upright = turned(picture)
            changed = (
                is_lossy(path, picture)
                or picture.format == "GIF"
                or picture.mode in ("P", "PA", "CMYK", "YCbCr", "LAB", "HSV")
            )
            return np.asarray(upright if upright.mode == mode else upright.convert(mode)), changed
    except UnidentifiedImageError:
        raise CutoutError(f"{path} is not a picture that can be read") from None
    except FileNotFoundError:
        raise CutoutError(f"{path} does not exist") from None
    except CutoutError:
        raise
    except Exception as error:  # every decoder has its own
        raise CutoutError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
