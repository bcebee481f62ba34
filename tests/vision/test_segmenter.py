from __future__ import annotations

import torch

from saccade.vision.methods import Method
from saccade.vision.segmenter import Segmenter

IMAGES = torch.zeros(2, 3, 8, 8, dtype=torch.uint8)
IMAGES[:, :, :, 4:] = 255
ALL = torch.ones(2, dtype=torch.bool)
DOTS = torch.tensor([[[8], [15]], [[8], [15]]])  # the left border, and the right one
NONE = torch.full((2, 2, 1), -1)
LEFT = (torch.arange(8) < 4).expand(8, 8)


def test_episodes_begin_and_go_on_by_themselves() -> None:
    for method in (Method.GEODESIC, Method.WATERSHED):
        segmenter = Segmenter(8, 8, method)
        mask, _ = segmenter(IMAGES, DOTS, ALL, ALL)
        assert torch.equal(mask, LEFT.expand(2, 8, 8))
        second = torch.tensor([False, True])
        mask, _ = segmenter(IMAGES, DOTS.flip(1), second, second)  # the second begins anew, the other way round
        assert torch.equal(mask[0], LEFT) and torch.equal(mask[1], ~LEFT)
        mask, _ = segmenter(IMAGES, DOTS, ~ALL, ALL)  # over the first strokes: they stay
        assert torch.equal(mask[1], ~LEFT)
        mask, _ = segmenter(IMAGES[:1], DOTS[:1], ALL[:1], ALL[:1])  # another number of episodes
        assert torch.equal(mask, LEFT[None])
