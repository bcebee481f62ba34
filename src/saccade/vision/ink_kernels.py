"""The compiled inside of reading strokes from a picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saccade.jit import kernel

Bytes = npt.NDArray[np.uint8]

_STRONG, _WEAK = 200, 80  # of a pure ink's own channel, and of the others
_LIKE = 24  # grey levels by which a copy of the image may differ from it
_GREY = 16
OTHER = 3


@kernel
def read_ink(share: int, shares: int, ink: Bytes, image: Bytes, layer: bool, labels: Bytes) -> None:
    """Labels `(h, w)` of the pixels of a strokes picture `(h, w, 4)` over the image `(h, w, 3)`.

    0 nothing: transparent, grey, or, if it is no `layer` of its own but a copy of the image, as the image is; 1 green; 2 red; 3
    anything else.
    """
    h, w, _ = ink.shape
    for y in range(share, h, shares):
        for x in range(w):
            red, green, blue = np.int32(ink[y, x, 0]), np.int32(ink[y, x, 1]), np.int32(ink[y, x, 2])
            most, least = max(red, green, blue), min(red, green, blue)
            away = max(
                abs(red - np.int32(image[y, x, 0])),
                abs(green - np.int32(image[y, x, 1])),
                abs(blue - np.int32(image[y, x, 2])),
            )
            if ink[y, x, 3] < 128 or (not layer and away <= _LIKE):
                labels[y, x] = 0
            elif green >= _STRONG and red <= _WEAK and blue <= _WEAK:
                labels[y, x] = 1
            elif red >= _STRONG and green <= _WEAK and blue <= _WEAK:
                labels[y, x] = 2
            else:
                labels[y, x] = 0 if most - least <= _GREY else OTHER
