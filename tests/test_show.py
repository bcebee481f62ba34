"""What the terminal shows of runs."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from saccade import show
from saccade.runs import RunDirectory
from saccade.show import ProgressBars, print_results
from saccade.training.launch import RunEvent, measuring
from saccade.training.task import Share


def console(width: int = 160) -> Console:
    return Console(file=io.StringIO(), width=width, markup=False, highlight=False)


def written(to: Console) -> str:
    assert isinstance(to.file, io.StringIO)
    return to.file.getvalue()


def runs_of(folder: Path, recipe: str, name: str, values: tuple[float, ...]) -> None:
    """Ended runs with these test values."""
    for seed, value in enumerate(values):
        run = RunDirectory.create(folder / f"seed-{seed}", recipe, {}, seed, command="", data=None, threads=1)
        test = {name: value, "lowest": value - 0.5, "images": 10_000}
        run.write_result({"test": test, "seen": 100, "seconds": 2.0, "data": "set"})


def test_the_interval_stands_under_its_own_column(tmp_path: Path) -> None:
    runs_of(tmp_path, "grlf", "accuracy", (0.8, 0.82, 0.81))
    print_results(to := console(), tmp_path)
    lines = [line for line in written(to).splitlines() if "│" in line or "┃" in line]
    cells = [[cell.strip() for cell in line.replace("┃", "│").split("│")[1:-1]] for line in lines]
    accuracy = cells[0].index("accuracy")
    found = {row[0]: row[accuracy] for row in cells}
    # t = 4.303 times the root of 0.01² / 3 + 0.81 * 0.19 / 10000
    assert found["mean"] == "81.00%" and found["95% interval"] == "[78.00%, 84.00%]"
    assert all(cell == "" for place, cell in enumerate(cells[-1]) if place not in (0, accuracy))


def test_returns_that_are_fractions_have_three_digits(tmp_path: Path) -> None:
    runs_of(tmp_path, "dqn", "return", (0.874, 0.919))
    print_results(to := console(), tmp_path)
    text = written(to)
    assert "0.874" in text and "0.919" in text and "0.897" in text and "0.374" in text  # the lowest, too


def test_a_test_that_takes_long_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(show.time, "monotonic", lambda: now[0])
    bars = ProgressBars(to := console())
    for seconds, share in ((0, 0.0), (2, 0.1), (6, 0.25), (8, 0.3), (20, 0.8)):
        now[0] = 100.0 + seconds
        bars.show(RunEvent(Path("runs/seed-0"), measured=share))
    lines = [line.split("set")[1].strip() for line in written(to).splitlines()]
    assert lines == ["0%", "25%  18 s left", "80%  5 s left"]


def test_shares_add_up_and_are_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    shares, events = list[float](), list[RunEvent]()
    share = Share(shares.append, 4)
    for amount in (1, 1, 0, 2, 1):
        share.add(amount)
    assert shares == [0.25, 0.5, 0.5, 1.0, 1.0]
    now = [0.0]
    monkeypatch.setattr("saccade.training.launch.time.monotonic", lambda: now[0])
    tell = measuring(Path("run"), events.append)
    for second in (0.1, 0.4, 0.6, 0.7, 1.2):
        now[0] = second
        tell(second / 2)
    assert [event.measured for event in events] == [0.0, 0.3, 0.6]
