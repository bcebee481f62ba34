"""Whole runs of CutOut: trained, stopped and resumed, measured, shown on a page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from saccade import api
from saccade.recipes.cutout.baselines import Baselines
from saccade.recipes.cutout.forecast import FOLDS
from saccade.recipes.cutout.task import CutOutTask
from saccade.recipes.cutout.wiring import wire
from saccade.runs import RunDirectory, RunError
from saccade.training import loop as module
from saccade.training.loop import Training
from saccade.training.registry import recipe_named
from saccade.training.settings import to_plain
from saccade.worlds.cutout import images as cutout_images
from saccade.worlds.cutout.rules import CutOutReward, Pens
from saccade.worlds.data.masked_folder import MaskedSplits

from ...small_runs import Stop, assert_same, rows, silent, stop_after
from .boxes import boxes, tiny


def start(folder: Path, data: MaskedSplits, seed: int = 3, **changes: Any) -> Training:
    settings = tiny(**changes)
    run = RunDirectory.create(folder, "cutout", to_plain(settings), seed, command="test", data=None, threads=1)
    return Training(recipe_named("cutout"), settings, run, data)


KINDS: list[dict[str, Any]] = [{}, {"pens": "one", "forecast": 0}, {"imitate": 0.0, "reward": "at-end"}]
KINDS += [{"sight": "drawn-in", "forecast": 0, "imitate": 0.0}, {"sight": "layers", "pens": "one", "forecast": 0}]


@pytest.mark.parametrize("changes", KINDS)
def test_a_run_to_its_page(data: MaskedSplits, tmp_path: Path, changes: dict[str, Any]) -> None:
    training = start(tmp_path, data, **changes)
    training.train(silent)
    seen = [row["seen"] for row in rows(tmp_path)]
    validated = [row for row in rows(tmp_path) if "validation_iou" in row]
    assert len(validated) >= 3  # on the way, not at the end alone
    assert seen[-1] == (24 if "forecast" in changes else FOLDS * 16 + 24)
    result = training.conclude()
    test = result["test"]
    assert result == json.loads(json.dumps(result)) and test["images"] == 12 and len(test["iou_by_step"]) == 5
    assert ("forecast_iou" in test) is ("forecast" not in changes)
    order = [test["baselines"][name]["iou"] for name in ("random", "expert on the ground truth")]
    assert order[0] < order[1]
    page = api.write_report(tmp_path).read_text(encoding="utf-8")
    assert "Its ten worst" in page and f"{test['iou']:.3f}" in page and "Segmenting by scribbling" in page
    row = page[page.index("0.9 or more") :]
    cells = re.findall(r"<td>(.*?)</td>", row)[:4]  # the run's: IoU, by seed, median, share of good ones
    assert cells[2:] == [f"{test['median_iou']:.3f}", f"{test['good_share']:.0%}"]


@pytest.mark.parametrize("logs", [2, 4, 5, 6])  # while forecasts are learned, at their end, and while strokes are
def test_resumed_is_as_if_never_stopped(
    data: MaskedSplits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logs: int
) -> None:
    whole = start(tmp_path / "whole", data)
    whole.train(silent)
    monkeypatch.setattr(module, "_SAVE_SECONDS", 0)
    broken = start(tmp_path / "broken", data)
    with pytest.raises(Stop):
        broken.train(stop_after(logs))
    resumed = Training(broken.recipe, broken.settings, broken.run, data)
    assert resumed.restore() is None
    assert resumed.seen == rows(tmp_path / "whole")[logs - 2]["seen"]  # a checkpoint is written after its row
    torch.rand(5)
    resumed.train(silent)
    assert_same(tmp_path / "whole", tmp_path / "broken")
    assert resumed.conclude()["test"] == whole.conclude()["test"]


def test_forecasts_are_learned_once(data: MaskedSplits, tmp_path: Path) -> None:
    """A run that takes another's forecasts ends as if it had learned them itself."""
    first, changes = start(tmp_path / "first", data), {"pens": Pens.ONE}
    first.train(silent)
    ends = {}
    for name, like in (("own", None), ("shared", tmp_path / "first"), ("other unfinished", tmp_path / "none")):
        settings, folder = tiny(**changes), tmp_path / name
        run = RunDirectory.create(
            folder, "cutout", to_plain(settings), 3, command="test", data=None, threads=1, like=like
        )
        training = Training(recipe_named("cutout"), settings, RunDirectory.open(run.folder), data)
        training.restore()
        assert training.seen == (FOLDS * 16 if name == "shared" else 0)
        training.train(silent)
        ends[name] = training.conclude()["test"]
    assert ends["own"] == ends["shared"] == ends["other unfinished"]


