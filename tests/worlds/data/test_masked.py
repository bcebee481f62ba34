from __future__ import annotations

import pytest
import torch

from saccade.worlds import DataError
from saccade.worlds.data.masked import MaskedImages

IMAGES = torch.zeros(2, 3, 4, 5, dtype=torch.uint8)
MASKS = (torch.arange(20) < 7).view(1, 4, 5).repeat(2, 1, 1)


def test_parts_and_sizes() -> None:
    whole = MaskedImages(IMAGES, MASKS, "two")
    assert len(whole) == 2 and whole.size == (4, 5) and "tensor" not in repr(whole)
    assert len(whole.part(torch.tensor([True, False]), "one")) == 1


@pytest.mark.parametrize(
    ("images", "masks", "message"),
    [
        (IMAGES.float(), MASKS, r"x: images are float32 of shape \(2, 3, 4, 5\), not uint8 of shape \(N, 3, h, w\)"),
        (IMAGES[:, :1], MASKS, r"images are uint8 of shape \(2, 1, 4, 5\)"),
        (IMAGES[:0], MASKS[:0], r"images are uint8 of shape \(0, 3, 4, 5\)"),
        (IMAGES, MASKS[:, :3], r"masks are bool of shape \(2, 3, 5\), not bool of shape \(2, 4, 5\)"),
        (IMAGES, MASKS.int(), "masks are int32"),
        (IMAGES, MASKS & torch.tensor([True, False]).view(2, 1, 1), "x: mask 1 has no object; leave that image out"),
        (IMAGES, MASKS | torch.tensor([True, False]).view(2, 1, 1), "x: mask 0 has nothing but object"),
    ],
)
def test_what_cannot_be(images: torch.Tensor, masks: torch.Tensor, message: str) -> None:
    with pytest.raises(DataError, match=message):
        MaskedImages(images, masks, "x")
