import pytest
import torch

from saccade.graph import Graph
from saccade.worlds import Clutter, Digits, Field, LabelledImages
from saccade.worlds.clutter import strew

WHITE = LabelledImages(torch.full((3, 28, 28), 255, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64), "white")


def test_pieces_lie_anywhere_and_only_add() -> None:
    images = torch.zeros(400, 1, 12, 10)
    strewn = strew(images, WHITE.images, 1, 3, torch.Generator().manual_seed(0))
    lit = strewn[:, 0] > 0
    assert lit.flatten(1).sum(1).eq(9).all() and strewn.max() == 1
    assert lit.any(2).sum(1).eq(3).all() and lit.any(1).sum(1).eq(3).all()  # a square
    assert lit.any(0).all()  # up to every corner
    bright = torch.full((4, 1, 12, 10), 0.7)
    assert set(strew(bright, WHITE.images // 2, 5, 3, torch.Generator()).unique().tolist()) == {bright.max().item()}


def test_pieces_are_cut_from_the_others() -> None:
    ramp = (torch.arange(28 * 28).view(1, 28, 28) % 251).to(torch.uint8) + 1
    piece = strew(torch.zeros(50, 1, 4, 4), ramp, 1, 4, torch.Generator().manual_seed(1))[:, 0] * 255
    steps = (piece[:, :, 1:] - piece[:, :, :-1]).round().long() % 251
    assert steps.eq(1).all()  # neighbours there are neighbours here
    assert len(piece[:, 0, 0].unique()) > 20


def test_a_new_draw_every_time_and_the_same_with_the_same_seed(digits: LabelledImages) -> None:
    def draw() -> list[torch.Tensor]:
        world, field, clutter = Digits(digits, shuffle=False), Field(40), Clutter(digits, 4, 8)
        world.image >> field.image
        field.field >> clutter.image
        graph = Graph(world, field, clutter, check=True)
        graph.seed(3)
        watch = (field.field, clutter.cluttered)
        traces = [graph.unroll(6, watch=watch) for _ in range(2)]
        assert all((trace[clutter.cluttered] >= trace[field.field]).all() for trace in traces)
        return [trace[clutter.cluttered] - trace[field.field] for trace in traces]

    first, again = draw(), draw()
    assert not torch.equal(first[0], first[1]) and all(torch.equal(a, b) for a, b in zip(first, again, strict=True))


@pytest.mark.parametrize("arguments", [(0, 8), (4, 0), (4, 29)])
def test_clutter_that_cannot_be(arguments: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="1 piece or more"):
        Clutter(WHITE, *arguments)


def test_an_image_smaller_than_a_piece() -> None:
    with pytest.raises(ValueError, match="an image of 6x9 pixels is smaller than a piece, 8"):
        Clutter(WHITE)(torch.zeros(1, 1, 6, 9))
