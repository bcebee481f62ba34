"""The picture for a README."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from saccade.recipes.active_vision.report.picture import write_picture
from saccade.runs import RunError

from .conftest import MakeRun


def test_the_picture_is_written(make_run: MakeRun, tmp_path: Path) -> None:
    path = write_picture(make_run(fixations=2), tmp_path / "picture.png")
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.width == 1600
        assert 400 < image.height < 700


def test_a_run_without_looks_has_no_picture(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(ended=False)
    with pytest.raises(RunError, match="needs a run that has ended"):
        write_picture(run, tmp_path / "picture.png")
    (run.folder / "looks.safetensors").write_bytes(b"x" * 100)
    with pytest.raises(RunError, match="is damaged"):
        write_picture(run, tmp_path / "picture.png")
    assert not (tmp_path / "picture.png").exists()
