"""Pictures of 8 bits a channel, by Pillow's names of their modes."""

from __future__ import annotations

GREY, COLOUR = ("1", "L", "LA"), ("P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV")
MODES = (*GREY, *COLOUR)
