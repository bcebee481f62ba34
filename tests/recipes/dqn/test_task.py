"""Whole runs of deep Q-learning: trained, stopped and resumed, measured."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from saccade import api
from saccade.agents.q_settings import Optimiser, QSettings
from saccade.agents.stored_transitions import Transitions
from saccade.recipes.dqn import task as dqn_task
from saccade.recipes.dqn.learning import DQNLearning
from saccade.recipes.dqn.settings import DQNSettings
from saccade.runs import RunDirectory, RunError
from saccade.training.callback import Row
from saccade.training.loop import Training
from saccade.watching import silent as unwatched
from saccade.worlds.games import game_spec

from ...small_runs import Stop, assert_same, rows, saved, silent, stop_at
from .catch_runs import again, begin, game_of, small

pytestmark = pytest.mark.usefixtures("few_validations")


@pytest.mark.parametrize(("steps", "times"), [(400, 1), (19_999, 1), (50_000, 5), (1_000_000, 20), (10_000_000, 20)])
def test_validations_are_at_most_twenty_and_not_too_near(
    monkeypatch: pytest.MonkeyPatch, steps: int, times: int
) -> None:
    monkeypatch.undo()
    assert DQNSettings("pong", steps=steps).validations.due(steps) == times
    assert DQNSettings("pong", steps=steps, validate_every=steps // 4).validations.due(steps) == 4


def copied(whole: Path, folder: Path, settings: DQNSettings | None = None) -> Training:
    """A copy of a run, as it comes from the disk."""
    shutil.copytree(whole, folder, dirs_exist_ok=True)
    training = again(RunDirectory.open(folder), settings or small())
    assert training.restore() is None
    return training


def test_a_run_to_its_end(whole_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = copied(whole_run, tmp_path)
    assert (tmp_path / "replay" / "frames.bin").exists()
    result = training.conclude()
    found = rows(tmp_path)
    first, *found = found
    assert first.keys() == {"seen", "validation_return"} and first["seen"] == 0  # the random policy
    assert (
        first["validation_return"] == training.task.at_first()["validation_return"] < 0
    )  # it catches one ball in seven
    assert found[-1]["seen"] == 240 and found[-1]["epsilon"] < found[0]["epsilon"] == 1
    assert sum("validation_return" in row for row in found) == 3
    assert -1 <= result["test"]["return"] <= 1 and len(result["test"]["returns"]) == 4 and result["test"]["length"] == 6
    assert [result[test]["epsilon"] for test in ("test", "test_nearly_greedy")] == [0.05, 0.01]
    assert json.loads(json.dumps(result)) == result and (tmp_path / "clip.mp4").stat().st_size > 1000
    assert not (tmp_path / "replay").exists()  # nothing is learned from it any more
    once_more = again(training.run, small())
    once_more.restore()
    shares, at_once = list[float](), 2
    monkeypatch.setattr(game_spec, "AT_ONCE", at_once)  # several turns: the numbers are the same
    assert once_more.measure(shares.append)["test"] == result["test"]  # measuring needs no replay buffer
    assert result["test"]["episodes"] > at_once and shares == sorted(shares) and shares[-1] == 1.0
    assert not (tmp_path / "replay").exists()


def test_the_random_policy_at_first_changes_nothing_in_training(
    whole_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dqn_task.DQNTask, "at_first", lambda _: {})
    without = begin(tmp_path / "without", small())
    without.train(silent)
    assert rows(without.run.folder) == rows(whole_run)[1:]
    one, other = saved(without.run.folder), saved(whole_run)
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_updates_are_as_many_as_the_paper_makes(whole_run: Path, tmp_path: Path) -> None:
    task = copied(whole_run, tmp_path).task
    assert isinstance(task, dqn_task.DQNTask)
    assert task.learning().learner.updates == (240 - 40) // 8


CHANGES: list[dict[str, Any]] = [
    {},  # compared with the run that other tests look at
    {"priority": 0.6, "duelling": True, "learner": QSettings(batch=4, n_step=3)},
    {"games": 3, "env": "CatchShort-v0", "learner": QSettings(batch=4, optimiser=Optimiser.RMSPROP)},
]


@pytest.mark.parametrize("changes", CHANGES)
def test_resumed_is_as_if_never_stopped(whole_run: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    settings, whole = small(**changes), tmp_path / "whole" if changes else whole_run
    if changes:
        begin(whole, settings).train(silent)
    broken = begin(tmp_path / "broken", settings)
    with pytest.raises(Stop):
        broken.train(stop_at(0.75))
    resumed = again(broken.run, settings)
    # what came after the checkpoint is in the replay buffer's files
    assert resumed.restore() is None and 120 < resumed.seen < 180
    resumed.train(silent)
    assert_same(tmp_path / "broken", whole)


DRIVER = """
import sys, time
sys.path.insert(0, sys.argv[2])
import torch
torch.set_num_threads(1)
from tests.recipes.dqn.catch_runs import shorten
import pytest
shorten(pytest.MonkeyPatch())
from saccade.training.launch import finish
from pathlib import Path

def watch(event):
    seen = event.progress.seen if event.progress else 0
    print(seen, flush=True)
    if seen >= 200:  # of 240: killed before its end, however slow the killer is
        time.sleep(600)

