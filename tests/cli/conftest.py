"""A finished run, to look at or to spoil."""

import shutil
from pathlib import Path

import pytest

from saccade.cli import main

from .refusals import TINY


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, tiny_mnist: Path) -> Path:
    """A folder with the finished run of one seed."""
    out = tmp_path_factory.mktemp("trained") / "runs"
    main(["train", "grlf", *TINY, "--out", str(out), "--data", str(tiny_mnist), "--no-report"])
    return out


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(trained, tmp_path / "runs")) / "seed-0"
