from __future__ import annotations

import torch

from saccade.worlds.cutout.views import DrawnIn, Layers

IMAGE = torch.randint(0, 256, (2, 3, 3, 4), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
DRAWN = torch.zeros(2, 3, 4, dtype=torch.uint8)
DRAWN[0, 1, 2], DRAWN[1, 0, 0] = 1, 2


def test_strokes_in_the_image() -> None:
    view = DrawnIn(3, 4)(IMAGE, DRAWN)
    assert view[0, :, 1, 2].tolist() == [0, 255, 0] and view[1, :, 0, 0].tolist() == [255, 0, 0]
    untouched = (DRAWN == 0)[:, None].expand_as(IMAGE)
    assert torch.equal(view[untouched], IMAGE[untouched])


def test_strokes_in_layers_of_their_own() -> None:
    view = Layers(3, 4)(IMAGE, DRAWN)
    assert torch.equal(view[:, :3], IMAGE)
    assert view[:, 3].sum() == 255 and view[0, 3, 1, 2] == 255 and view[:, 4].sum() == 255 and view[1, 4, 0, 0] == 255
