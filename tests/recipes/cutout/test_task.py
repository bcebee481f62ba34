"""Whole runs of CutOut: trained, stopped and resumed, measured, shown on a page."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from saccade import api
from saccade.agents import LearnerSettings
from saccade.recipes.cutout import baselines, script
from saccade.recipes.cutout.baselines import Baselines
from saccade.recipes.cutout.settings import FOLDS
from saccade.recipes.cutout.task import CutOutTask
from saccade.recipes.cutout.wiring import wire
from saccade.runs import RunDirectory, RunError
from saccade.training import loop as module
from saccade.training.loop import Progress, Training
from saccade.training.registry import recipe_named
from saccade.training.settings import to_plain
from saccade.vision import unet
from saccade.worlds.cutout import images as cutout_images
from saccade.worlds.cutout.rules import CutOutReward, Pens
from saccade.worlds.data.masked_folder import MaskedSplits

from ...small_runs import Stop, assert_same, rows, silent, stop_after
from .boxes import boxes, tiny


@pytest.fixture(scope="module")
def data() -> MaskedSplits:
    """Fewer images than elsewhere: 12 to train on, 4 for validation, 10 to test with."""
    return MaskedSplits(boxes(12, 1), boxes(4, 2), boxes(10, 3))


@pytest.fixture(scope="module", autouse=True)
def small_parts() -> Iterator[None]:
    """A small U-Net, and a short search for the open-loop strokes: how good both are is the matter of other tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unet, "_WIDTHS", (4, 4))
        patch.setattr(script, "TRIES", 3)
        patch.setattr(baselines, "TRIES", 3)
        yield


def start(folder: Path, data: MaskedSplits, seed: int = 3, like: Path | None = None, **changes: Any) -> Training:
    settings = tiny(**changes)
    about: dict[str, Any] = {"command": "test", "data": None, "threads": 1, "like": like}
    run = RunDirectory.create(folder, "cutout", to_plain(settings), seed, **about)
    return Training(recipe_named("cutout"), settings, RunDirectory.open(run.folder), data)


@dataclass(frozen=True)
class Ended:
    """A run that was never stopped, and what it ended with; its folder is only read."""

    folder: Path
    result: dict[str, Any]


