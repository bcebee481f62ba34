import pytest
import torch
from torch import Tensor

from saccade.graph import Graph
from saccade.worlds import Digits, Field, LabelledImages, Shift


def images(n: int, side: int) -> Tensor:
    return torch.rand(n, 1, side, side, generator=torch.Generator().manual_seed(0)) + 0.1  # no pixel is black


def test_the_image_lies_whole_inside() -> None:
    image = images(64, 3)
    field, centre = Field(8)(image)
    assert field.shape == (64, 1, 8, 8) and centre.shape == (64, 2)
    middles = iter(centre)
    for one, within in zip(image[:, 0], field[:, 0], strict=True):
        ys, xs = within.nonzero(as_tuple=True)
        assert len(ys) == 9
        assert torch.equal(within[ys.min() : ys.min() + 3, xs.min() : xs.min() + 3], one)
        place = torch.stack([xs.min(), ys.min()]) + 1.0  # the middle of three pixels
        assert torch.allclose(next(middles), place / 3.5 - 1)


def test_every_place_is_as_probable() -> None:
    seen = Field(3)(torch.ones(9000, 1, 1, 1))[0].sum((0, 1))
    assert seen.sum() == 9000
    assert (seen - 1000).abs().max() < 150  # five standard deviations


def test_a_new_place_on_every_draw_and_the_same_for_a_seed() -> None:
    image, worlds = images(32, 2), [Field(9), Field(9)]
    for world in worlds:
        world.rng.manual_seed(3)
    first = worlds[0](image)[0]
    assert torch.equal(worlds[1](image)[0], first)
    assert not torch.equal(worlds[0](image)[0], first)


def test_a_field_of_the_image_s_size() -> None:
    image = images(2, 4)
    assert torch.equal(Field(4)(image)[0], image)


def test_too_large_an_image() -> None:
    with pytest.raises(ValueError, match="5x5 pixels does not fit a field of 4x4: use side=5 or more"):
        Field(4)(images(1, 5))
    with pytest.raises(ValueError, match="3x5"):
        Field(9)(torch.ones(1, 1, 3, 5))


def moved(image: Tensor, x: int, y: int) -> Tensor:
    """One image `(h, w)` moved by x and y, at most by one."""
    padded = torch.nn.functional.pad(image, (1, 1, 1, 1))
    return padded[1 - y : 1 - y + image.shape[0], 1 - x : 1 - x + image.shape[1]]


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3)])
def test_training_images_are_moved_by_a_pixel_at_most(shape: tuple[int, int]) -> None:
    image = torch.rand(1, 1, *shape).expand(200, 1, *shape) + 0.1
    shifted = Shift(1)(image)
    choices = {(x, y): moved(image[0, 0], x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)}
    found = [[place for place, choice in choices.items() if torch.equal(one, choice)] for one in shifted[:, 0]]
    assert all(len(places) == 1 for places in found)
    assert {places[0] for places in found} == set(choices)


def test_only_the_border_is_lost() -> None:
    image = torch.zeros(50, 1, 9, 9)
    image[:, :, 2:7, 2:7] = images(50, 5)
    assert torch.allclose(Shift(2)(image).sum((1, 2, 3)), image.sum((1, 2, 3)))


def test_nothing_is_moved_in_eval_mode_or_by_no_pixels() -> None:
    image = images(20, 4)
    assert torch.equal(Shift(1).eval()(image), image)
    assert torch.equal(Shift(0)(image), image)


def test_in_a_graph(digits: LabelledImages) -> None:
    world, field = Digits(digits), Field(60)
    world.image >> field.image
    graph = Graph(world, field)
    trace = graph.unroll(8, watch=(world.image, field.field))
    assert torch.allclose(trace[field.field].sum((2, 3, 4)), trace[world.image].sum((2, 3, 4)))
    again = graph.unroll(8, watch=(field.field,), replay=trace)
    assert torch.equal(again[field.field], trace[field.field])  # of the world, so replayed
