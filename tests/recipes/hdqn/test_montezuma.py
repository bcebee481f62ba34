"""Runs of h-DQN in Montezuma's Revenge, for a few seconds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import saccade
from saccade.agents.q_settings import QSettings
from saccade.recipes.hdqn.episode import load_episode
from saccade.recipes.hdqn.learning import GoalLearning
from saccade.recipes.hdqn.montezuma import GOALS, montezuma
from saccade.recipes.hdqn.playing import attempt
from saccade.recipes.hdqn.recipe import MONTEZUMA
from saccade.recipes.hdqn.searching import load_search, searched
from saccade.recipes.hdqn.settings import Agent, HDQNSettings
from saccade.recipes.hdqn.wiring import wired
from saccade.report.clip import VIDEO
from saccade.report.group import spread
from saccade.runs import RunDirectory, RunError
from saccade.watching import silent
from saccade.worlds import DataError
from saccade.worlds.games.search import Archive, Found
from saccade.worlds.goals import montezuma as room

from ...small_runs import Stop, assert_same, stop_once

SMALL: dict[str, Any] = {
    "steps": 400, "games": 2, "learning_starts": 60, "buffer": 600, "options": 100, "attempts": 2, "test_episodes": 2, "limit": 20,
    "every": 20, "meta_every": 40,
}  # fmt: skip


@pytest.fixture(autouse=True)
def short_games(monkeypatch: pytest.MonkeyPatch) -> None:
    """Games end soon, whatever an untrained policy does."""
    monkeypatch.setattr("saccade.recipes.hdqn.montezuma._TESTED", 800)


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short search counts as one that has scored: by its longest route."""

    def longest(archive: Archive) -> Found:
        return replace(max(archive.cells.values(), key=lambda found: len(found.route)), score=100.0)

    monkeypatch.setattr(Archive, "best", property(longest))


@pytest.mark.parametrize("features", [False, True], ids=["pixels", "features"])
def test_a_run_to_its_page(features: bool, tmp_path: Path) -> None:
    out = saccade.train("hdqn-montezuma", out=tmp_path / "run", features=features, search=600, watch=silent, **SMALL)
    run = RunDirectory.open(out / "seed-0")
    assert run.result is not None and run.result["search"]["decisions"] == 600
    for test in ("test", "test with sticky actions"):
        found = run.result[test]
        assert found["attempts"] == 2 and set(found["goals"]) == {goal.name for goal in GOALS.goals}
    page = saccade.write_report(run.folder).read_text(encoding="utf-8")
    assert "test with sticky actions" in page and "Goals reached" in page and "Worst learner" not in page
    assert ("data:video/mp4" in page) and (run.folder / VIDEO).exists()
    episode, _ = load_episode(run.folder)
    assert episode is not None and episode.goals[4] == "key"
    shape = (2, 1, 128) if features else (4, 84, 84)
    assert len(saccade.load(run.folder).predict(torch.zeros(3, *shape, dtype=torch.uint8))) == 3