finish(Path(sys.argv[1]), watch)
"""


def test_killed_at_a_random_time_and_resumed(whole_run: Path, tmp_path: Path) -> None:
    settings = small()
    begin(tmp_path / "killed", settings)
    home = str(Path(__file__).parents[3])
    call = [sys.executable, "-c", DRIVER, str(tmp_path / "killed"), home]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 96:
                break
        time.sleep(float(torch.rand(())) * 0.1)
        process.kill()
    assert not (tmp_path / "killed" / "result.json").exists()
    resumed = again(RunDirectory.open(tmp_path / "killed"), settings)
    resumed.restore()
    assert resumed.seen >= 40
    resumed.train(silent)
    assert rows(tmp_path / "killed") == rows(whole_run)


def test_it_learns_to_catch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(dqn_task, "LOGS", 10)
    learner = QSettings(batch=64, target_every=10, learning_rate=1e-3, n_step=3)
    settings = small(
        env="CatchQuick-v0", steps=4000, games=16, buffer=None, learning_starts=None, every=32, epsilon_steps=None, test_episodes=40,
        learner=learner,
    )  # fmt: skip
    training = begin(tmp_path, settings)
    training.train(silent)
    # over 40 episodes a random policy has -0.72 ± 0.11; five seeds of this had 0.25 to 0.90
    assert training.measure()["test"]["return"] > 0.2


def test_learning_begins_with_the_mean_of_the_observations_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = small(games=2, learning_starts=20)
    learning = DQNLearning(settings, game_of(settings), 0, tmp_path, 0)
    network, target = learning.system.network, learning.learner.target.state_dict()
    learning.play(18, 0, 100)
    assert not network.mean.any()
    sample, sampled = learning.replay.sample, list[torch.Tensor]()

    def noted(n: int) -> Transitions:
        transitions = sample(n)
        sampled.append(transitions.observation.clone())
        return transitions

    monkeypatch.setattr(learning.replay, "sample", noted)
    learning.play(2, 18, 100)
    assert bool(network.mean.any()) and learning.learner.updates == 0
    (observations,) = sampled
    assert len(observations) > 1000
    assert (network.mean[0] - observations.double().mean((0, 1))).abs().max() <= 0.5001
    mean = next(name for name in target if name.endswith("mean"))
    assert torch.equal(target[mean], network.mean)


def test_a_replay_buffer_of_another_run_is_refused(whole_run: Path, tmp_path: Path) -> None:
    shutil.copytree(whole_run, tmp_path, dirs_exist_ok=True)
    (tmp_path / "checkpoint.safetensors").unlink()
    other = again(RunDirectory.open(tmp_path), small(buffer=200))
    with pytest.raises(RunError, match=r"replay stores .*, where .* is asked for"):
        other.train(silent)


@pytest.mark.parametrize("lost", ["", "columns.json", "action.bin"])
def test_a_lost_replay_buffer_is_reported(tmp_path: Path, lost: str) -> None:
    training = begin(tmp_path, small())
    with pytest.raises(Stop):
        training.train(stop_at(0.5))
    path = tmp_path / "replay" / lost
    why = "is missing or not whole, and the run cannot go on .* copy it as well, or train anew"
    if not lost:
        shutil.rmtree(path)
    elif lost == "columns.json":
        path.unlink()
    else:
        path.write_bytes(bytes(path.stat().st_size))
        why = "does not store what it did .* copy the whole run again, or train anew"
    resumed = again(training.run, small())
    resumed.restore()
    with pytest.raises(RunError, match=rf"replay {why}"):
        resumed.train(silent)


def test_metrics_that_are_not_measured_at_every_step_are_means_of_those_that_are(tmp_path: Path) -> None:
    training = begin(tmp_path, small(games=3, every=4, steps=150, buffer=300))
    training.train(silent)
    late = [row for row in rows(tmp_path) if row["seen"] > 60]
    assert sum(row["loss"] is not None for row in late) > len(late) / 2


def test_beyond_its_budget_the_replay_buffer_fills_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    training = begin(tmp_path, small())
    training.train(silent)
    training.conclude()
    assert not (tmp_path / "replay").exists()
    api.resume(tmp_path, budget=480, watch=unwatched)
    assert "40 decisions fill it again before there are more updates" in capsys.readouterr().err
    run = RunDirectory.open(tmp_path)
    assert run.result is not None and run.result["seen"] == 480
    kept = {name: run.settings[name] for name in ("buffer", "learning_starts", "epsilon_steps")}
    assert kept == {"buffer": 100, "learning_starts": 40, "epsilon_steps": 120}
    updates = int(saved(tmp_path)["learning/learner/updates/"])
    assert updates == (480 - 40 - 40) // 8
    losses = [row["loss"] for row in rows(tmp_path) if row["seen"] > 240]
    assert losses[0] is None and losses[-1] is not None


def test_killed_before_the_first_checkpoint_beyond_its_budget(tmp_path: Path) -> None:
    def stop(_: Row) -> None:
        raise Stop

    for name in ("whole", "broken"):
        training = begin(tmp_path / name, small())
        training.train(silent)
        training.conclude()
    for _ in range(2):
        with pytest.raises(Stop):
            api.resume(tmp_path / "broken", budget=480, callbacks=[stop], watch=unwatched)
    for name in ("whole", "broken"):
        api.resume(tmp_path / name, budget=480, watch=unwatched)
    assert_same(tmp_path / "whole", tmp_path / "broken")


def test_validations_of_fewer_episodes(tmp_path: Path) -> None:
    training = begin(tmp_path, small(validation_episodes=2, validate_every=120))
    training.train(silent)
    found = [row["validation_return"] for row in rows(tmp_path) if "validation_return" in row]
    assert len(found) == 3 and all(value in (-1, 0, 1) for value in found)  # means of two, the first of random play
