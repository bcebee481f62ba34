from __future__ import annotations

from functools import partial

import pytest
import torch

from saccade.recipes.cutout import script as best
from saccade.recipes.cutout.baselines import Baselines, mean_mask, script, scripted
from saccade.recipes.cutout.episodes import Games, play
from saccade.recipes.cutout.final_mask import FinalMask
from saccade.vision.methods import Method
from saccade.worlds.cutout.overlap import overlap
from saccade.worlds.cutout.rules import CutOutRules, Pens
from saccade.worlds.data.masked_folder import MaskedSplits


@pytest.mark.parametrize("pens", list(Pens))
def test_where_a_script_ends(data: MaskedSplits, pens: Pens) -> None:
    rules = CutOutRules(episode_steps=9, length=7, pens=pens)
    draw = torch.Generator().manual_seed(3)
    for _ in range(5):
        actions = (
            torch.randint(0, 16, (9,), generator=draw)
            if pens is Pens.ONE
            else torch.randint(0, 8, (9, 2), generator=draw)
        )
        games = play(partial(scripted, data.test, rules, actions), len(data.test))
        assert FinalMask(data.test, games.pens[0], rules)(actions) == games.iou[-1].mean()


@pytest.fixture(scope="module", params=list(Pens))
def played(request: pytest.FixtureRequest, data: MaskedSplits) -> dict[str, Games]:
    """The games of all baselines, with one pen per step and with both; the forecast is the ground truth."""
    rules = CutOutRules(episode_steps=8, length=6, pens=request.param)
    return dict(Baselines(data.train, data.test, rules, data.test.masks).games())


def test_baselines_stand_in_order(played: dict[str, Games]) -> None:
    iou = {name: float(each.iou[-1].mean()) for name, each in played.items()}
    assert iou["random"] < iou["blind script"] < iou["greedy oracle"] < iou["expert on the ground truth"]
    forecast, true = (played[f"expert on the {target}"].pens for target in ("forecast", "ground truth"))
    assert torch.equal(forecast, true)  # here the forecast is the ground truth
    starts = [each.pens[0] for each in played.values()]
    assert all(torch.equal(each, starts[0]) for each in starts)


def test_no_baseline_goes_to_and_fro(played: dict[str, Games]) -> None:
    """A stroke back over itself gains nothing: a policy that does no more than that has stopped."""
    for name in ("blind script", "greedy oracle"):
        pens_at = played[name].pens
        back = (pens_at[2:] == pens_at[:-2]).all(-1) & (pens_at[1:-1] != pens_at[:-2]).any(-1)
        assert back.float().mean() < 0.4, name
    greedy = played["greedy oracle"].iou.mean(1)
    assert greedy[-1] > greedy[5] > greedy[0]


@pytest.mark.parametrize("pens", list(Pens))
def test_a_script_is_as_long_as_an_episode(data: MaskedSplits, monkeypatch: pytest.MonkeyPatch, pens: Pens) -> None:
    monkeypatch.setattr(best, "TRIES", 3)
    actions = script(data.train, CutOutRules(episode_steps=10, length=6, pens=pens))
    assert actions.shape == ((10, 2) if pens is Pens.BOTH else (10,))


def test_without_a_forecast_no_expert_follows_it(data: MaskedSplits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(best, "TRIES", 1)
    games = Baselines(data.train, data.test, CutOutRules(episode_steps=2, length=6), None).games()
    assert [name for name, _ in games] == ["random", "blind script", "greedy oracle", "expert on the ground truth"]


def test_the_mean_mask_looks_at_nothing(data: MaskedSplits) -> None:
    found = mean_mask(data.train, data.test)
    always = [
        float(overlap(m.expand_as(data.test.masks).contiguous(), data.test.masks).mean()) for m in data.train.masks
    ]
    assert sum(always) / len(always) < found < 1.0


def test_a_final_mask_is_geodesic(data: MaskedSplits) -> None:
    rules = CutOutRules(segmenter=Method.WATERSHED)
    with pytest.raises(
        ValueError, match="the segmenter is watershed: only a geodesic mask can be had without the game"
    ):
        FinalMask(data.test, torch.zeros(12, 2, 2, dtype=torch.int64), rules)