@pytest.mark.parametrize("searches", [False, True])
@pytest.mark.usefixtures("scored")
def test_a_killed_run_ends_in_the_same_numbers(searches: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saccade.training.loop._SAVE_SECONDS", 0)

    how = {**SMALL, "features": True, "search": 600 * searches, "demonstrate": searches, "watch": silent}
    saccade.train("hdqn-montezuma", out=tmp_path / "whole", **how)
    with pytest.raises(Stop):
        saccade.train("hdqn-montezuma", out=tmp_path / "broken", callbacks=[stop_once(200)], **how)
    saccade.resume(tmp_path / "broken", watch=silent)
    assert_same(tmp_path / "whole" / "seed-0", tmp_path / "broken" / "seed-0")


@pytest.mark.usefixtures("scored")
def test_a_demonstration_is_the_searched_route(tmp_path: Path) -> None:
    """Its transitions are in the replay buffer, with what it has reached."""
    settings = HDQNSettings(
        "montezuma_revenge", learners=1, games=2, features=True, search=600, hindsight=1.0, demonstrate=True, buffer=2_000,
    )  # fmt: skip
    game, route = searched(montezuma(True), settings, 3, tmp_path)
    learning = GoalLearning(settings, game, 0, tmp_path / "replay", 100)
    learning.demonstrate(route)
    found = load_search(tmp_path)
    assert found is not None and len(route) == len(found["route"]) > 0
    buffer = learning.students[0].buffer
    assert len(buffer) == len(route)
    batch = buffer.sample(200)
    assert batch.goal is not None and set(batch.action.tolist()) <= set(route)
    assert (batch.reward > 0).any() == bool(buffer._counts.any())  # type: ignore[attr-defined]


def test_what_a_search_has_found_is_there_again_and_the_page_does_without_runs_that_go_on(tmp_path: Path) -> None:
    how = {**SMALL, "features": True, "search": 200, "watch": silent}
    out = saccade.train("hdqn-montezuma", out=tmp_path / "run", seeds=2, **how)
    first, second = out / "seed-0", out / "seed-1"
    before = RunDirectory.open(first).result
    (first / "search.json").unlink()
    (first / "result.json").unlink()
    page = saccade.write_report(out).read_text(encoding="utf-8")
    assert "test with sticky actions" in page and "a search of 200 decisions" in page
    saccade.resume(out, watch=silent)
    after = RunDirectory.open(first).result
    assert (
        before is not None
        and after is not None
        and after["search"] == before["search"]
        and after["test"] == before["test"]
    )
    assert load_search(first) is not None and load_search(second) is not None


def test_scores_are_not_bounded_by_one() -> None:
    found = spread([100.0, 400.0, 300.0], MONTEZUMA.metric)
    assert found is not None and found.interval is not None
    assert found.interval[0] < found.mean < found.interval[1] and found.interval[1] > 300


def test_a_flat_policy_plays_the_same_game(tmp_path: Path) -> None:
    out = saccade.train("hdqn-montezuma", out=tmp_path / "run", agent=Agent.FLAT, features=True, watch=silent, **SMALL)
    result = RunDirectory.open(out / "seed-0").result
    assert result is not None and "goals" not in result["test"] and result["validation_return"] >= 0


def test_attempts_pursue_the_goal_that_they_are_for() -> None:
    """With random actions, what is near is reached more often than what is far, and the key is never reached."""
    settings = HDQNSettings("montezuma_revenge", learners=1, limit=60, test_epsilon=1.0)
    game = montezuma(True)
    system = wired(settings, game, 1, None)
    found = attempt(settings, game, system.graph.brain_state(), 40, 0)
    assert found[:2].mean() > 0.1 > found[3] and found[4] == 0
    assert torch.equal(found, attempt(settings, game, system.graph.brain_state(), 40, 0))


def test_masks_are_where_the_objects_are() -> None:
    masks = montezuma(False).masks
    assert masks is not None and masks.shape == (7, 84, 84)
    for goal, mask in zip(GOALS.goals, masks, strict=True):
        x, y, wide, high = dict(room.FURNITURE, key=room.KEY)[goal.other]
        rows, columns = mask.nonzero().T
        assert rows.float().mean() == pytest.approx((y + high / 2) * 84 / 210 - 0.5, abs=0.6)
        assert columns.float().mean() == pytest.approx((x + wide / 2) * 84 / 160 - 0.5, abs=0.6)


def test_what_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--learners 2: montezuma_revenge has no such thing, it must be --learners 1"):
        saccade.train("hdqn-montezuma", out=tmp_path / "run", learners=2, **SMALL)
    with pytest.raises(
        DataError, match="--search 600: MiniGrid-DoorKey-5x5-v0 has no such thing, it must be --search 0"
    ):
        saccade.train(
            "hdqn-montezuma",
            out=tmp_path / "run",
            **{**SMALL, "env": "MiniGrid-DoorKey-5x5-v0", "search": 600},
        )
    with pytest.raises(ValueError, match="--demonstrate: without --search there is no route"):
        HDQNSettings("montezuma_revenge", learners=1, demonstrate=True)
    with pytest.raises(ValueError, match="--demonstrate: a flat policy pursues no goals"):
        HDQNSettings("montezuma_revenge", Agent.FLAT, learners=1, demonstrate=True, search=600)
    with pytest.raises(
        DataError,
        match=r"--search 100: nothing was scored, so there is no route to put into the replay buffer: remove .*seed-0",
    ):
        saccade.train(
            "hdqn-montezuma", out=tmp_path / "run", features=True, search=100, demonstrate=True, watch=silent, **SMALL
        )
    with pytest.raises(DataError, match="--features: MiniGrid-DoorKey-5x5-v0 has no such thing, leave it out"):
        saccade.train(
            "hdqn-montezuma",
            out=tmp_path / "run2",
            **{**SMALL, "env": "MiniGrid-DoorKey-5x5-v0", "features": True, "attempts": 0},
        )
    with pytest.raises(ValueError, match=r"--meta.n-step 2: it must be 1"):
        HDQNSettings(meta=QSettings(n_step=2))
    with pytest.raises(DataError, match="--buffer 11: for --games 2 it must be 12 or more"):
        saccade.train("hdqn-montezuma", out=tmp_path / "run2", **{**SMALL, "buffer": 11})
    assert load_search(tmp_path) is None
    (tmp_path / "search.json").write_text(json.dumps({"score": 1}))
    with pytest.raises(RunError, match=r"search.json cannot be read .*remove it, and what is asked for searches again"):
        load_search(tmp_path)
