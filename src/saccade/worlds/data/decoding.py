"""Pictures as files have them: modes of 8 bits a channel, by Pillow's names, and which way is up."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import ExifTags, Image, ImageOps

GREY, COLOUR = ("1", "L", "LA"), ("P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV")
MODES = (*GREY, *COLOUR)


def opened(path: Path) -> Image.Image:
    """A picture file, not decoded yet.

    It is read whole: given a path, Pillow 13.0 maps an uncompressed TIFF into memory, and scrambles one that its orientation lays on its side.
    """
    return Image.open(BytesIO(path.read_bytes()))


def is_lossy(path: Path, picture: Image.Image) -> bool:
    """Whether colours may be others than they were before the picture was saved; WebP is without loss where the file begins so."""
    if picture.format == "WEBP":
        with path.open("rb") as file:
            return file.read(16)[12:] != b"VP8L"
    return picture.format in ("JPEG", "MPO", "AVIF")


def turned(picture: Image.Image) -> Image.Image:
    """The picture as its EXIF entry turns it; as it is where there is none, or none that can be read."""
    try:
        orientation = picture.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # the entry's parser has many errors of its own, and none of them is about the pixels
        return picture
    return picture if orientation == 1 else ImageOps.exif_transpose(picture)
