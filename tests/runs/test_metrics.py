import errno
import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from saccade.runs import MetricsLog, RunError, read_metrics
from saccade.runs.metrics import FILE


def write(folder: Path, steps: list[int], since: int = 0, loss: float = 1.0) -> None:
    with MetricsLog(folder, since) as log:
        for step in steps:
            log.write(step, {"loss": loss, "reward": step / 10})


def steps(folder: Path) -> list[float]:
    return [row["seen"] for row in read_metrics(folder)]


def test_rows(tmp_path: Path) -> None:
    write(tmp_path, [10, 20])
    assert read_metrics(tmp_path) == [
        {"seen": 10, "loss": 1.0, "reward": 1.0},
        {"seen": 20, "loss": 1.0, "reward": 2.0},
    ]
    assert read_metrics(tmp_path / "elsewhere") == []


def test_a_row_is_on_the_disk_at_once(tmp_path: Path) -> None:
    with MetricsLog(tmp_path) as log:
        log.write(5, {"loss": 0.5})
        assert steps(tmp_path) == [5]


def test_what_is_not_finite_is_null(tmp_path: Path) -> None:
    with MetricsLog(tmp_path) as log:
        log.write(1, {"nan": math.nan, "infinite": -math.inf, "number": 2.0})
    assert json.loads((tmp_path / FILE).read_text()) == {"seen": 1, "nan": None, "infinite": None, "number": 2.0}


@pytest.mark.parametrize("last", ['{"seen": 30, "lo', '{"seen": 3', "\0\0\0\0", '"seen"', "3", '{"loss": 1}', "\xff"])
def test_a_last_line_cut_short(tmp_path: Path, last: str) -> None:
    write(tmp_path, [10, 20])
    with (tmp_path / FILE).open("a", encoding="latin-1") as file:
        file.write(last)
    assert steps(tmp_path) == [10, 20]
    write(tmp_path, [30], since=20)
    assert steps(tmp_path) == [10, 20, 30]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('{"seen": null}', "line 2: seen is None, it must be a finite number"),
        ('{"seen": [1]}', "line 2: seen is .1., it must be a finite number"),
        ('{"seen": 1e400}', "line 2: seen is inf"),
        ('{"seen": 1' + "0" * 400 + "}", r"line 2: seen is 1(0{79})…, it must be"),
        ('{"seen": 20, "loss": "x"}', "line 2: loss is 'x', it must be a finite number: correct the line or take it away"),
        ('{"seen": 20, "loss": NaN}', "line 2: loss is nan"),
    ],
)  # fmt: skip
def test_what_is_no_number(tmp_path: Path, row: str, message: str) -> None:
    write(tmp_path, [10])
    with (tmp_path / FILE).open("a", encoding="utf-8") as file:
        file.write(f'{row}\n{{"seen": 30}}\n')
    whole = (tmp_path / FILE).read_text()
    with pytest.raises(RunError, match=rf"metrics\.jsonl, {message}"):
        MetricsLog(tmp_path, since=40)
    assert (tmp_path / FILE).read_text() == whole


def test_rows_after_the_checkpoint_are_written_again(tmp_path: Path) -> None:
    write(tmp_path, [10, 20, 30])
    write(tmp_path, [30, 40], since=20, loss=2.0)
    assert steps(tmp_path) == [10, 20, 30, 40]
    assert [row["loss"] for row in read_metrics(tmp_path)] == [1, 1, 2, 2]
    write(tmp_path, [10], since=0)
    assert steps(tmp_path) == [10]


def board(folder: Path) -> dict[str, list[tuple[int, float]]]:
    events: Any = EventAccumulator(str(folder / "tensorboard")).Reload()
    return {tag: [(each.step, each.value) for each in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def test_tensorboard_reads_the_same(tmp_path: Path) -> None:
    write(tmp_path, [10, 20, 30])
    assert board(tmp_path)["loss"] == [(10, 1), (20, 1), (30, 1)]
    write(tmp_path, [30, 40], since=20, loss=2.0)
    found = board(tmp_path)
    assert found["loss"] == [(10, 1), (20, 1), (30, 2), (40, 2)]
    assert found["reward"] == [(10, 1), (20, 2), (30, 3), (40, 4)]
    write(tmp_path, [10], since=0, loss=3.0)  # cut off before its first checkpoint
    assert board(tmp_path)["loss"] == [(10, 3)]


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with MetricsLog(tmp_path) as log:
        log.write(10, {"loss": 1.0})
        monkeypatch.setattr("saccade.runs.event_file.EventFile.write", full)
        with pytest.raises(RunError, match=r"cannot write .*metrics\.jsonl: .*No space left.*make room and resume"):
            log.write(20, {"loss": 1.0})
    monkeypatch.setattr("saccade.runs.event_file.EventFile.__init__", full)
    with pytest.raises(RunError, match="make room"):
        MetricsLog(tmp_path)


def test_a_disk_that_is_full_in_fact(small_disk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = MetricsLog(small_disk)
    with pytest.raises(RunError, match="No space left"), log:
        for step in range(1, 5000):
            log.write(step, {"loss": 0.1, "reward": 0.1})
    kept = steps(small_disk)
    assert kept == list(range(1, len(kept) + 1)) and len(kept) > 100
    with pytest.raises(RunError, match="no space left"):
        MetricsLog(small_disk, since=10_000)
    assert steps(small_disk) == kept
    assert "Traceback" not in capfd.readouterr().err
