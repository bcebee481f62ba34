from __future__ import annotations

import pytest
import torch
from torch import Tensor

from saccade.graph import Graph, Loop
from saccade.vision.methods import Method
from saccade.vision.segmenter import Segmenter
from saccade.worlds.cutout.canvas import line, steps
from saccade.worlds.cutout.expert import IMPOSSIBLE, Expert
from saccade.worlds.cutout.overlap import overlap
from saccade.worlds.cutout.policies import GreedyPolicy, TwoPenGreedyPolicy
from saccade.worlds.cutout.rules import CutOutRules, Pens
from saccade.worlds.cutout.wiring import cutout
from saccade.worlds.data.masked import MaskedImages

ALL = torch.ones(2, dtype=torch.bool)


def some(n: int = 6, side: int = 32) -> MaskedImages:
    """Squares on a ground of another colour, both noisy, with a part of the ground's colour."""
    generator = torch.Generator().manual_seed(4)
    masks = torch.zeros(n, side, side, dtype=torch.bool)
    masks[:, 6:26, 8:24] = True
    images = torch.where(masks[:, None], 170, 80).expand(n, 3, side, side).clone()
    images[:, :, 12:16, 8:24] = 80
    noise = torch.randint(-14, 15, images.shape, generator=generator)
    return MaskedImages((images + noise).to(torch.uint8), masks, "squares")


def test_gains_are_what_the_moves_bring() -> None:
    data, length = some(2), 6
    segmenter = Segmenter(32, 32)
    expert = Expert(segmenter, length, far_sighted=False)
    pens = torch.tensor([[[10, 12], [2, 2]], [[24, 20], [30, 0]]])
    dots = (pens[..., 0] * 32 + pens[..., 1])[..., None]
    mask, _ = segmenter(data.images, dots, ALL, ALL)
    scores = expert(data.masks, mask, pens, ALL, ALL)
    before = overlap(mask, data.masks)
    for pen, direction in ((0, 0), (0, 3), (1, 1), (1, 2)):
        other = Segmenter(32, 32)
        other(data.images, dots, ALL, ALL)
        to = (pens[:, pen] + steps(length)[direction]).clamp(0, 31)
        strokes = torch.full((2, 2, 7), -1)
        strokes[:, pen] = line_of(pens[:, pen], to)
        after, _ = other(data.images, strokes, ~ALL, ALL)
        moved = (to != pens[:, pen]).any(1)
        expected = torch.where(moved, overlap(after, data.masks) - before, torch.tensor(IMPOSSIBLE))
        assert torch.allclose(scores[:, pen, direction], expected, atol=2e-4)  # ties are broken by less
    assert scores[1, 1, 2] == IMPOSSIBLE or scores[1, 1, 4] == IMPOSSIBLE  # west of the left border


def line_of(start: Tensor, end: Tensor) -> Tensor:
    way = line(start, end, 6)
    return way[..., 0] * 32 + way[..., 1]


@pytest.mark.parametrize("pens", list(Pens))
def test_a_far_sighted_expert_reaches_a_higher_overlap(pens: Pens) -> None:
    found = {}
    for far_sighted in (False, True):
        rules = CutOutRules(episode_steps=12, length=5, pens=pens)
        parts = cutout(some(), rules, shuffle=False)
        expert = Expert(parts.segmenter, 5, far_sighted)
        policy = GreedyPolicy() if pens is Pens.ONE else TwoPenGreedyPolicy()
        parts.scenes.ground_truth >> expert.target
        parts.segmenter.mask >> expert.mask
        parts.canvas.pens >> expert.pens
        expert.scores >> policy.scores
        parts.overlap.reward >> policy.reward
        policy.action >> parts.move
        graph = Graph(parts.scenes, Loop(*parts.looped, expert, policy, times=13))
        graph.seed(1)
        iou = graph.unroll(6, watch=(parts.overlap.iou,))[parts.overlap.iou]
        found[far_sighted] = iou[-1].mean().item()
        assert iou[-1].mean() > iou[0].mean() + 0.2
    assert found[True] >= found[False] - 0.02 and found[True] > 0.85


def test_it_needs_maps() -> None:
    expert = Expert(Segmenter(8, 8, Method.WATERSHED), 3)
    with pytest.raises(ValueError, match="segmenter has no maps: its method is watershed, or it has not run yet"):
        expert(torch.ones(1, 8, 8) > 0, torch.ones(1, 8, 8) > 0, torch.zeros(1, 2, 2).long(), ALL[:1], ALL[:1])
