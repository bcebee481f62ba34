"""The picture for a README."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
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


@pytest.mark.parametrize("classes", [("cats", "dogs"), ("a long name", "another long name")])
def test_no_text_lies_on_another_nor_on_a_picture(
    classes: Sequence[str], make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: figures.append(figure))
    write_picture(make_run(classes=classes, fixations=2), tmp_path / "picture.png")
    eyes, strips = figures[0].axes[:4:2], figures[0].axes[1:4:2]  # of two pictures
    parts = [*(eye._left_title for eye in eyes), *(text for strip in strips for text in strip.texts), *eyes]
    boxes = np.array([part.get_window_extent().extents for part in parts])
    apart = (boxes[:, None, :2] >= boxes[:, 2:]) | (boxes[:, None, 2:] <= boxes[:, :2])
    assert len(boxes) >= 10 and (apart.any(2) | np.eye(len(boxes), dtype=bool)).all()


def test_a_run_without_looks_has_no_picture(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(ended=False)
    with pytest.raises(RunError, match="needs a run that has ended"):
        write_picture(run, tmp_path / "picture.png")
    (run.folder / "looks.safetensors").write_bytes(b"x" * 100)
    with pytest.raises(RunError, match="is damaged"):
        write_picture(run, tmp_path / "picture.png")
    assert not (tmp_path / "picture.png").exists()
