"""Episodes as they are played, kept and described."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from saccade.recipes.cutout import episodes
from saccade.recipes.cutout.baselines import expert_game
from saccade.recipes.cutout.episodes import play
from saccade.recipes.cutout.strokes import habits
from saccade.worlds.cutout.overlap import overlap
from saccade.worlds.cutout.rules import CutOutRules
from saccade.worlds.data.masked import MaskedImages
from saccade.worlds.data.masked_folder import MaskedSplits

from .boxes import SIDE


def test_episodes_are_played_in_parts(data: MaskedSplits, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = CutOutRules(episode_steps=3, length=6)
    monkeypatch.setattr(episodes, "_AT_ONCE", 5)
    monkeypatch.setattr(episodes, "_SHOWN", 2)
    monkeypatch.setattr(episodes, "_WORST", 3)
    games = play(partial(expert_game, data.test, rules, data.test.masks), 12)
    worst = set(games.iou[-1].argsort(stable=True)[:3].tolist())
    assert games.iou.shape == (4, 12) and games.kept.tolist() == sorted({0, 1} | worst)
    for place, index in enumerate(games.kept.tolist()):
        ious = overlap(games.masks[:, place].contiguous(), data.test.masks[index].expand(4, SIDE, SIDE).contiguous())
        assert torch.equal(ious, games.iou[:, index])


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


def test_turns_of_pens_that_alternate() -> None:
    scene = MaskedImages(torch.zeros(1, 3, 30, 30, dtype=torch.uint8), torch.eye(30, dtype=torch.bool)[None], "line")
    way = [torch.tensor([[5, 5], [20, 20]])]
    for step, move in enumerate([(0, 3), (0, 3), (3, 0), (0, 3), (0, 3)]):  # the first pen turns twice, the other never
        way.append(way[-1].clone())
        way[-1][step % 2] += torch.tensor(move)
    assert habits(torch.stack(way)[:, None], scene)["turns"] == pytest.approx(2 / 3)
