from __future__ import annotations

from functools import partial

import pytest
import torch

from saccade.recipes.cutout.baselines import Baselines, mean_mask, script, scripted
from saccade.recipes.cutout.episodes import play
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


@pytest.mark.parametrize("pens", list(Pens))
def test_baselines_stand_in_order(data: MaskedSplits, pens: Pens) -> None:
    rules = CutOutRules(episode_steps=8, length=6, pens=pens)
    games = dict(Baselines(data.train, data.test, rules, data.test.masks).games())
    iou = {name: float(each.iou[-1].mean()) for name, each in games.items()}
    assert iou["random"] < iou["blind script"] < iou["greedy oracle"] < iou["expert on the ground truth"]
    forecast, true = (games[f"expert on the {target}"].pens for target in ("forecast", "ground truth"))
    assert torch.equal(forecast, true)  # here the forecast is the ground truth
    starts = [each.pens[0] for each in games.values()]
    assert all(torch.equal(each, starts[0]) for each in starts)


@pytest.mark.parametrize("pens", list(Pens))
def test_no_baseline_goes_to_and_fro(data: MaskedSplits, pens: Pens) -> None:
    """A stroke back over itself gains nothing: a policy that does no more than that has stopped."""
    rules = CutOutRules(episode_steps=10, length=6, pens=pens)
    actions = script(data.train, rules)
    assert actions.shape == ((10, 2) if pens is Pens.BOTH else (10,))
    games = dict(Baselines(data.train, data.test, rules, None).games())
    for name in ("blind script", "greedy oracle"):
        pens_at = games[name].pens
        back = (pens_at[2:] == pens_at[:-2]).all(-1) & (pens_at[1:-1] != pens_at[:-2]).any(-1)
        assert back.float().mean() < 0.4, name
    greedy = games["greedy oracle"].iou.mean(1)
    assert greedy[-1] > greedy[5] > greedy[0]


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
