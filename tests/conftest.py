"""Small images for everyone, and one thread: the tests share the machine."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from xdist.scheduler import LoadScopeScheduling

from saccade.worlds import LabelledImages, scikit_digits

torch.set_num_threads(1)

# Tests whose names or folders say so compile CutOut's kernels, which takes most of a minute on a new machine.
_COMPILING = re.compile(
    "cutout|faces|geodesic|segmenter|scribbl|cli/test_pictures|without_the_extra|the_tool_for_people"
)


class _Scheduler(LoadScopeScheduling):
    """A worker of pytest-xdist gets whole files, for their fixtures, and one of them all that compiles the same kernels."""

    def _split_scope(self, nodeid: str) -> str:
        return "kernels" if _COMPILING.search(nodeid) else nodeid.split("::")[0]


# By this hook and not by marks, as with pytest 9.2 pytest-xdist 3.8 does not see groups.
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    config.option.loadscopereorder = False
    return _Scheduler(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: what is compiled."""
    items.sort(key=lambda item: _COMPILING.search(item.nodeid) is None)


@pytest.fixture(autouse=True, scope="session")
def _no_fsync() -> Iterator[None]:
    """No test cuts the power: waiting for the disk is left out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


def _write_idx(path: Path, values: Tensor) -> None:
    header = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    path.write_bytes(header + values.to(torch.uint8).numpy().tobytes())


def _some(data: LabelledImages, n: int) -> LabelledImages:
    return LabelledImages(data.images[:n], data.labels[:n], data.name)


@pytest.fixture(scope="session")
def digits() -> LabelledImages:
    """60 real digits, 28×28."""
    return _some(scikit_digits("train"), 60)


@pytest.fixture(scope="session")
def tiny_mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with `mnist/`: 132 images to learn from (121 and 11 for validation), 24 to test with."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "mnist").mkdir()
    for split, stem, n in (("train", "train", 132), ("test", "t10k", 24)):
        data = _some(scikit_digits("train" if split == "train" else "test"), n)
        _write_idx(folder / "mnist" / f"{stem}-images-idx3-ubyte", data.images)
        _write_idx(folder / "mnist" / f"{stem}-labels-idx1-ubyte", data.labels)
    return folder


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    """The folder with the real MNIST in `mnist/`. Where SACCADE_DATA is set it must be right."""
    given = os.environ.get("SACCADE_DATA")
    if not given:
        pytest.skip("SACCADE_DATA is not set: it names the folder that holds mnist/")
    return Path(given)
