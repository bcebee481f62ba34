"""Runs of h-DQN on the chain, from beginning to page."""

from __future__ import annotations

import csv
import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

import saccade
from saccade.command_line import UsageError, parse
from saccade.recipes.hdqn.episode import FILE, load_episode
from saccade.recipes.hdqn.games import game_of
from saccade.recipes.hdqn.learning import GoalLearning, Tally
from saccade.recipes.hdqn.settings import Agent, HDQNSettings
from saccade.recipes.hdqn.tables import returns, tables
from saccade.runs import RunDirectory, RunError
from saccade.training.predictor import PredictionError
from saccade.training.settings import SettingsError
from saccade.watching import silent
from saccade.worlds import DataError

from ...small_runs import Stop, assert_same, saved, stop_once

SMALL: dict[str, Any] = {
    "steps": 3_200, "games": 32, "learners": 4, "buffer": 1_280, "options": 1_280, "learning_starts": 64, "every": 32, "meta_every": 32,
    "test_episodes": 80,
}  # fmt: skip


@pytest.fixture(scope="module", params=Agent)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hdqn") / "run"
    return saccade.train("hdqn-chain", out=folder, agent=request.param, watch=silent, **SMALL) / "seed-0"


def test_a_run_to_its_page(run: Path) -> None:
    result = RunDirectory.open(run).result
    assert result is not None and result["seen"] == 3_200 and result == json.loads(json.dumps(result))
    test = result["test"]
    assert test["episodes"] == 80 and len(test["return_of_learners"]) == 4
    assert test["return"] == pytest.approx(sum(test["return_of_learners"]) / 4)
    page = saccade.write_report(run).read_text(encoding="utf-8")
    is_flat = RunDirectory.open(run).settings["agent"] == "flat"
    assert "Goals above actions" in page and ("One policy chooses the actions" in page) is is_flat
    assert ("Share of the pursuits" in page) is not is_flat and "independent learner" in page
    assert not (run / "replay").exists()
    assert returns([RunDirectory.open(run)]).values == test["return_of_learners"]


def test_an_episode_is_kept_decision_by_decision(run: Path, tmp_path: Path) -> None:
    episode, trouble = load_episode(run)
    assert episode is not None and trouble is None and episode.goals == ("s1", "s2", "s3", "s4", "s5", "s6")
    assert bool(episode.holds[-1, 0]) and float(episode.score[-1]) in (pytest.approx(0.01), 1.0)
    ends = [after for _, after, _, _ in episode.options]
    assert ends[-1] == len(episode.goal) and (episode.goal[0] < 0 or len(ends) >= 1)
    for begin, after, goal, reached in episode.options:
        assert (episode.goal[begin:after] == goal).all() and (not reached or bool(episode.holds[after - 1, goal]))
    written = saccade.export(run, tmp_path / "out")
    (table,) = [path for path in written if path.name == "episode.csv"]
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == len(episode.goal) and {row["action"] for row in rows} <= {"left", "right"}
    (run / FILE).rename(tmp_path / "kept")
    (run / FILE).write_bytes(b"nothing")
    assert "is damaged" in str(load_episode(run)[1])
    (tmp_path / "kept").replace(run / FILE)


