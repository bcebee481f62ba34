from __future__ import annotations

import pytest
import torch
from torch import Tensor

from saccade.worlds.cutout.canvas import steps
from saccade.worlds.cutout.pen_view import PenView

SIDE, LENGTH = 48, 10
CELL = 2  # pixels of a cell at this size
EAST = int((steps(LENGTH) == torch.tensor([0, LENGTH])).all(1).nonzero())


def scene(n: int = 1) -> dict[str, Tensor]:
    """A grey picture, nothing drawn; the left half is the mask; the pens stand in its middle, and to the right."""
    mask = torch.zeros(n, SIDE, SIDE, dtype=torch.bool)
    mask[:, :, : SIDE // 2] = True
    return {
        "image": torch.full((n, 3, SIDE, SIDE), 51, dtype=torch.uint8),
        "mask": mask,
        "distance": torch.full((n, SIDE, SIDE), 1000, dtype=torch.int32),
        "drawn": torch.zeros(n, SIDE, SIDE, dtype=torch.uint8),
        "pens": torch.tensor([[24, 12], [24, 40]]).expand(n, 2, 2).contiguous(),
        "forecast": torch.zeros(n, SIDE, SIDE, dtype=torch.uint8),
    }


def look(with_forecast: bool = False, **changes: Tensor) -> tuple[Tensor, Tensor]:
    view, probes = PenView(SIDE, SIDE, LENGTH, with_forecast)(**{**scene(), **changes})
    return view[0], probes[0]


def test_each_pen_has_a_view_of_its_own() -> None:
    view, _ = look()
    inside, own, mine, others, far, other, *colours = view.transpose(0, 1)
    assert inside[0, :, :6].max() == 0 and inside[0, :, 6:].min() == 1  # 12 pixels left of it the picture ends
    assert own[0, :, 6:18].min() == 1 and own[0, :, 18:].max() == 0
    assert own[1, :, :4].max() == 0 and own[1, :, 4:16].min() == 1  # its side is the other one
    assert mine.max() == 0 and others.max() == 0
    assert far[0, 12, 12] == pytest.approx(0.25) and colours[0][0, 12, 12] == pytest.approx(0.2)
    assert other[0].argmax() == other[0, 12].argmax() + 12 * 24 or other[0, 11:13].max() == other[0].max()


def test_strokes_are_seen_by_who_drew_them() -> None:
    drawn = torch.zeros(1, SIDE, SIDE, dtype=torch.uint8)
    drawn[0, 24, 12], drawn[0, 24, 20] = 1, 2
    view, probes = look(drawn=drawn)
    assert view[0, 2].nonzero().tolist() == [[12, 12]] and view[0, 3].nonzero().tolist() == [[12, 16]]
    assert view[1, 2].nonzero().tolist() == [[12, 2]] and view[1, 3].sum() == 0  # the other stroke is out of its sight
    assert probes[0, EAST, 1] == pytest.approx(1 / 11)  # the pixel under the pen


def test_probes_tell_of_the_stroke() -> None:
    image = scene()["image"]
    image[0, :, :, 16:] = 151
    _, probes = look(image=image)
    length, again, own, steepest, change, idle = probes[0, EAST]
    assert length == 1 and again == 0 and own == 1 and steepest == 1 and idle == 0
    assert change == pytest.approx(7 / 11 * 100 / 255)
    corner = torch.tensor([[[0, 0], [24, 40]]])
    _, probes = look(pens=corner)
    assert probes[0, :, 5].sum() == 3  # north, west and between them; the other two at the border slide along it
    assert ((probes[0, :, 0] == 0) == (probes[0, :, 5] == 1)).all()


def test_a_forecast_is_seen_from_either_side() -> None:
    forecast = torch.zeros(1, SIDE, SIDE, dtype=torch.uint8)
    forecast[0, :, : SIDE // 2 - 4] = 255
    view, probes = look(True, forecast=forecast)
    assert view.shape == (2, 10, 24, 24) and probes.shape == (2, 8, 9)
    assert view[0, 9, 12, 12] == 1 and view[1, 9, 12, 12] == 1
    mean, least, missing = probes[0, EAST, 6:]
    assert mean == pytest.approx(8 / 11) and least == 0 and missing == 0
    plain = PenView(SIDE, SIDE, LENGTH, False)
    assert (plain.planes, plain.features) == (9, 6)


def test_scenes_do_not_mix() -> None:
    two = scene(2)
    two["image"][1] = 200
    view, probes = PenView(SIDE, SIDE, LENGTH, False)(**two)
    one, one_probes = look()
    assert torch.equal(view[0], one) and torch.equal(probes[0], one_probes)
    assert not torch.equal(view[1], one)
