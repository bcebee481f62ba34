import gzip
import hashlib
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saccade.worlds.data import mnist
from saccade.worlds.data.files import DataError, Unreachable
from saccade.worlds.data.labelled import LabelledImages
from saccade.worlds.data.mnist import fetch_mnist, load_mnist, load_or_fallback, scikit_digits

RNG = np.random.default_rng(0)
TRAIN = (RNG.integers(0, 256, (12, 28, 28), dtype=np.uint8), np.arange(12, dtype=np.uint8) % 10)
TEST = (RNG.integers(0, 256, (5, 28, 28), dtype=np.uint8), np.arange(5, dtype=np.uint8))
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"


def idx(values: np.ndarray) -> bytes:
    return bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


FILES = {
    name: gzip.compress(idx(values), mtime=0)
    for name, values in zip(mnist.SHA256, (*TRAIN, *TEST), strict=True)
}  # fmt: skip


def place(folder: Path, unpacked: bool = False) -> Path:
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / (name.removesuffix(".gz") if unpacked else name)).write_bytes(
            gzip.decompress(content) if unpacked else content
        )
    return folder


@pytest.fixture(autouse=True)
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tiny MNIST on two mirrors, the first of which has nothing; an empty cache; no network."""
    mirror = place(tmp_path / "mirror")
    monkeypatch.setattr(mnist, "MIRRORS", (f"file://{tmp_path}/dead/", f"file://{mirror}/"))
    monkeypatch.setattr(mnist, "SHA256", {name: hashlib.sha256(body).hexdigest() for name, body in FILES.items()})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("SACCADE_DATA", raising=False)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "saccade" / "mnist"


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", (f"file://{tmp_path}/dead/",))


def same(data: LabelledImages, want: tuple[np.ndarray, np.ndarray]) -> bool:
    assert data.images.dtype == torch.uint8 and data.labels.dtype == torch.int64
    return bool((data.images.numpy() == want[0]).all() and (data.labels.numpy() == want[1]).all())


def test_downloads_once_then_reads_the_cache(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train = load_mnist("train")
    assert same(train, TRAIN) and train.name == "mnist train"
    assert sorted(path.name for path in cache.iterdir()) == sorted(FILES)
    monkeypatch.setattr("saccade.worlds.data.download.download", None)  # a request would fail
    assert same(load_mnist("train"), TRAIN) and same(load_mnist("test", download=False), TEST)
    assert fetch_mnist() == cache


def test_fetches_only_what_is_missing_and_all_by_force(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch_mnist()
    (cache / f"{TEST_LABELS}.gz").unlink()
    fetched: list[str] = []
    monkeypatch.setattr(
        "saccade.worlds.data.download.download", lambda urls, target, sha, label: fetched.append(target.name)
    )
    fetch_mnist()
    assert fetched == [f"{TEST_LABELS}.gz"]
    fetched.clear()
    fetch_mnist(force=True)
    assert fetched == list(FILES)


def test_damaged_cache_is_named_and_mended_by_force(cache: Path) -> None:
    fetch_mnist()
    (cache / f"{TEST_IMAGES}.gz").write_bytes(b"broken")
    for call in (lambda: load_mnist("test"), lambda: load_or_fallback("test"), fetch_mnist):
        with pytest.raises(DataError, match=rf"{TEST_IMAGES}.gz has SHA-256 \w+ instead of \w+: .*get mnist --force`"):
            call()
    assert same(load_mnist("train"), TRAIN)
    fetch_mnist(force=True)
    assert same(load_mnist("test"), TEST)


@pytest.mark.usefixtures("offline")
def test_force_without_network_keeps_the_cache(cache: Path) -> None:
    place(cache)
    with pytest.raises(Unreachable):
        fetch_mnist(force=True)
    assert same(load_mnist("train"), TRAIN)


@pytest.mark.parametrize("unpacked", [False, True])
@pytest.mark.parametrize("sub", ["", "mnist"])
def test_explicit_path(tmp_path: Path, sub: str, unpacked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    place(tmp_path / "data" / sub, unpacked)
    monkeypatch.setenv("SACCADE_DATA", "/nowhere")
    assert same(load_mnist("train", tmp_path / "data"), TRAIN)
    assert same(load_mnist("test", str(tmp_path / "data")), TEST)


@pytest.mark.parametrize("unpacked", [False, True])
def test_environment_variable(tmp_path: Path, unpacked: bool, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    place(tmp_path / "data" / "mnist", unpacked)
    monkeypatch.setenv("SACCADE_DATA", str(tmp_path / "data"))
    assert same(load_mnist("test"), TEST) and not cache.exists()
    monkeypatch.setenv("SACCADE_DATA", "")
    assert same(load_mnist("test"), TEST) and cache.exists()


def test_given_places_without_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    place(cache)
    for load in (load_mnist, load_or_fallback):
        with pytest.raises(DataError, match=r"t10k-images.* is not in .*nowhere \(nor in its sub-folder") as caught:
            load("test", tmp_path / "nowhere")
        assert not isinstance(caught.value, Unreachable)
    monkeypatch.setenv("SACCADE_DATA", str(tmp_path / "nowhere"))
    for load in (load_mnist, load_or_fallback):
        with pytest.raises(DataError, match=r"is not in .*nowhere/mnist: .*unset SACCADE_DATA"):
            load("test")
    (place(tmp_path / "half" / "mnist") / f"{TEST_LABELS}.gz").unlink()
    with pytest.raises(DataError, match=rf"{TEST_LABELS}, .gz or unpacked, is not in .*half/mnist: put the four files"):
        load_mnist("test", tmp_path / "half")


def test_wrong_checksum_in_given_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = place(tmp_path / "data" / "mnist")
    (folder / f"{TEST_LABELS}.gz").write_bytes(gzip.compress(idx(TEST[1][::-1]), mtime=0))
    says = rf"{TEST_LABELS}.gz has SHA-256 \w+ instead of \w+: put a whole copy in its place"
    with pytest.raises(DataError, match=says):
        load_mnist("test", folder)
    monkeypatch.setenv("SACCADE_DATA", str(tmp_path / "data"))
    with pytest.raises(DataError, match=says):
        load_or_fallback("test")


@pytest.mark.parametrize(
    ("stem", "values", "says"),
    [
        (TEST_IMAGES, TEST[0][:4], "there are 4 images and 5 labels"),
        (TEST_IMAGES, TEST[0][:, :27], r"uint8 of shape \(5, 27, 28\), not uint8 of shape \(N, 28, 28\)"),
        (TEST_IMAGES, TEST[0][:0], r"uint8 of shape \(0, 28, 28\)"),
        (TEST_IMAGES, TEST[1], r"uint8 of shape \(5,\)"),
        (TEST_LABELS, TEST[0], r"int64 of shape \(5, 28, 28\), not int64 of shape \(N,\)"),
        (TEST_LABELS, TEST[1] + 6, "labels are 6 … 10, not 0 … 9"),
    ],
    ids=["fewer", "smaller", "none", "flat", "images", "range"],
)
def test_unpacked_files_that_are_not_mnist(tmp_path: Path, stem: str, values: np.ndarray, says: str) -> None:
    folder = place(tmp_path / "data", unpacked=True)
    (folder / stem).write_bytes(idx(np.ascontiguousarray(values)))
    with pytest.raises(DataError, match=rf"{TEST_IMAGES} with {TEST_LABELS}: .*{says}.*put a whole copy in its place"):
        load_mnist("test", folder)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([f"{TEST_IMAGES}.gz", f"{TEST_LABELS}.gz"]), data=st.data())
def test_damage_anywhere_is_a_data_error(tmp_path: Path, name: str, data: st.DataObject) -> None:
    folder = tmp_path / "data"
    if not folder.exists():
        place(folder)
    body = bytearray(FILES[name])
    at = data.draw(st.integers(0, len(body) - 1))
    if data.draw(st.booleans()):
        del body[at:]
    else:
        body[at] ^= data.draw(st.integers(1, 255))
    (folder / name).write_bytes(body)
    with pytest.raises(DataError, match="SHA-256"):
        load_mnist("test", folder)
    (folder / name).write_bytes(FILES[name])


@pytest.mark.usefixtures("offline")
def test_unreachable(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=rf"from file://{tmp_path}/dead/train-images.*\(.*No such file.*SACCADE_DATA"):
        load_mnist("train")
    with pytest.raises(Unreachable, match=rf"MNIST is not in {cache}"):
        load_mnist("train", download=False)
    data, notice = load_or_fallback("train")
    assert data.name == "scikit-learn digits train" and notice is not None
    assert notice.endswith(".") and "saccade data get mnist" in notice and "scikit-learn" in notice


def test_no_fallback_when_mnist_is_there(tmp_path: Path) -> None:
    for path in (None, tmp_path / "mirror"):
        data, notice = load_or_fallback("test", path)
        assert same(data, TEST) and notice is None


def test_full_disk_is_no_reason_to_fall_back(cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder should be")
    with pytest.raises(DataError, match="cannot be written"):
        load_or_fallback("test")


@pytest.mark.parametrize("load", [load_mnist, scikit_digits, load_or_fallback])
def test_unknown_split(load: object) -> None:
    with pytest.raises(ValueError, match="split is 'validation': make it 'train' or 'test'"):
        load("validation")  # type: ignore[operator]


def test_scikit_digits() -> None:
    train, test = scikit_digits("train"), scikit_digits("test")
    assert train.images.shape == (1500, 28, 28) and test.images.shape == (297, 28, 28)
    assert train.labels.bincount().min() >= 140 and test.labels.bincount().min() >= 20
    assert train.images.max() == 255 and int(train.images[:, :, :4].max()) == int(train.images[:, 24:].max()) == 0
    again = scikit_digits("train")
    assert (again.images == train.images).all() and (again.labels == train.labels).all()
    rows = {image.numpy().tobytes() for image in train.images}
    assert len(rows) == 1500 and not any(image.numpy().tobytes() in rows for image in test.images)


def test_labelled_images_check_their_types() -> None:
    images, labels = torch.zeros(2, 28, 28, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64)
    assert LabelledImages(images, labels, "x").name == "x"
    for wrong in ((images.float(), labels), (images, labels.int()), (images[:0], labels[:0]), (images, labels - 1)):
        with pytest.raises(DataError, match=r"^x: "):
            LabelledImages(*wrong, "x")


@pytest.fixture
def real_data(tiny: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The genuine MNIST of SACCADE_DATA: skip if the variable is unset, fail if it is set and wrong."""
    if not GENUINE[0]:
        pytest.skip("SACCADE_DATA is not set")
    monkeypatch.setenv("SACCADE_DATA", GENUINE[0])
    monkeypatch.setattr(mnist, "SHA256", GENUINE[1])


GENUINE = (os.environ.get("SACCADE_DATA", ""), mnist.SHA256)


@pytest.mark.usefixtures("real_data")
def test_genuine_mnist() -> None:
    train, test = load_mnist("train"), load_mnist("test")
    assert train.images.shape == (60000, 28, 28) and test.images.shape == (10000, 28, 28)
    assert train.labels.bincount().tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert test.labels.bincount().tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert train.images.sum().item() / train.images.numel() == pytest.approx(33.3184, abs=1e-4)
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9] and test.labels[:3].tolist() == [7, 2, 1]
