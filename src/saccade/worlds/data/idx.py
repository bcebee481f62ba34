"""Reads IDX files, the format of the MNIST digits (LeCun, Cortes, Burges; http://yann.lecun.com/exdb/mnist/).

Two zero bytes, one byte for the type, one for the number of dimensions, the dimensions as
big-endian 32-bit integers, and the values in row-major order.
"""

from __future__ import annotations

import gzip
import io
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .files import DataError

UINT8 = 0x08
OTHER_TYPES = {0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}
CHUNK = 1 << 20
FIX = "the file is damaged or not what its name says; fetch it again"


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read an array of unsigned bytes, 0 … 255, of the shape that the file states; writable.

    A name ending in `.gz` means gzip. A damaged gzip file is always recognised (it carries a
    checksum); a plain file only by its header and its length.

    Raises:
        DataError: the file is missing or unreadable, not gzip, cut short or too long, has no IDX
            header, or holds another type than unsigned bytes.
    """
    try:
        with _opened(path) as stream:
            shape = _shape(stream, path)
            values = _values(stream, math.prod(shape))
    except EOFError as error:
        raise DataError(f"{path} ends in the middle of its gzip stream: {FIX}") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is not a whole gzip file ({error}): {FIX}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check that it exists and is yours") from error
    if len(values) != math.prod(shape):
        have = f"only {len(values)}" if len(values) < math.prod(shape) else "more"
        raise DataError(f"{path} states {math.prod(shape)} values, of shape {shape}, and holds {have}: {FIX}")
    try:
        return np.frombuffer(values, np.uint8).reshape(shape)
    except ValueError as error:  # empty, with dimensions too many or too large for numpy
        raise DataError(f"{path} states the shape {shape}, which no array can have: {FIX}") from error


def _opened(path: Path) -> io.BufferedIOBase:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _shape(stream: io.BufferedIOBase, path: Path) -> tuple[int, ...]:
    magic = stream.read(4)
    if magic[:2] == b"\x1f\x8b":
        raise DataError(f"{path} is compressed with gzip: give it a name that ends in .gz")
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[3] == 0:
        begin = f"begins with the bytes {magic.hex(' ')}" if magic else "is empty"
        raise DataError(f"{path} {begin}, not with the header of an IDX file (00 00 type dimensions): {FIX}")
    if magic[2] != UINT8:
        kind = OTHER_TYPES.get(magic[2], "no type that IDX knows")
        raise DataError(f"{path} holds values of type 0x{magic[2]:02x} ({kind}), not 0x08 (uint8): {FIX}")
    sizes = stream.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise DataError(f"{path} ends after {4 + len(sizes)} bytes, inside its header of {4 + 4 * magic[3]}: {FIX}")
    return struct.unpack(f">{magic[3]}I", sizes)


def _values(stream: io.BufferedIOBase, count: int) -> bytearray:
    """At most `count + 1` bytes; the one too many makes gzip compare its checksum, or shows excess."""
    values = bytearray()
    while len(values) <= count:
        piece = stream.read(min(CHUNK, count + 1 - len(values)))
        if not piece:
            break
        values += piece
    return values
