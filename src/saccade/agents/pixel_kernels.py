"""The compiled inside of `QNetwork.scaled`: frames as the convolutions take them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from saccade.jit import kernel

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.uint16]  # bits of bfloat16

DEPTH = 4  # frames of an observation


@kernel
def scale(share: int, shares: int, stored: Bytes, start: int, apart: int, mean: Floats, out: Floats) -> None:
    """Frames minus the mean image, divided by 255, the frames of a pixel next to each other.

    Args:
        share, shares: see `saccade.jit.spread`.
        stored: frames, one after the other, any number of them.
        start: where the first observation begins, which is four frames.
        apart: where each next one does after the last.
        mean: `(4, pixels)`.
        out: filled, `(b, 4 * pixels)`.
    """
    size = mean.shape[1]
    for b in range(len(out) * share // shares, len(out) * (share + 1) // shares):
        begin = start + b * apart
        _scale_one(stored[begin : begin + 4 * size], size, mean, out[b])


@kernel
def scale_to_half(share: int, shares: int, stored: Bytes, start: int, apart: int, mean: Floats, out: Halves) -> None:
    """The same as bfloat16, rounded to the nearest, of two equally near ones to the even one, as torch does."""
    size = mean.shape[1]
    exact = np.empty(out.shape[1], np.float32)
    bits = exact.view(np.uint32)
    for b in range(len(out) * share // shares, len(out) * (share + 1) // shares):
        begin = start + b * apart
        _scale_one(stored[begin : begin + 4 * size], size, mean, exact)
        row = out[b]
        for i in range(len(bits)):
            odd = (bits[i] >> np.uint32(16)) & np.uint32(1)
            row[i] = np.uint16((bits[i] + np.uint32(0x7FFF) + odd) >> np.uint32(16))


@kernel
def _scale_one(frames: Bytes, size: int, mean: Floats, out: Floats) -> None:
    """One observation. Written out for four frames: so the compiler works on many pixels at a time."""
    first, second = frames[:size], frames[size : 2 * size]
    third, fourth = frames[2 * size : 3 * size], frames[3 * size : 4 * size]
    of_first, of_second, of_third, of_fourth = mean[0], mean[1], mean[2], mean[3]
    factor = np.float32(1 / 255)
    for i in range(size):
        out[4 * i] = (np.float32(first[i]) - of_first[i]) * factor
        out[4 * i + 1] = (np.float32(second[i]) - of_second[i]) * factor
        out[4 * i + 2] = (np.float32(third[i]) - of_third[i]) * factor
        out[4 * i + 3] = (np.float32(fourth[i]) - of_fourth[i]) * factor
