from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from saccade import api
from saccade.recipes import recipe_named
from saccade.recipes.cutout import games as cutout_games
from saccade.recipes.cutout.baselines import Baselines, guided
from saccade.recipes.cutout.episodes import play
from saccade.recipes.cutout.forecast import FOLDS, Forecasters
from saccade.recipes.cutout.settings import CutOutSettings
from saccade.recipes.cutout.strokes import habits
from saccade.recipes.cutout.task import CutOutTask
from saccade.recipes.cutout.wiring import wire
from saccade.report import write_report
from saccade.runs import RunDirectory, RunError
from saccade.training import loop as module
from saccade.training.loop import Training
from saccade.training.settings import to_plain
from saccade.worlds.cutout import images as cutout_data
from saccade.worlds.cutout.overlap import overlap
from saccade.worlds.cutout.rules import CutOutRules, Pay, Pens
from saccade.worlds.data.masked import MaskedImages
from saccade.worlds.data.masked_folder import MaskedSplits

from ...training.test_loop import Stop as Stopped
from ...training.test_loop import assert_same, nobody, rows, stop_after

SIDE = 32


def boxes(n: int, seed: int) -> MaskedImages:
    """Bright boxes of all sizes on a dark noisy ground."""
    draw = torch.Generator().manual_seed(seed)
    top, left = torch.randint(2, 12, (2, n, 1, 1), generator=draw)
    high, wide = torch.randint(8, 18, (2, n, 1, 1), generator=draw)
    y, x = torch.arange(SIDE).view(1, SIDE, 1), torch.arange(SIDE).view(1, 1, SIDE)
    masks = (y >= top) & (y < top + high) & (x >= left) & (x < left + wide)
    noise = torch.randint(-25, 26, (n, 3, SIDE, SIDE), generator=draw)
    return MaskedImages((torch.where(masks[:, None], 150, 90) + noise).to(torch.uint8), masks, "boxes")


@pytest.fixture(scope="module")
def data() -> MaskedSplits:
    return MaskedSplits(boxes(36, 1), boxes(8, 2), boxes(12, 3))


def tiny(**changes: Any) -> CutOutSettings:
    small = {
        "images": 24,
        "batch": 8,
        "steps": 4,
        "length": 6,
        "size": SIDE,
        "forecast": 16,
        "units": 8,
        "minibatch": 16,
    }
    return CutOutSettings(**{**small, **changes})


def start(folder: Path, data: MaskedSplits, seed: int = 3, **changes: Any) -> Training:
    settings = tiny(**changes)
    run = RunDirectory.create(folder, "cutout", to_plain(settings), seed, command="test", data=None, threads=1)
    return Training(recipe_named("cutout"), settings, run, data)


KINDS: list[dict[str, Any]] = [{}, {"pens": "one", "forecast": 0}, {"imitate": 0.0, "reward": "at-end"}]
KINDS += [{"sight": "drawn-in", "forecast": 0, "imitate": 0.0}, {"sight": "layers", "pens": "one", "forecast": 0}]


@pytest.mark.parametrize("changes", KINDS)
def test_a_run_to_its_page(data: MaskedSplits, tmp_path: Path, changes: dict[str, Any]) -> None:
    training = start(tmp_path, data, **changes)
    training.train(nobody)
    seen = [row["seen"] for row in rows(tmp_path)]
    checks = [row for row in rows(tmp_path) if "validation_iou" in row]
    assert len(checks) >= 3  # on the way, not at the end alone
    assert seen[-1] == (24 if "forecast" in changes else FOLDS * 16 + 24)
    result = training.conclude()
    test = result["test"]
    assert result == json.loads(json.dumps(result)) and test["images"] == 12 and len(test["iou_by_step"]) == 5
    assert ("forecast_iou" in test) is ("forecast" not in changes)
    order = [test["baselines"][name]["iou"] for name in ("random", "guided by the truth")]
    assert order[0] < order[1]
    page = write_report([RunDirectory.open(tmp_path)], tmp_path / "report.html").read_text()
    assert "Its ten worst" in page and f"{test['iou']:.3f}" in page and "Segmenting by scribbling" in page
    row = page[page.index("0.9 or more") :]
    cells = re.findall(r"<td>(.*?)</td>", row)[:4]  # the run's: IoU, by seed, median, share of good ones
    assert cells[2:] == [f"{test['median_iou']:.3f}", f"{test['good_share']:.0%}"]


