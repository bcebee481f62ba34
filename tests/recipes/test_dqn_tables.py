from __future__ import annotations

import json
from pathlib import Path

import pytest

from saccade.recipes.dqn_settings import DQNSettings
from saccade.recipes.dqn_tables import to
from saccade.recipes.settings import to_plain
from saccade.runs import RunDirectory


@pytest.mark.parametrize(("goal", "found"), [(18.0, (600, 5.0)), (-21.0, (240, 2.0)), (20.0, None)])
def test_how_long_it_took_to_a_goal(tmp_path: Path, goal: float, found: tuple[int, float] | None) -> None:
    RunDirectory.create(tmp_path, "dqn-pong", to_plain(DQNSettings("pong")), 0, command="test", data=None, threads=1)
    rows = [{"seen": 240, "validation_return": -3.0}, {"seen": 360}, {"seen": 600, "validation_return": 18.5}]
    rows += [{"seen": 720, "validation_return": 12.0}]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps({**row, "seen_per_second": 2.0}) + "\n" for row in rows))
    assert to(RunDirectory.open(tmp_path), goal) == found