@pytest.mark.parametrize("agent", Agent)
def test_stopped_and_resumed_it_ends_as_if_it_had_not_been(
    agent: Agent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saccade.training.loop._SAVE_SECONDS", 0)

    how = {**SMALL, "agent": agent, "watch": silent}
    whole = saccade.train("hdqn-chain", out=tmp_path / "whole", **how)
    with pytest.raises(Stop):
        saccade.train("hdqn-chain", out=tmp_path / "broken", callbacks=[stop_once(1_600)], **how)
    saccade.resume(tmp_path / "broken", watch=silent)
    assert_same(whole / "seed-0", tmp_path / "broken" / "seed-0")


@pytest.mark.parametrize("agent", Agent)
def test_beyond_its_budget_the_replay_buffers_fill_again_also_if_it_is_killed_meanwhile(
    agent: Agent, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("whole", "broken"):
        saccade.train("hdqn-chain", out=tmp_path / name, agent=agent, watch=silent, **SMALL)
    before = int(saved(tmp_path / "whole" / "seed-0")["learning/learner0/updates/"])
    for _ in range(2):
        with pytest.raises(Stop):
            saccade.resume(tmp_path / "broken", budget=6_400, callbacks=[stop_once(0)], watch=silent)
    for name in ("whole", "broken"):
        saccade.resume(tmp_path / name, budget=6_400, watch=silent)
    assert "64 decisions fill it again before there are more updates" in capsys.readouterr().err
    assert_same(tmp_path / "whole" / "seed-0", tmp_path / "broken" / "seed-0")
    run = RunDirectory.open(tmp_path / "whole" / "seed-0")
    assert run.result is not None and run.result["seen"] == 6_400 and run.settings["exploring"] == 0.5
    after = int(saved(run.folder)["learning/learner0/updates/"])
    assert after - before == (3_200 - 64) // 32


def test_a_lost_replay_buffer_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saccade.training.loop._SAVE_SECONDS", 0)

    with pytest.raises(Stop):
        saccade.train("hdqn-chain", out=tmp_path / "run", callbacks=[stop_once(1_600)], watch=silent, **SMALL)
    shutil.rmtree(tmp_path / "run" / "seed-0" / "replay" / "options")
    with pytest.raises(RunError, match="replay is missing or not whole, and the run cannot go on"):
        saccade.resume(tmp_path / "run", watch=silent)


def test_predictions(run: Path, tmp_path: Path) -> None:
    system = saccade.load(run)
    shape = (1, 1, 8)
    screens = torch.zeros(3, *shape, dtype=torch.uint8)
    screens[range(3), 0, 0, [1, 3, 5]] = 255
    found = system.predict(screens)
    assert len(found) == 3 and set(found.names) <= {"left", "right"}
    is_flat = system.settings.agent is Agent.FLAT
    assert found.goal_names == ["", "", ""] if is_flat else set(found.goal_names) <= {f"s{n}" for n in range(1, 7)}
    over_goals, values = system.module(screens)
    assert torch.equal(values, found.values) and over_goals.shape == (3, 0 if is_flat else 6)
    found.write(tmp_path, ["a", "b", "c"])
    rows = list(csv.DictReader((tmp_path / "predictions.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["file"] for row in rows] == ["a", "b", "c"] and "value_left" in rows[0]
    with pytest.raises(PredictionError, match=r"they must be uint8 of shape \(n, 1, 1, 8\)"):
        system.predict(screens[..., :5])


def test_weights_of_another_run_are_a_beginning(run: Path, tmp_path: Path) -> None:
    agent = RunDirectory.open(run).settings["agent"]
    out = saccade.train("hdqn-chain", out=tmp_path, agent=Agent(agent), from_run=run, watch=silent, **SMALL)
    assert RunDirectory.open(out / "seed-0").about["from"] == str(run)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"limit": 0}, "limit is 0: it must be 1 or more"), ({"games": 30}, "--games 30: it must be a multiple of --learners 4"),
        ({"test_episodes": 81}, "--test-episodes 81: it must be a multiple of --learners 4"),
        ({"steps": 8}, "--steps 8: it must be 32 or more, one for each of --games"), ({"relabel": 1.5}, "relabel is 1.5: it must be between 0 and 1"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(changes: dict[str, Any], why: str, tmp_path: Path) -> None:
    with pytest.raises((SettingsError, ValueError), match=why):
        saccade.train("hdqn-chain", out=tmp_path / "run", **{**SMALL, **changes})
    assert not (tmp_path / "run").exists()


def test_refusals_name_the_learner_that_was_given(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"meta.discount is 2: it must be between 0 and 1"):
        saccade.train("hdqn-chain", out=tmp_path / "run", **SMALL, **{"meta.discount": 2})
    for name in ("meta", "learner"):
        with pytest.raises(UsageError, match=rf"^--{name}.discount 2.0: it must be between 0 and 1"):
            parse(HDQNSettings, [f"--{name}.discount", "2"], "train", "")


def test_a_game_without_goals(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--env pong: there is no such game with goals"):
        saccade.train("hdqn-chain", out=tmp_path / "run", env="pong", **SMALL)


def test_the_replay_buffers_of_another_run_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saccade.training.loop._SAVE_SECONDS", 0)

    with pytest.raises(Stop):
        saccade.train("hdqn-chain", out=tmp_path / "run", callbacks=[stop_once(1_600)], watch=silent, **SMALL)
    stored = tmp_path / "run" / "seed-0" / "replay" / "transitions" / "goal.bin"
    stored.write_bytes(bytes(byte ^ 1 for byte in stored.read_bytes()))
    with pytest.raises(RunError, match="does not store what it did"):
        saccade.resume(tmp_path / "run", watch=silent)


def test_the_cells_of_the_table_differ_in_what_they_say() -> None:
    cells = [cell for table in tables() for cell in table.cells]
    assert len({cell.id for cell in cells}) == len(cells)
    own = [cell for cell in cells if not cell.runs_of]
    assert len({cell.settings.describe() for cell in own}) == len(own) == 10


def test_random_goals_are_practised_by_how_often_they_are_missed(tmp_path: Path) -> None:
    torch.manual_seed(0)
    settings = HDQNSettings(**{**SMALL, "random_goals": 1.0, "practice": True})
    learning = GoalLearning(settings, game_of(settings), 0, tmp_path, 100)
    learning.play(3_200, 0)
    reached = learning.state()["reached/"]
    assert reached[0] > 0.5 > reached[5]  # the left end is near, the right end is not
    weights = learning.system.meta.weights  # type: ignore[union-attr]
    assert weights is not None and torch.allclose(weights, (1 - reached).clamp(min=0.1), atol=0.05)
    other = GoalLearning(settings, game_of(settings), 0, tmp_path / "other", 100)
    other.load(learning.state(), anew=True)
    assert torch.equal(other.state()["reached/"], reached)


def test_visits_of_no_episode_are_none_at_all() -> None:
    tally = Tally(2)
    tally.visited(torch.tensor([[True, False], [True, True]]))
    assert all(math.isnan(each) for each in tally.statistics(0.0, 0.0, 0.0, 0.0).visits)
    tally.ended(torch.tensor([1.0, 0.0]))
    assert list(tally.statistics(0.0, 0.0, 0.0, 0.0).visits) == [1.0, 0.5]
