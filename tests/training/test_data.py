from __future__ import annotations

import pytest
import torch

from saccade.training.data import split_in_three, with_validation
from saccade.worlds import DataError, LabelledImages


def images(labels: list[int]) -> LabelledImages:
    pixels = torch.arange(len(labels), dtype=torch.uint8)[:, None, None].expand(-1, 2, 2).contiguous()
    return LabelledImages(pixels, torch.tensor(labels), "some", classes=tuple("abcdefghijkl"))


def test_as_many_as_are_asked_for_are_enough() -> None:
    for least, part in ((12, lambda found: with_validation(found, found)), (14, split_in_three)):
        with pytest.raises(DataError, match=f"{least - 1} images .*: there must be {least} or more"):
            part(images([0, 1] * 20).part(slice(least - 1)))
        found = part(images([0, 1] * 20).part(slice(least)))
        assert (len(found.train), len(found.validation)) == (11, 1)


@pytest.mark.parametrize("alone", range(24))
def test_no_class_is_left_without_an_image_to_learn_from(alone: int) -> None:
    """Whichever image is the only one of its class, also one that would be drawn for validation."""
    labels = [0] * 24
    labels[alone] = 1
    found = with_validation(images(labels), images(labels))
    assert sorted(found.train.labels.tolist()) == [0] * 21 + [1] and found.validation.labels.tolist() == [0, 0]
