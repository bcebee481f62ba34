"""The MNIST digits (Yann LeCun, Corinna Cortes, Christopher J. C. Burges; CC BY-SA 3.0): 60 000 to learn
from and 10 000 to test with; and the small digits of scikit-learn for a demonstration without a network.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Literal

import torch
from torch.nn.functional import interpolate, pad

from .files import DataError, Unreachable, cache_folder, is_file, sha256_of
from .idx import read_idx
from .labelled import LabelledImages

Split = Literal["train", "test"]

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
)
SHA256 = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
FILES: dict[Split, tuple[str, str]] = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
REPLACE = (
    "put a whole copy in its place, or do without that path: `saccade data get mnist` fetches the digits into the cache"
)
FORCE = "run `saccade data get mnist --force`"
NOTICE = (
    "MNIST is not on this machine and could not be downloaded, so these are the 1 797 smaller digits of scikit-learn: "
    "run `saccade data get mnist` when there is a network."
)


def load_mnist(split: Split, path: Path | str | None = None, download: bool = True) -> LabelledImages:
    """The MNIST digits: 60 000 to learn from (`"train"`) or 10 000 to test with (`"test"`).

    They are looked for in `path` or its sub-folder `mnist/` if a path is given; else in
    `$SACCADE_DATA/mnist` if that variable is set; else in the user's cache, where they are
    downloaded if need be. Files ending in `.gz` must have the known checksums; unpacked ones are
    taken too, and checked for shape, number and labels only.

    Raises:
        Unreachable: the digits are nowhere, and cannot or (`download=False`) may not be downloaded.
        DataError: `path` or SACCADE_DATA does not hold the files, or a file is damaged.
        ValueError: another split than these two.
    """
    if split not in FILES:
        raise ValueError(f"split is {split!r}: make it 'train' or 'test'")
    given = os.environ.get("SACCADE_DATA", "")
    if path is not None:
        folder = Path(path).expanduser()
        files = _files([folder, folder / "mnist"], split, "put the four files of MNIST there, or give no path")
        return _read(files, split, REPLACE)
    if given:
        folder = Path(given).expanduser() / "mnist"
        fix = f"put the four files of MNIST there, or unset SACCADE_DATA (now {given!r})"
        return _read(_files([folder], split, fix), split, REPLACE)
    return _read(_cached(split, download), split, FORCE)


def load_or_fallback(split: Split, path: Path | str | None = None) -> tuple[LabelledImages, str | None]:
    """The MNIST digits and `None`; or, only if they are `Unreachable`, `scikit_digits` and a sentence to show.

    Raises:
        DataError, ValueError: as `load_mnist`, without `Unreachable`.
    """
    try:
        return load_mnist(split, path), None
    except Unreachable:
        return scikit_digits(split), NOTICE


def fetch_mnist(force: bool = False) -> Path:
    """Download the four files into the user's cache, those it has only under `force`; return the folder.

    Raises:
        Unreachable: no mirror delivers a file. Files of the cache stay as they were.
        DataError: a file of the cache is damaged (without `force`), or the cache cannot be written.
    """
    from . import download  # rich and urllib load longer than all else that a first use of ours needs

    folder = cache_folder("mnist")
    for name, sha256 in SHA256.items():
        if not force and is_file(folder / name):
            _verify(folder / name, FORCE)
            continue
        try:
            download.download([mirror + name for mirror in MIRRORS], folder / name, sha256, name)
        except Unreachable as error:
            others = ", ".join(other for other in SHA256 if other != name)
            fix = f"likewise {others}; or set SACCADE_DATA to a folder whose sub-folder mnist/ holds all four"
            raise Unreachable(f"{error}, {fix}") from error
    return folder


def scikit_digits(split: Split) -> LabelledImages:
    """The 1 797 digits of scikit-learn, 8×8 enlarged to 20×20 within 28×28: 1 500 to learn from, 297 to test with.

    Always the same division, by a seeded shuffle. They are the test portion of "Optical Recognition of
    Handwritten Digits" (Alpaydin, Kaynak; UCI repository, CC BY 4.0), part of scikit-learn.

    Raises:
        ValueError: another split than `"train"` and `"test"`.
    """
    from sklearn.datasets import load_digits  # slow to import

    if split not in FILES:
        raise ValueError(f"split is {split!r}: make it 'train' or 'test'")
    digits = load_digits()
    order = torch.randperm(len(digits.target), generator=torch.Generator().manual_seed(0))
    mine = order[:1500] if split == "train" else order[1500:]
    small = torch.as_tensor(digits.images, dtype=torch.float32)[mine] * (255 / 16)
    large = interpolate(small[:, None], size=(20, 20), mode="bilinear", align_corners=False)[:, 0]
    images = pad(large.round().to(torch.uint8), (4, 4, 4, 4))
    labels = torch.as_tensor(digits.target, dtype=torch.int64)[mine]
    return LabelledImages(images, labels, f"scikit-learn digits {split}")


def _files(folders: list[Path], split: Split, fix: str) -> tuple[Path, Path]:
    """The images' file and the labels', from the first folder that has either."""
    stems = FILES[split]
    folder = next((place for place in folders if any(_variant(place, stem) for stem in stems)), folders[0])
    images, labels = (_variant(folder, stem) for stem in stems)
    if images is None or labels is None:
        missing = stems[0] if images is None else stems[1]
        sub = "" if len(folders) == 1 or folder != folders[0] else " (nor in its sub-folder mnist/)"
        raise DataError(f"{missing}, .gz or unpacked, is not in {folder}{sub}: {fix}")
    return images, labels


def _cached(split: Split, download: bool) -> tuple[Path, Path]:
    folder = cache_folder("mnist")
    if all(_variant(folder, stem) for stem in FILES[split]):
        return _files([folder], split, FORCE)
    if not download:
        raise Unreachable(f"MNIST is not in {folder}: fetch it with `saccade data get mnist`, or set SACCADE_DATA")
    return _files([fetch_mnist()], split, FORCE)


def _variant(folder: Path, stem: str) -> Path | None:
    return next((folder / name for name in (f"{stem}.gz", stem) if is_file(folder / name)), None)


def _read(files: tuple[Path, Path], split: Split, fix: str) -> LabelledImages:
    for file in files:
        if file.suffix == ".gz":
            _verify(file, fix)
    try:
        images, labels = (torch.from_numpy(read_idx(file)) for file in files)
        data = LabelledImages(images, labels.long(), f"{files[0]} with {files[1].name}")
        if data.size != (28, 28):
            shape = tuple(images.shape)
            raise DataError(f"{data.name}: images are uint8 of shape {shape}, not uint8 of shape (N, 28, 28)")
    except DataError as error:
        raise DataError(f"{error} ({fix})") from error
    return replace(data, name=f"mnist {split}")


def _verify(path: Path, fix: str) -> None:
    if (found := sha256_of(path)) != SHA256[path.name]:
        raise DataError(f"{path} has SHA-256 {found} instead of {SHA256[path.name]}: {fix}")
