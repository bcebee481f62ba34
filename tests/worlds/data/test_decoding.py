from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

from saccade.worlds.data.decoding import opened, turned


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA"])
def test_a_tiff_is_turned_as_a_png_is(tmp_path: Path, mode: str, compression: str, orientation: int) -> None:
    """Pillow 13.0 scrambles a TIFF that is not compressed and lies on its side, if it is opened by its path."""
    rng = np.random.default_rng(0)
    stored = Image.fromarray(rng.integers(0, 256, (12, 7, 3), np.uint8)).convert(mode)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stored.save(tmp_path / "a.tif", exif=exif, compression=compression)
    stored.save(tmp_path / "a.png", exif=exif)
    with opened(tmp_path / "a.tif") as tif, opened(tmp_path / "a.png") as png:
        found = np.asarray(turned(tif).convert("RGBA"))
        assert np.array_equal(found, np.asarray(turned(png).convert("RGBA")))
    assert found.shape[:2] == ((7, 12) if orientation > 4 else (12, 7))
    stored.getexif()[ExifTags.Base.Orientation] = orientation
    assert np.array_equal(found, np.asarray(ImageOps.exif_transpose(stored).convert("RGBA")))
