from __future__ import annotations

import pytest
import torch

from saccade.vision.segmenter import Segmenter
from saccade.worlds.cutout.canvas import line, steps
from saccade.worlds.cutout.expert import IMPOSSIBLE, Expert
from saccade.worlds.cutout.lookahead import Lookahead
from saccade.worlds.cutout.overlap import overlap

from .test_expert import some

ALL = torch.ones(2, dtype=torch.bool)
SIDE, LENGTH = 32, 6


def test_trials_show_what_a_stroke_does_to_the_mask() -> None:
    data, pens = some(2), torch.tensor([[[10, 12], [2, 2]], [[24, 20], [30, 0]]])
    segmenter, forecast = Segmenter(SIDE, SIDE), data.masks.to(torch.uint8) * 200
    dots = (pens[..., 0] * SIDE + pens[..., 1])[..., None]
    mask, _ = segmenter(data.images, dots, ALL, ALL)
    keys = segmenter.maps.keys.copy()
    trials = Lookahead(segmenter, LENGTH)(forecast, mask, pens, ALL, ALL)
    assert trials.shape == (2, 2, 8, 5) and trials.abs().max() <= 5 and bool(trials.isfinite().all())
    assert (segmenter.maps.keys == keys).all()  # tried out, not drawn
    direction = 2
    other = Segmenter(SIDE, SIDE)
    other(data.images, dots, ALL, ALL)
    to = (pens[:, 0] + steps(LENGTH)[direction]).clamp(0, SIDE - 1)
    way = line(pens[:, 0], to, LENGTH)
    strokes = torch.full((2, 2, way.shape[1]), -1)
    strokes[:, 0] = way[..., 0] * SIDE + way[..., 1]
    after, _ = other(data.images, strokes, ~ALL, ALL)
    gain = overlap(after, data.masks) - overlap(mask, data.masks)
    assert torch.allclose(trials[:, 0, direction, 0], 20 * gain, atol=1e-3)
    union = (mask | data.masks).sum((1, 2))
    for place, changed in ((1, after & ~mask & data.masks), (2, after & ~mask & ~data.masks)):
        share = changed.sum((1, 2)) / union
        assert torch.allclose(trials[:, 0, direction, place], (10 * (share / 10).sqrt()).clamp(max=5), atol=1e-2)


def test_only_the_forecast_is_asked() -> None:
    """Likelihoods on one side of a half are one and the same to it."""
    data, pens = some(2), torch.tensor([[[10, 12], [2, 2]], [[24, 20], [30, 0]]])
    segmenter = Segmenter(SIDE, SIDE)
    dots = (pens[..., 0] * SIDE + pens[..., 1])[..., None]
    mask, _ = segmenter(data.images, dots, ALL, ALL)
    ahead = Lookahead(segmenter, LENGTH)
    sure, unsure = (torch.where(data.masks, on, off).to(torch.uint8) for on, off in ((255, 0), (128, 127)))
    assert torch.equal(ahead(sure, mask, pens, ALL, ALL), ahead(unsure, mask, pens, ALL, ALL))
    assert not torch.equal(ahead(sure, mask, pens, ALL, ALL), ahead(255 - sure, mask, pens, ALL, ALL))


def test_hopes_and_scores_are_those_of_the_expert() -> None:
    data, pens = some(2), torch.tensor([[[10, 12], [2, 2]], [[24, 20], [30, 0]]])
    segmenter, forecast = Segmenter(SIDE, SIDE), data.masks.to(torch.uint8) * 255
    dots = (pens[..., 0] * SIDE + pens[..., 1])[..., None]
    mask, _ = segmenter(data.images, dots, ALL, ALL)
    trials = Lookahead(segmenter, LENGTH)(forecast, mask, pens, ALL, ALL)
    scores = Expert(segmenter, LENGTH)(data.masks, mask, pens, ALL, ALL)
    leads = scores != IMPOSSIBLE
    assert torch.allclose(trials[..., 4][leads], 20 * scores.clamp(-0.1, 0.1)[leads], atol=1e-5)
    assert not leads.all() and (trials[..., 4][~leads] == -1).all()
    assert bool((trials[..., 3] != 0).any())


def test_the_targets_of_episodes_that_go_on_are_kept() -> None:
    data, pens = some(2), torch.tensor([[[10, 12], [2, 2]], [[10, 12], [2, 2]]])
    segmenter = Segmenter(SIDE, SIDE)
    dots = (pens[..., 0] * SIDE + pens[..., 1])[..., None]
    mask, _ = segmenter(data.images, dots, ALL, ALL)
    ahead, second = Lookahead(segmenter, LENGTH), torch.tensor([False, True])
    one, other = (masks.to(torch.uint8) * 255 for masks in (data.masks, data.masks.roll(4, 2)))
    before = ahead(one, mask, pens, ALL, ALL)
    after = ahead(torch.where(second[:, None, None], other, one), mask, pens, second, ALL)
    fresh = Lookahead(segmenter, LENGTH)(other, mask, pens, ALL, ALL)
    assert torch.equal(after[0], before[0]) and torch.equal(after[1], fresh[1])
    assert not torch.equal(before[1], fresh[1])


def test_it_needs_maps() -> None:
    with pytest.raises(ValueError, match="segmenter has no maps"):
        Lookahead(Segmenter(SIDE, SIDE), LENGTH)(
            torch.zeros(2, SIDE, SIDE, dtype=torch.uint8), ALL[:, None, None], torch.zeros(2, 2, 2).long(), ALL, ALL
        )