@pytest.mark.parametrize("logs", [2, 4, 5, 6])  # while forecasts are learned, at their end, and while strokes are
def test_resumed_is_as_if_never_stopped(
    data: MaskedSplits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logs: int
) -> None:
    whole = start(tmp_path / "whole", data)
    whole.train(nobody)
    monkeypatch.setattr(module, "_SAVE_SECONDS", 0)
    broken = start(tmp_path / "broken", data)
    with pytest.raises(Stopped):
        broken.train(stop_after(logs))
    resumed = Training(broken.recipe, broken.settings, broken.run, data)
    assert resumed.restore() is None
    assert resumed.seen == rows(tmp_path / "whole")[logs - 2]["seen"]  # a checkpoint is written after its row
    torch.rand(5)
    resumed.train(nobody)
    assert_same(tmp_path / "whole", tmp_path / "broken")
    assert resumed.conclude()["test"] == whole.conclude()["test"]


def test_forecasts_are_learned_once(data: MaskedSplits, tmp_path: Path) -> None:
    """A run that takes another's forecasts ends as if it had learned them itself."""
    first, changes = start(tmp_path / "first", data), {"pens": Pens.ONE}
    first.train(nobody)
    ends = {}
    for name, like in (("own", None), ("taken", tmp_path / "first"), ("other unfinished", tmp_path / "nobody")):
        settings, folder = tiny(**changes), tmp_path / name
        run = RunDirectory.create(
            folder, "cutout", to_plain(settings), 3, command="test", data=None, threads=1, like=like
        )
        training = Training(recipe_named("cutout"), settings, RunDirectory.open(run.folder), data)
        training.restore()
        assert training.seen == (FOLDS * 16 if name == "taken" else 0)
        training.train(nobody)
        ends[name] = training.conclude()["test"]
    assert ends["own"] == ends["taken"] == ends["other unfinished"]


@pytest.mark.parametrize(("changes", "known"), [({"reward": Pay.AT_END}, True), ({"steps": 3}, False)])
def test_who_plays_beside_is_measured_once(
    data: MaskedSplits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], known: bool
) -> None:
    first = start(tmp_path / "first", data)
    first.train(nobody)
    settings, ends = tiny(**changes), []
    for name, like in (("alone", tmp_path / "unfinished"), ("beside", tmp_path / "first")):
        about = {"command": "test", "data": None, "threads": 1, "like": like}
        run = RunDirectory.create(tmp_path / name, "cutout", to_plain(settings), 3, **about)
        training = Training(recipe_named("cutout"), settings, run, data)
        training.train(nobody)
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
    monkeypatch.setattr(cutout_data, "open_masked", lambda *_: data)
    first = start(tmp_path / "first", data)
    first.train(nobody)
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
    training = start(tmp_path, data, forecast=forecast, images=8)
    training.train(nobody)
    assert training.seen == FOLDS * forecast + 8


def test_it_learns_to_scribble(data: MaskedSplits) -> None:
    settings = tiny(images=1600, batch=16, steps=8, forecast=0, units=32, imitate=1.0, minibatch=32)
    data = MaskedSplits(boxes(200, 4), data.validation, boxes(64, 3))
    task = CutOutTask(settings, data, 0)
    before = task.games(data.test).iou[-1].mean()
    for images in range(0, settings.images, settings.batch):
        task.update(settings.batch, images)
    random = dict(Baselines(data.train, data.test, settings.rules, None).games())["random"].iou[-1].mean()
    after = task.games(data.test).iou[-1].mean()
    assert after > before + 0.05 and after > random + 0.05


def test_no_image_is_foretold_by_who_has_seen_it(data: MaskedSplits) -> None:
    torch.manual_seed(0)
    forecasters = Forecasters(data.train, 0)
    for fold in range(FOLDS):
        forecasters.update(fold, 8, 0.0)
    own = torch.arange(36) % FOLDS == 1
    found = forecasters.of_training()
    swapped = MaskedImages(
        torch.where(own[:, None, None, None], 255 - data.train.images, data.train.images), data.train.masks, "boxes"
    )
    torch.manual_seed(0)
    other = Forecasters(swapped, 0)
    for fold in range(FOLDS):
        other.update(fold, 8, 0.0)
    same = {fold: all(
        torch.equal(value, forecasters.state()[name])
        for name, value in other.state().items() if name.startswith(f"{fold}/graph")
    ) for fold in range(FOLDS)}  # fmt: skip
    assert same == {0: False, 1: True, 2: False}
    assert found.shape == (36, SIDE, SIDE) and found.dtype == torch.uint8
    # With two of three networks broken only the images of the third are forecast as before.
    weights = {
        name: value * 0 if value.is_floating_point() and not name.startswith("1/") else value
        for name, value in forecasters.state().items()
    }
    forecasters.load(weights)
    broken = forecasters.of_training()
    assert torch.equal(broken[own], found[own])
    assert not any(torch.equal(one, other) for one, other in zip(broken[~own], found[~own], strict=True))


