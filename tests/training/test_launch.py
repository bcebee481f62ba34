import multiprocessing
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from saccade.recipes.grlf.wiring import GrlfSettings
from saccade.runs import RunDirectory, RunError
from saccade.training import launch
from saccade.training.launch import Report, computing_as, finish, finish_all
from saccade.training.settings import to_plain

Tiny = Callable[..., GrlfSettings]


@pytest.fixture
def create(tmp_path: Path, tiny_mnist: Path, tiny: Tiny) -> Callable[..., Path]:
    def make(seed: int, recipe: str = "grlf", threads: int = 1) -> Path:
        folder = tmp_path / f"seed-{seed}"
        settings = to_plain(tiny(images=32))
        RunDirectory.create(folder, recipe, settings, seed, command="test", data=str(tiny_mnist), threads=threads)
        return folder

    return make


def test_a_run_is_finished_once(create: Callable[..., Path]) -> None:
    folder, seen = create(0), list[Report]()
    result = finish(folder, seen.append)
    assert [(report.measuring, report.ended) for report in seen] == [(False, False)] * 2 + [
        (True, False),
        (False, True),
    ]
    assert all(report.folder == folder for report in seen)
    assert finish(folder, seen.append) == RunDirectory.open(folder).result and len(seen) == 4
    assert result["test"]["images"] == 24 and result["data"] == "mnist test"


def test_threads_are_those_of_the_run_for_as_long_as_it_runs(create: Callable[..., Path]) -> None:
    before = torch.get_num_threads()
    run = RunDirectory.open(create(0, threads=before + 1))
    with pytest.raises(KeyError), computing_as(run):
        assert torch.get_num_threads() == before + 1
        raise KeyError
    assert torch.get_num_threads() == before


def test_seeds_side_by_side_and_one_that_fails(create: Callable[..., Path], tmp_path: Path) -> None:
    folders, seen = [create(0), create(1, recipe="gone"), create(2)], list[Report]()
    with pytest.raises(RunError, match=rf"seed-1: there is no recipe 'gone'.*; go on with `saccade resume {tmp_path}`"):
        finish_all(folders, 2, seen.append)
    assert [RunDirectory.open(folder).result is not None for folder in folders] == [True, False, True]
    assert {report.folder.name for report in seen if report.ended} == {"seed-0", "seed-2"}
    told = [place for place, report in enumerate(seen) if report.notice]
    assert len(told) == 1 and "(the others go on)" in (seen[told[0]].notice or "") and not seen[-1].notice
    alone = create(3)
    settings = alone / "settings.json"
    settings.write_text(settings.read_text().replace('"seed": 3', '"seed": 2'))
    result = finish(alone, seen.append)
    assert result["test"] == (RunDirectory.open(folders[2]).result or {})["test"]  # the same in another process


def test_a_run_whose_process_is_killed_is_told(create: Callable[..., Path]) -> None:
    folders, seen = [create(0), create(1)], list[Report]()

    def kill(report: Report) -> None:
        seen.append(report)
        if report.folder == folders[0] and report.progress is not None:
            for process in multiprocessing.active_children():
                process.kill()

    with pytest.raises(RunError, match=r"seed-[01]: its process was ended from outside \(exit code -9\)"):
        finish_all(folders, 2, kill)
    assert "from outside" in next(report.notice for report in seen if report.notice)


@pytest.mark.parametrize("workers", [0, -1])
def test_without_workers(create: Callable[..., Path], workers: int) -> None:
    with pytest.raises(ValueError, match=f"workers is {workers}: it must be 1 or more"):
        finish_all([create(0), create(1)], workers, lambda _: None)


class FakeQueue(SimpleQueue[Any]):
    def cancel_join_thread(self) -> None:
        pass


def test_a_run_does_not_outlive_who_started_it(create: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, queue = create(0), FakeQueue()
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: SimpleNamespace(is_alive=lambda: False))
    with pytest.raises(SystemExit):
        launch._work(folder, queue)  # type: ignore[arg-type]
    assert queue.empty() and RunDirectory.open(folder).result is None


def test_what_goes_wrong_is_told(create: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise MemoryError

    queue = FakeQueue()
    monkeypatch.setattr(launch, "finish", fails)
    launch._work(create(0), queue)  # type: ignore[arg-type]
    assert queue.get().failure == "MemoryError"
