"""A deck shows another set in between, and is as it was afterwards."""

from __future__ import annotations

import pytest
import torch
from jaxtyping import Int
from torch import Tensor

from saccade.graph import Batch, In, Out
from saccade.worlds import DataError, Deck, Digits, LabelledImages
from saccade.worlds.augmented import Augmented
from saccade.worlds.data.masked import MaskedImages


def masked(n: int, seed: int, side: int = 8) -> MaskedImages:
    """Noise, with half of each image the object."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (n, 3, side, side), dtype=torch.uint8, generator=generator)
    masks = torch.zeros(n, side, side, dtype=torch.bool)
    masks[:, : side // 2] = True
    return MaskedImages(images, masks, f"noise {seed}")


@pytest.mark.parametrize("drawn", [0, 5, 12, 30])
def test_training_goes_on_as_if_nothing_had_been_shown(digits: LabelledImages, drawn: int) -> None:
    one, other = Digits(digits.part(slice(0, 12))), Digits(digits.part(slice(0, 12)))
    for deck in (one, other):
        deck.seed(3)
        if drawn:
            deck(drawn)
    with one.on(test := digits.part(slice(12, 40), "test")):
        one.seed(8)
        assert one.data is test and torch.equal(one(20)[1], test.labels[:20])
        assert torch.equal(one(8)[0], test.images[20:, None].float() / 255)
    assert all(torch.equal(mine, theirs) for mine, theirs in zip(one(40), other(40), strict=True))


def test_what_is_shown_ends_with_an_error_too(digits: LabelledImages) -> None:
    deck, shown = Digits(digits), torch.rand(2, 1, 28, 28)
    deck.show(shown)
    with pytest.raises(KeyError), deck.on(digits.part(slice(3, 6))):
        assert torch.equal(deck(2)[1], digits.labels[3:5])
        raise KeyError
    assert torch.equal(deck(2)[0], shown) and len(deck.order) == 60


def test_images_with_masks() -> None:
    deck, test = Augmented(masked(6, 1)).eval(), masked(4, 2)
    with deck.on(test):
        image, ground_truth = deck(4)
    assert torch.equal(image, test.images.float() / 255) and torch.equal(ground_truth, test.masks.float())
    assert len(deck.images) == 6 and int(deck.drawn) == 0
    with pytest.raises(DataError, match=r"of 8x8 pixels"), deck.on(masked(4, 2, side=6)):
        pass


class Numbers(Deck):
    """A deck that does not say how it holds a set."""

    n: In[Batch]
    number: Out[Int[Tensor, "b"]]

    def forward(self, n: int) -> Tensor:
        return self.deal(n)


def test_a_deck_that_holds_one_set_only() -> None:
    with (
        pytest.raises(DataError, match=r"numbers, a Numbers, cannot be shown another set: define Numbers\.held"),
        Numbers(range(3)).on(range(4)),
    ):
        pass
