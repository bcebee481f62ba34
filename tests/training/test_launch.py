import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from saccade.runs import RunDirectory, RunError
from saccade.training import launch
from saccade.training.launch import RunEvent, computing_as, finish, finish_all
from saccade.training.settings import to_plain

from ..small_runs import Tiny


@pytest.fixture
def create(tmp_path: Path, tiny_mnist: Path, tiny: Tiny) -> Callable[..., Path]:
    def make(seed: int, recipe: str = "grlf", threads: int = 1, seen: int = 32) -> Path:
        folder = tmp_path / f"seed-{seed}"
        settings = to_plain(tiny(seen=seen))
        RunDirectory.create(folder, recipe, settings, seed, command="test", data=str(tiny_mnist), threads=threads)
        return folder

    return make


def test_a_run_is_finished_once(create: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "_READABLE", 1000.0)  # seconds: of the shares of the test the first alone
    folder, events = create(0), list[RunEvent]()
    result = finish(folder, events.append)
    assert [(event.measured, event.ended) for event in events] == [(None, False)] * 2 + [
        (0.0, False),
        (None, True),
    ]
    assert all(event.folder == folder for event in events)
    assert finish(folder, events.append) == RunDirectory.open(folder).result and len(events) == 4
    assert result["test"]["images"] == 24 and result["data"] == "mnist test"


def test_threads_are_those_of_the_run_for_as_long_as_it_runs(create: Callable[..., Path]) -> None:
    before = torch.get_num_threads()
    run = RunDirectory.open(create(0, threads=before + 1))
    with pytest.raises(KeyError), computing_as(run):
        assert torch.get_num_threads() == before + 1
        raise KeyError
    assert torch.get_num_threads() == before


def test_a_seed_that_fails_does_not_stop_the_others(create: Callable[..., Path], tmp_path: Path) -> None:
    folders, events = [create(1, recipe="gone"), create(0)], list[RunEvent]()
    with pytest.raises(RunError, match=rf"seed-1: there is no recipe 'gone'.*; go on with `saccade resume {tmp_path}`"):
        finish_all(folders, 1, events.append)
    assert [RunDirectory.open(folder).result is not None for folder in folders] == [False, True]
    assert {event.folder.name for event in events if event.ended} == {"seed-0"}
    notices = [event.notice for event in events if event.notice]
    assert len(notices) == 1 and "(the others go on)" in notices[0] and not events[-1].notice
    alone = create(2)
    settings = alone / "settings.json"
    settings.write_text(settings.read_text().replace('"seed": 2', '"seed": 0'))
    result = finish(alone, events.append)
    assert result["test"] == (RunDirectory.open(folders[1]).result or {})["test"]  # the same in another process


def test_a_run_whose_process_is_killed_is_named(create: Callable[..., Path]) -> None:
    folders = [create(seed, seen=40_000) for seed in (0, 1)]  # the first message is that of 400 images
    events = list[RunEvent]()

    def kill(event: RunEvent) -> None:
        events.append(event)
        if event.folder == folders[0] and event.progress is not None:
            for process in multiprocessing.active_children():
                process.kill()

    with pytest.raises(RunError, match=r"seed-[01]: its process was ended from outside \(exit code -9\)"):
        finish_all(folders, 2, kill)
    assert "from outside" in next(event.notice for event in events if event.notice)


def test_runs_end_with_who_watches_them_and_may_have_processes_of_their_own(create: Callable[..., Path]) -> None:
    processes = list[BaseProcess]()

    def stop(event: RunEvent) -> None:
        processes[:] = multiprocessing.active_children()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finish_all([create(seed, seen=40_000) for seed in (0, 1)], 2, stop)
    assert len(processes) == 2 and not any(process.daemon for process in processes)
    for process in processes:
        process.join(10)
        assert process.exitcode == -signal.SIGTERM


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


def test_a_failure_is_passed_on(create: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise MemoryError

    queue = FakeQueue()
    monkeypatch.setattr(launch, "finish", fails)
    launch._work(create(0), queue)  # type: ignore[arg-type]
    assert queue.get().failure == "MemoryError"
