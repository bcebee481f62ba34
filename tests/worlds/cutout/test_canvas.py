from __future__ import annotations

import pytest
import torch
from torch import Tensor

from saccade.worlds.cutout.canvas import STAY, Canvas, OnePen, line, steps

YES, NO = torch.ones(1, dtype=torch.bool), torch.zeros(1, dtype=torch.bool)


def canvas(length: int = 5, start: tuple[tuple[int, int], tuple[int, int]] = ((6, 6), (1, 1))) -> tuple[Canvas, Tensor]:
    made, place = Canvas(12, 10, length), torch.tensor([start])
    made(place, torch.full((1, 2), STAY), YES, YES)
    return made, place


def test_directions_are_equally_far() -> None:
    found = steps(18)
    assert found[0].tolist() == [0, 18] and found[1].tolist() == [13, 13] and found[6].tolist() == [-18, 0]
    assert torch.allclose(found.float().norm(dim=1), torch.tensor(18.0), atol=0.5)
    assert len({tuple(step) for step in found.tolist()}) == 8


def test_lines_are_whole() -> None:
    start, end = torch.tensor([[0, 0], [4, 4], [2, 7]]), torch.tensor([[5, 2], [4, 4], [2, 3]])
    found = line(start, end, 5)
    assert found.shape == (3, 6, 2)
    assert found[0].tolist() == [[0, 0], [1, 0], [2, 1], [3, 1], [4, 2], [5, 2]]
    assert (found[1] == 4).all()  # a line of no length is a point
    assert found[2, -1].tolist() == [2, 3] and found[2, 4].tolist() == [2, 3]


def test_an_episode_begins_with_a_dot_of_each_pen() -> None:
    made, place = Canvas(12, 10, 5), torch.tensor([[[6, 6], [1, 1]]])
    strokes, drawn, pens = made(place, torch.tensor([[3, 3]]), YES, YES)  # a move is not for the first call
    assert drawn.sum() == 3 and drawn[0, 6, 6] == 1 and drawn[0, 1, 1] == 2
    assert set(strokes[0, 0].tolist()) == {66} and set(strokes[0, 1].tolist()) == {11} and torch.equal(pens, place)


def test_pens_draw_and_stay() -> None:
    made, place = canvas()
    strokes, drawn, pens = made(place, torch.tensor([[STAY, 0]]), NO, YES)
    assert pens.tolist() == [[[6, 6], [1, 6]]] and (strokes[0, 0] == -1).all()
    assert strokes[0, 1].tolist() == [11, 12, 13, 14, 15, 16] and (drawn[0, 1, 1:7] == 2).all() and drawn.sum() == 13


def test_the_first_stroke_counts() -> None:
    made, place = canvas(start=((5, 2), (5, 7)))
    _, drawn, _ = made(place, torch.tensor([[0, 4]]), NO, YES)  # towards each other, over each other
    assert (drawn[0, 5, 2:7] == 1).all() and drawn[0, 5, 7] == 2
    _, after, _ = made(place, torch.tensor([[STAY, 0]]), NO, YES)
    assert (after[0, 5, 2:7] == 1).all()


def test_a_stroke_ends_at_the_border() -> None:
    made, place = canvas(length=8)
    strokes, _, pens = made(place, torch.tensor([[0, 5]]), NO, YES)  # east, and to the upper left
    assert pens.tolist() == [[[6, 9], [0, 0]]] and int(strokes.max()) < 120 and int(strokes.min()) == 0
    _, _, pens = made(place, torch.tensor([[1, STAY]]), NO, YES)  # south-east: along the border
    assert pens[0, 0].tolist() == [11, 9]


def test_only_active_episodes_go_on_and_fresh_ones_begin_anew() -> None:
    made = Canvas(12, 10, 3)
    start = torch.tensor([[[6, 6], [1, 1]]]).repeat(2, 1, 1)
    both = torch.ones(2, dtype=torch.bool)
    made(start, torch.full((2, 2), STAY), both, both)
    first, second = torch.tensor([True, False]), torch.tensor([False, True])
    _, drawn, pens = made(start, torch.tensor([[0, 0], [0, 0]]), ~both, first)
    assert pens[1].tolist() == start[1].tolist() and drawn[1].sum() == 3 and drawn[0].sum() == 12
    _, drawn, pens = made(start + 1, torch.tensor([[0, 0], [0, 0]]), second, second)
    assert pens[1].tolist() == [[7, 7], [2, 2]] and drawn[1].sum() == 3 and drawn[0].sum() == 12


def test_what_is_given_out_is_not_drawn_on_later() -> None:
    made, place = canvas()
    _, drawn, pens = made(place, torch.tensor([[0, 0]]), NO, YES)
    kept = drawn.clone(), pens.clone()
    made(place, torch.tensor([[2, 2]]), NO, YES)
    assert torch.equal(drawn, kept[0]) and torch.equal(pens, kept[1])


def test_one_pen_a_step() -> None:
    assert OnePen()(torch.tensor([0, 7, 8, 15, STAY])).tolist() == [[0, -1], [7, -1], [-1, 0], [-1, 7], [-1, -1]]


def test_a_stroke_has_a_length() -> None:
    with pytest.raises(ValueError, match="length=0: a stroke has 1 pixel or more"):
        Canvas(8, 8, 0)
