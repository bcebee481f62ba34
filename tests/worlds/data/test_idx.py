import gzip
import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saccade.worlds.data.files import DataError
from saccade.worlds.data.idx import read_idx

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 5, 4), dtype=np.uint8)
EMPTY_BUT_HUGE = b"\0\0\x08\x04" + struct.pack(">4I", 0, *[2**32 - 1] * 3)
quick = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def idx(values: np.ndarray, kind: int = 8) -> bytes:
    return bytes([0, 0, kind, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def pack(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)  # the same bytes whenever it runs


def read(folder: Path, name: str, content: bytes) -> np.ndarray:
    (folder / name).write_bytes(content)
    return read_idx(folder / name)


@pytest.mark.parametrize("shape", [(3, 5, 4), (7,), (0, 28, 28)])
@pytest.mark.parametrize("name", ["a-ubyte", "a-ubyte.gz"])
def test_reads_plain_and_compressed(tmp_path: Path, shape: tuple[int, ...], name: str) -> None:
    want = np.resize(IMAGES, shape)
    have = read(tmp_path, name, pack(idx(want)) if name.endswith("gz") else idx(want))
    assert have.dtype == np.uint8 and have.shape == shape and (have == want).all() and have.flags.writeable


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.gz", idx(IMAGES), "not a whole gzip file"),
        ("a.gz", b"<html>no</html>", "not a whole gzip file"),
        ("a.gz", b"", "is empty"),
        ("a.gz", pack(idx(IMAGES))[:-20], "middle of its gzip stream"),
        ("a.gz", pack(idx(IMAGES))[:-1], "middle of its gzip stream"),
        ("a.gz", pack(idx(IMAGES)) + b"junk", "not a whole gzip file"),
        ("a.gz", pack(idx(IMAGES)[:-1]), r"states 60 values, of shape \(3, 5, 4\), and holds only 59"),
        ("a", pack(idx(IMAGES)), "ends in .gz"),
        ("a", b"", "is empty"),
        ("a", b"\0\0\x08", "begins with the bytes 00 00 08"),
        ("a", b"\x89PNG....", "begins with the bytes 89 50 4e 47"),
        ("a", b"\0\0\x08\0", "begins with the bytes 00 00 08 00"),
        ("a", idx(IMAGES)[:10], "ends after 10 bytes, inside its header of 16"),
        ("a", idx(IMAGES)[:-1], "holds only 59"),
        ("a", idx(IMAGES) + b"\0", "holds more"),
        ("a", idx(IMAGES, 0x0D), r"type 0x0d \(float32\), not 0x08"),
        ("a", idx(IMAGES, 0x77), r"type 0x77 \(no type that IDX knows\)"),
        ("a", b"\0\0\x08\x03" + struct.pack(">3I", *[2**32 - 1] * 3), "holds only 0"),
        ("a", EMPTY_BUT_HUGE, "no array can have"),
        ("a", b"\0\0\x08\xff" + bytes(4 * 255), "no array can have"),
    ],
    ids=range(20),
)
def test_damage_is_named(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        read(tmp_path, name, content)
    assert str(caught.value).startswith(str(tmp_path / name))


def test_missing_or_unreadable(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere.gz cannot be read \(No such file"):
        read_idx(tmp_path / "nowhere.gz")
    with pytest.raises(DataError, match=r"cannot be read \(Is a directory\)"):
        read_idx(tmp_path)


@quick
@given(data=st.data())
def test_cut_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    compressed = data.draw(st.booleans())
    content = pack(idx(IMAGES)) if compressed else idx(IMAGES)
    length = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(DataError):
        read(tmp_path, "a.gz" if compressed else "a", content[:length])


@quick
@given(data=st.data())
def test_gzip_changed_anywhere_is_noticed_or_harmless(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(pack(idx(IMAGES)))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    with suppress(DataError):
        assert (read(tmp_path, "a.gz", bytes(content)) == IMAGES).all()  # such as the time stamp in the header


@quick
@given(place=st.integers(0, 15), value=st.integers(0, 255))
def test_plain_header_changed_anywhere(tmp_path: Path, place: int, value: int) -> None:
    content = bytearray(idx(IMAGES))
    if content[place] == value:
        return
    content[place] = value
    with pytest.raises(DataError):
        read(tmp_path, "a", bytes(content))


@quick
@given(content=st.binary(max_size=60), gz=st.booleans())
def test_any_bytes(tmp_path: Path, content: bytes, gz: bool) -> None:
    content = b"\0\0\x08\x01" + content
    with suppress(DataError):
        have = read(tmp_path, "a.gz" if gz else "a", pack(content) if gz else content)
        assert have.tobytes() == content[8:] and have.shape == struct.unpack(">I", content[4:8])