def test_games_are_played_in_parts(data: MaskedSplits, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = CutOutRules(steps=3, length=6)
    monkeypatch.setattr(cutout_games, "_AT_ONCE", 5)
    monkeypatch.setattr(cutout_games, "_SHOWN", 2)
    monkeypatch.setattr(cutout_games, "_WORST", 3)
    games = play(partial(guided, data.test, rules, data.test.masks), 12)
    worst = set(games.iou[-1].argsort(stable=True)[:3].tolist())
    assert games.iou.shape == (4, 12) and games.kept.tolist() == sorted({0, 1} | worst)
    for place, index in enumerate(games.kept.tolist()):
        ious = overlap(games.masks[:, place].contiguous(), data.test.masks[index].expand(4, SIDE, SIDE).contiguous())
        assert torch.equal(ious, games.iou[:, index])


def test_the_best_scribbler_is_measured(data: MaskedSplits, tmp_path: Path) -> None:
    settings = tiny(forecast=0)
    RunDirectory.create(tmp_path, "cutout", to_plain(settings), 0, command="test", data=None, threads=1)
    task = CutOutTask(settings, data, 0)
    told = [task.validate()["validation_iou"]]
    for images in range(0, 24, 8):
        task.update(8, images)
        told.append(task.validate()["validation_iou"])
    result = task.measure(tmp_path)
    assert result["validation_iou"] == max(told) and result["last_validation_iou"] == told[-1]
    again = CutOutTask(tiny(forecast=0), data, 0)
    again.load(task.state())
    assert torch.equal(again.games(data.test).pens, task.games(data.test).pens)


def test_what_is_measured_is_the_mean_of_the_last_weights(data: MaskedSplits) -> None:
    task = CutOutTask(tiny(forecast=0, imitate=0.0), data, 0)
    for images in range(0, 24, 8):
        task.update(8, images)
    last = task.policy()[0].graph.brain_state()
    before = task.games(data.test).pens
    for value in last.values():
        value.zero_()  # the weights that go on learning are not those that play
    assert torch.equal(task.games(data.test).pens, before)
    for value in task._mean.state.values():
        value.zero_()
    assert not torch.equal(task.games(data.test).pens, before)


def test_habits_of_a_known_scribble() -> None:
    mask = torch.zeros(1, 30, 30, dtype=torch.bool)
    mask[:, 10:21, 3:27] = True
    scene = MaskedImages(torch.zeros(1, 3, 30, 30, dtype=torch.uint8), mask, "bar")
    # The object's pen runs along the bar's middle, turns and leaves it, turns again; the other one moves once.
    pens = torch.tensor([[[15, 12], [2, 2]], [[15, 18], [2, 2]], [[21, 18], [2, 8]], [[21, 27], [2, 8]]])
    found = habits(pens.view(4, 1, 2, 2), scene)
    assert found["astray"] == pytest.approx(11 / 31) and found["idle"] == 0 and found["turns"] == 1
    assert found["interior"] == pytest.approx((7 + 4) / 24)
    assert found["to_skeleton"] == pytest.approx((7 * 0 + 15) / 13)


def test_turns_are_told_of_pens_that_take_turns() -> None:
    scene = MaskedImages(torch.zeros(1, 3, 30, 30, dtype=torch.uint8), torch.eye(30, dtype=torch.bool)[None], "line")
    way = [torch.tensor([[5, 5], [20, 20]])]
    for step, move in enumerate([(0, 3), (0, 3), (3, 0), (0, 3), (0, 3)]):  # the first pen turns twice, the other never
        way.append(way[-1].clone())
        way[-1][step % 2] += torch.tensor(move)
    assert habits(torch.stack(way)[:, None], scene)["turns"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"size": 100}, "--size 100: it must be a multiple of 32, up to 1024"),
        ({"images": 0}, "--seen 0: it must be 1 or more"),
        ({"imitate": 1.5}, "--imitate 1.5: it must be between 0 and 1"),
        ({"pens": "two"}, "--pens two"),
        ({"sight": "layers"}, "--forecast 16: with --sight layers no forecast is seen, so it must be 0"),
    ],
)
def test_bad_settings_are_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        tiny(**changes)


@pytest.mark.parametrize("pay", list(Pay))
def test_what_is_paid_is_of_one_size(data: MaskedSplits, pay: Pay) -> None:
    system = wire(tiny(steps=8, reward=pay, forecast=0), data.train)
    reward = system.parts.overlap.reward
    paid = system.graph.unroll(36, watch=(reward,))[reward].sum(0)
    assert 1 < paid.abs().max() < 25
