"""Training on environments of other people: how many copies of them there are, in which processes, and what is kept of how they are made."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

import saccade
from saccade.agents.q_settings import QSettings
from saccade.runs import RunDirectory
from saccade.worlds import DataError
from tests import odd_games
from tests.odd_games import MODULE

from ...small_runs import Stop, assert_same, silent, stop_at
from .catch_runs import again, begin, small

sys.path.append(str(Path(__file__).parents[3]))  # other processes import the games by their names
VALIDATED = 8  # episodes of a validation
pytestmark = pytest.mark.usefixtures("few_validations")
SHORT: dict[str, Any] = {
    "steps": 64, "games": 2, "buffer": 100, "learning_starts": 40, "every": 8, "epsilon_steps": 20, "test_episodes": 10,
    "learner": {"batch": 4, "target_every": 10},
}  # fmt: skip


class Log:
    """What copies of `Counted` have noted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = [line.split() for line in path.read_text().splitlines()]

    def processes(self, what: str) -> list[int]:
        """In which process each was made or closed."""
        return [int(process) for word, process in self.lines if word == what]

    @property
    def peak(self) -> int:
        """Most that were open at once."""
        open_, most = 0, 0
        for word, _ in self.lines:
            open_ += 1 if word == "made" else -1
            most = max(most, open_)
        return most


def counted(folder: Path, **options: Any) -> Log:
    """Train on an environment that counts its copies."""
    log = folder / "log"
    arguments = {"log": str(log), **options.pop("arguments", {})}
    try:
        saccade.train("dqn", env=f"{MODULE}:Counted-v0", env_args=arguments, out=folder / "run", **{**SHORT, **options})
    except KeyboardInterrupt:
        assert "breaks_after" in arguments
    return Log(log)


def test_copies_are_few_and_closed(tmp_path: Path) -> None:
    """Before: 111 made with 16 games, 62 open at once, 32 never closed."""
    log = counted(tmp_path)
    made, closed = log.processes("made"), log.processes("closed")
    # Two checks of two, one to wire, the games, those that are validated and tested on, and one that is filmed.
    assert len(made) == len(closed) == 2 * 2 + 1 + 2 + VALIDATED + 1
    assert log.peak == 2 + VALIDATED + 1 and set(made) == {os.getpid()}


def test_copies_are_closed_when_training_is_stopped(tmp_path: Path) -> None:
    log = counted(tmp_path, arguments={"breaks_after": 20})
    assert len(log.processes("made")) == len(log.processes("closed")) >= 6
    assert RunDirectory.open(tmp_path / "run" / "seed-0").result is None


def test_a_process_of_its_own_for_each_copy(tmp_path: Path) -> None:
    log = counted(tmp_path, processes=2, test_episodes=3)
    made = log.processes("made")
    assert sorted(made) == sorted(log.processes("closed")) and os.getpid() not in made
    assert len(made) == len(set(made)) == 2 * 1 + 1 + 2 + 2 + 1 and log.peak == 5


def test_where_the_copies_are_and_a_break_change_no_number(tmp_path: Path) -> None:
    """A library with one emulator in a process, stopped and resumed, comes out as the same game in one process."""
    options: dict[str, Any] = {"games": 2, "learner": QSettings(batch=4)}
    begin(tmp_path / "here", small(**options)).train(silent)
    settings = small(env=f"{MODULE}:OnePerProcess-v0", processes=2, **options)
    broken = begin(tmp_path / "there", settings)
    with pytest.raises(Stop):
        broken.train(stop_at(0.6))
    broken.close()
    resumed = again(broken.run, settings)
    assert resumed.restore() is None and resumed.seen > 100
    resumed.train(silent)
    resumed.close()
    assert_same(tmp_path / "there", tmp_path / "here")


def test_a_library_with_one_emulator_a_process_says_so_before_the_run_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(odd_games, "made_in", [])
    with pytest.raises(DataError, match="can be made once in a process, and not once more"):
        saccade.train("dqn", env=f"{MODULE}:OnePerProcess-v0", out=tmp_path / "run", **SHORT)
    assert not (tmp_path / "run").exists()