@pytest.mark.parametrize(("changes", "known"), [({"reward": CutOutReward.AT_END}, True), ({"episode_steps": 3}, False)])
def test_baselines_are_measured_once(
    data: MaskedSplits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], known: bool
) -> None:
    first = start(tmp_path / "first", data)
    first.train(silent)
    settings, ends = tiny(**changes), []
    for name, like in (("alone", tmp_path / "unfinished"), ("sharing", tmp_path / "first")):
        about: dict[str, Any] = {"command": "test", "data": None, "threads": 1, "like": like}
        run = RunDirectory.create(tmp_path / name, "cutout", to_plain(settings), 3, **about)
        training = Training(recipe_named("cutout"), settings, run, data)
        training.train(silent)
        played = list[object]()
        games = Baselines.games
        monkeypatch.setattr(
            Baselines, "games", lambda self, games=games, played=played: played.append(1) or games(self)
        )
        ends.append((training.conclude()["test"], bool(played)))
        if name == "alone":
            first.conclude()
    assert ends[0][0] == ends[1][0] and [played for _, played in ends] == [True, not known]


def test_what_has_not_begun_is_not_measured(
    data: MaskedSplits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutout_images, "open_masked", lambda *_: data)
    first = start(tmp_path / "first", data)
    first.train(silent)
    run = RunDirectory.create(
        tmp_path / "run", "cutout", to_plain(tiny()), 3, command="test", data=None, threads=1, like=tmp_path / "first"
    )
    with pytest.raises(RunError, match="has no checkpoint yet"):
        api.evaluate(run.folder)
    run.write_result({})  # it has ended, and its checkpoint is gone
    with pytest.raises(RunError, match="its checkpoint is gone"):
        api.evaluate(run.folder)


@pytest.mark.parametrize("forecast", [17, 31, 33])
def test_no_image_is_left_alone(data: MaskedSplits, tmp_path: Path, forecast: int) -> None:
    training = start(tmp_path, data, forecast=forecast, seen=8)
    training.train(silent)
    assert training.seen == FOLDS * forecast + 8


def test_it_learns_to_scribble(data: MaskedSplits) -> None:
    settings = tiny(seen=1600, batch=16, episode_steps=8, forecast=0, units=32, imitate=1.0, minibatch=32)
    data = MaskedSplits(boxes(200, 4), data.validation, boxes(64, 3))
    task = CutOutTask(settings, data, 0)
    before = task.games(data.test).iou[-1].mean()
    for seen in range(0, settings.seen, settings.batch):
        task.update(settings.batch, seen)
    random = dict(Baselines(data.train, data.test, settings.rules, None).games())["random"].iou[-1].mean()
    after = task.games(data.test).iou[-1].mean()
    assert after > before + 0.05 and after > random + 0.05


def test_the_best_scribbler_is_measured(data: MaskedSplits, tmp_path: Path) -> None:
    settings = tiny(forecast=0)
    RunDirectory.create(tmp_path, "cutout", to_plain(settings), 0, command="test", data=None, threads=1)
    task = CutOutTask(settings, data, 0)
    validated = [task.validate()["validation_iou"]]
    for seen in range(0, 24, 8):
        task.update(8, seen)
        validated.append(task.validate()["validation_iou"])
    result = task.measure(tmp_path)
    assert result["validation_iou"] == max(validated) and result["last_validation_iou"] == validated[-1]
    again = CutOutTask(tiny(forecast=0), data, 0)
    again.load(task.state())
    assert torch.equal(again.games(data.test).pens, task.games(data.test).pens)


def test_the_average_of_the_last_weights_is_measured(data: MaskedSplits) -> None:
    task = CutOutTask(tiny(forecast=0, imitate=0.0), data, 0)
    for seen in range(0, 24, 8):
        task.update(8, seen)
    last = task.policy()[0].graph.brain_state()
    before = task.games(data.test).pens
    for value in last.values():
        value.zero_()  # the weights that go on learning are not those that play
    assert torch.equal(task.games(data.test).pens, before)
    for value in task._weights.mean.state.values():
        value.zero_()
    assert not torch.equal(task.games(data.test).pens, before)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"size": 100}, "--size 100: it must be a multiple of 32, up to 1024"),
        ({"seen": 0}, "--seen 0: it must be 1 or more"),
        ({"imitate": 1.5}, "--imitate 1.5: it must be between 0 and 1"),
        ({"pens": "two"}, "--pens two"),
        ({"sight": "layers"}, "--forecast 16: with --sight layers no forecast is seen, so it must be 0"),
    ],
)
def test_bad_settings_are_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        tiny(**changes)


@pytest.mark.parametrize("reward", list(CutOutReward))
def test_returns_are_of_one_scale_whatever_the_reward(data: MaskedSplits, reward: CutOutReward) -> None:
    system = wire(tiny(episode_steps=8, reward=reward, forecast=0), data.train)
    port = system.parts.overlap.reward
    returns = system.graph.unroll(36, watch=(port,))[port].sum(0)
    assert 1 < returns.abs().max() < 25
