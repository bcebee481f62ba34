from __future__ import annotations

import json
from pathlib import Path

import pytest

from saccade.recipes.cutout.measurements import minutes_to
from saccade.recipes.cutout.settings import CutOutSettings
from saccade.runs import RunDirectory
from saccade.training.settings import to_plain


def run(folder: Path, forecast: int, rows: list[tuple[int, float]]) -> RunDirectory:
    settings = to_plain(CutOutSettings(forecast=forecast, seen=300))
    RunDirectory.create(folder, "cutout", settings, 0, command="test", data=None, threads=1)
    text = "".join(
        json.dumps({"seen": seen, "validation_iou": iou, "seen_per_second": 2.0}) + "\n" for seen, iou in rows
    )
    (folder / "metrics.jsonl").write_text(text)
    return RunDirectory.open(folder)


@pytest.mark.parametrize(
    ("forecast", "rows", "minutes"),
    [
        (40, [(120, 0.95), (240, 0.6), (360, 0.91), (420, 0.92)], 3.0),  # its forecasts' own masks do not count
        (0, [(120, 0.95), (240, 0.6)], 1.0),
        (40, [(120, 0.95), (240, 0.6)], None),
    ],
)
def test_minutes_until_the_scribbler_was_so_good(
    tmp_path: Path, forecast: int, rows: list[tuple[int, float]], minutes: float | None
) -> None:
    assert minutes_to(run(tmp_path / "run", forecast, rows), 0.9) == minutes
