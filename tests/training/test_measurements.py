from __future__ import annotations

import json
from pathlib import Path

import pytest

from saccade.recipes.grlf.settings import GrlfSettings
from saccade.runs import RunDirectory
from saccade.training.measurements import reached
from saccade.training.settings import to_plain


@pytest.mark.parametrize(
    ("least", "after", "found"),
    [(18.0, 0, (600, 5.0)), (-21.0, 0, (240, 2.0)), (-21.0, 240, (600, 5.0)), (20.0, 0, None), (1.0, 600, (720, 6.0))],
)
def test_when_a_metric_was_reached(tmp_path: Path, least: float, after: float, found: tuple[int, float] | None) -> None:
    RunDirectory.create(tmp_path, "grlf", to_plain(GrlfSettings()), 0, command="test", data=None, threads=1)
    rows: list[dict[str, float]] = [
        {"seen": 240, "return": -3.0},
        {"seen": 360},
        {"seen": 600, "return": 18.5},
        {"seen": 720, "return": 12.0},
    ]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps({**row, "seen_per_second": 2.0}) + "\n" for row in rows))
    assert reached(RunDirectory.open(tmp_path), "return", least, after) == found