@pytest.fixture(scope="module")
def whole(data: MaskedSplits, small_parts: None, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    training = start(tmp_path_factory.mktemp("runs") / "whole", data)
    training.train(silent)
    return Ended(training.run.folder, training.conclude())


KINDS: list[dict[str, Any]] = [{}, {"folds": 2}, {"pens": "one", "forecast": 0}, {"imitate": 0.0, "reward": "at-end"}]
KINDS += [{"sight": "drawn-in", "forecast": 0, "imitate": 0.0}, {"sight": "layers", "pens": "one", "forecast": 0}]


@pytest.mark.parametrize("changes", KINDS)
def test_a_run_to_its_page(data: MaskedSplits, whole: Ended, tmp_path: Path, changes: dict[str, Any]) -> None:
    folder = tmp_path / "run"
    if changes:
        training = start(folder, data, **changes)
        training.train(silent)
        result = training.conclude()
    else:
        result = whole.result
        shutil.copytree(whole.folder, folder)
    seen = [row["seen"] for row in rows(folder)]
    validated = [row for row in rows(folder) if "validation_iou" in row]
    assert len(validated) >= 3  # on the way, not at the end alone
    assert seen[-1] == (12 if "forecast" in changes else changes.get("folds", FOLDS) * 4 + 12)
    test = result["test"]
    assert result == json.loads(json.dumps(result)) and test["images"] == 10 and len(test["iou_by_step"]) == 4
    assert ("forecast_iou" in test) is ("forecast" not in changes)
    order = [test["baselines"][name]["iou"] for name in ("random", "expert on the ground truth")]
    assert order[0] < order[1]
    page = api.write_report(folder).read_text(encoding="utf-8")
    assert "The ten worst" in page and f"{test['iou']:.3f}" in page and "Segmenting by scribbling" in page
    row = page[page.index("0.9 or more") :]
    cells = re.findall(r"<td>(.*?)</td>", row)[:4]  # the run's: IoU, by seed, median, share of good ones
    assert cells[2:] == [f"{test['median_iou']:.3f}", f"{test['good_share']:.0%}"]


@pytest.mark.parametrize("logs", [2, 4, 5, 6])  # while forecasts are learned, at their end, and while strokes are
def test_resumed_is_as_if_never_stopped(
    data: MaskedSplits, whole: Ended, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logs: int
) -> None:
    broken = start(tmp_path, data)
    with monkeypatch.context() as patch, pytest.raises(Stop):
        patch.setattr(module, "_SAVE_SECONDS", 0)
        broken.train(stop_after(logs))
    resumed = Training(broken.recipe, broken.settings, broken.run, data)
    assert resumed.restore() is None
    assert resumed.seen == rows(whole.folder)[logs - 2]["seen"]  # a checkpoint is written after its row
    torch.rand(5)
    resumed.train(silent)
    assert_same(whole.folder, tmp_path)
    assert resumed.conclude()["test"] == whole.result["test"]


def test_its_progress_names_the_stage_and_what_is_counted(
    data: MaskedSplits, small_parts: None, tmp_path: Path
) -> None:
    shown = list[Progress]()
    training = start(tmp_path / "run", data)
    training.train(shown.append)
    stage, settings = training.task.stage, training.settings
    first = [each for each in shown if each.stage == "stage 1 of 2, forecast"]
    second = [each for each in shown if each.stage == "stage 2 of 2, scribbler"]
    assert first + second == shown
    assert {(each.unit, each.total) for each in first} == {("images", stage)} and first[-1].seen == stage
    assert {(each.unit, each.total) for each in second} == {("episodes", settings.seen)}
    assert second[-1].seen == settings.seen and "reward" in second[-1].words and "reward" not in first[-1].words


def test_forecasts_are_learned_once(data: MaskedSplits, whole: Ended, tmp_path: Path) -> None:
    """A run that takes another's forecasts ends as if it had learned them itself."""
    ends = {}
    for name, like in (("own", None), ("shared", whole.folder), ("other unfinished", tmp_path / "none")):
        training = start(tmp_path / name, data, like=like, pens=Pens.ONE)
        training.restore()
        assert training.seen == (FOLDS * 4 if name == "shared" else 0)
        training.train(silent)
        ends[name] = training.conclude()["test"]
    assert ends["own"] == ends["shared"] == ends["other unfinished"]


@pytest.mark.parametrize(("changes", "known"), [({"reward": CutOutReward.AT_END}, True), ({"episode_steps": 2}, False)])
def test_baselines_are_measured_once(
    data: MaskedSplits,
    whole: Ended,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
    known: bool,
) -> None:
    first = Path(shutil.copytree(whole.folder, tmp_path / "first"))
    ended = (first / "result.json").rename(tmp_path / "result.json")
    training = start(tmp_path / "sharing", data, like=first, **changes)
    training.restore()
    training.train(silent)
    played, games = list[object](), Baselines.games
    monkeypatch.setattr(Baselines, "games", lambda self: played.append(1) or games(self))
    alone = training.conclude()["test"]  # the other has not ended, so it has no baselines to lend
    assert played
    played.clear()
    ended.rename(first / "result.json")
    assert training.conclude()["test"] == alone and bool(played) is not known


def test_what_has_not_begun_is_not_measured(
    data: MaskedSplits, whole: Ended, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutout_images, "open_masked", lambda *_: data)
    run = start(tmp_path / "run", data, like=whole.folder).run
    with pytest.raises(RunError, match="has no checkpoint yet"):
        api.evaluate(run.folder)
    run.write_result({})  # it has ended, and its checkpoint is gone
    with pytest.raises(RunError, match="its checkpoint is gone"):
        api.evaluate(run.folder)


@pytest.mark.parametrize("forecast", [17, 31, 33])
def test_no_image_is_left_alone(
    data: MaskedSplits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forecast: int
) -> None:
    monkeypatch.setattr(unet, "_WIDTHS", (4,) * 5)  # down to one pixel an image, whose mean needs a second image
    training = start(tmp_path, data, forecast=forecast, seen=1, imitate=0.0)
    training.train(silent)
    assert training.seen == FOLDS * forecast + 1


def test_it_learns_to_scribble(data: MaskedSplits) -> None:
    rates = LearnerSettings(learning_rate=3e-3, policy_learning_rate=3e-3, epochs=3, clip_norm=0.5)
    settings = tiny(seen=480, batch=8, episode_steps=6, forecast=0, units=16, minibatch=20, learner=rates)
    data = MaskedSplits(boxes(100, 4), data.validation, boxes(32, 3))
    task = CutOutTask(
        settings, data, 0
    )  # seeds 0 to 3 end 0.10 to 0.21 over random; an untrained scribbler has 0.23 to 0.36
    before = task.games(data.test).iou[-1].mean()
    for seen in range(0, settings.seen, settings.batch):
        task.update(settings.batch, seen)
    name, random = next(Baselines(data.train, data.test, settings.rules, None).games())
    after = task.games(data.test).iou[-1].mean()
    assert name == "random" and after > before + 0.05 and after > random.iou[-1].mean() + 0.05


def test_the_best_scribbler_is_measured(data: MaskedSplits, tmp_path: Path) -> None:
    settings = tiny(forecast=0)
    RunDirectory.create(tmp_path, "cutout", to_plain(settings), 0, command="test", data=None, threads=1)
    task = CutOutTask(settings, data, 0)
    validated = [task.validate()["validation_iou"]]
    for seen in range(0, 12, 4):
        task.update(4, seen)
        validated.append(task.validate()["validation_iou"])
    shares = list[float]()
    result = task.measure(tmp_path, shares.append)
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1) and len(shares) > 5
    assert result["validation_iou"] == max(validated) and result["last_validation_iou"] == validated[-1]
    again = CutOutTask(tiny(forecast=0), data, 0)
    again.load(task.state())
    assert torch.equal(again.games(data.test).pens, task.games(data.test).pens)


def test_the_average_of_the_last_weights_is_measured(data: MaskedSplits) -> None:
    task = CutOutTask(tiny(forecast=0, imitate=0.0), data, 0)
    for seen in range(0, 12, 4):
        task.update(4, seen)
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
        ({"sight": "layers"}, "--forecast 4: with --sight layers no forecast is seen, so it must be 0"),
    ],
)
def test_bad_settings_are_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        tiny(**changes)


@pytest.mark.parametrize("reward", list(CutOutReward))
def test_returns_are_of_one_scale_whatever_the_reward(data: MaskedSplits, reward: CutOutReward) -> None:
    system = wire(tiny(episode_steps=8, reward=reward, forecast=0, imitate=0.0), data.train)
    port = system.parts.overlap.reward
    returns = system.graph.unroll(36, watch=(port,))[port].sum(0)
    assert 1 < returns.abs().max() < 25
