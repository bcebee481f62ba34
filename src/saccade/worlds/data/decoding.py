"""Pictures as files have them: modes of 8 bits a channel, by Pillow's names, and which way is up."""

from __future__ import annotations

from PIL import ExifTags, Image, ImageOps

GREY, COLOUR = ("1", "L", "LA"), ("P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV")
MODES = (*GREY, *COLOUR)


def turned(opened: Image.Image) -> Image.Image:
    """The picture as its EXIF entry turns it; as it is where there is none, or none that can be read."""
    try:
        orientation = opened.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # the entry's parser has many errors of its own, and none of them is about the pixels
        return opened
    return opened if orientation == 1 else ImageOps.exif_transpose(opened)
