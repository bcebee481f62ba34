from __future__ import annotations

import numpy as np
import pytest

from saccade.worlds.faces.backgrounds import paint_backgrounds
from saccade.worlds.faces.brush import Board, Form, blur, lay
from saccade.worlds.faces.kernels import dice

MANY, SIZE = 24, 32


def painted(seeds: np.ndarray, of: float = 0.4) -> np.ndarray:
    pictures = np.full((len(seeds), SIZE, SIZE, 3), np.nan, np.float32)
    paint_backgrounds(pictures, np.full((len(seeds), 5, 3), of), seeds)
    return pictures


def board(picture: np.ndarray) -> Board:
    return Board(picture, np.array([[0.2, 0.4, 0.6], [1.0, 1.0, 1.0]]), dice(1), 1)


def test_backgrounds_fill_the_picture_and_differ() -> None:
    pictures = painted(np.arange(MANY))
    assert np.isfinite(pictures).all() and pictures.min() >= 0 and pictures.max() < 2
    assert len({picture.tobytes() for picture in pictures}) == MANY
    assert (pictures.std((1, 2)).max(1) > 0.02).mean() > 0.9  # cluttered


@pytest.mark.parametrize("at_once", [1, 5])
def test_a_background_is_the_same_alone_and_with_others(at_once: int) -> None:
    seeds = np.arange(MANY) + 2**62
    parts = [painted(seeds[i : i + at_once]) for i in range(0, MANY, at_once)]
    assert np.array_equal(np.concatenate(parts), painted(seeds))


def test_a_background_takes_up_the_colours_of_the_person() -> None:
    dark, bright = (painted(np.arange(MANY), of).mean() for of in (0.1, 0.9))
    assert bright > dark + 0.05


def test_a_box_covers_its_pixels_and_the_last_shape_lies_on_top() -> None:
    pictures = np.zeros((2, 16, 16, 3), np.float32)
    below, other = board(pictures[0]), board(pictures[1])
    below.shape(Form.BOX, 0.5, 0.5, 0.25, 0.25, 0.0, 0, 0.5, 1.0, 0.0)
    below.shape(Form.BOX, 0.25, 0.5, 0.0625, 0.125, 0.0, 1, 1.0, 0.5, 0.0)
    other.shapes(Form.BOX, np.array([0.25, 0.75]), 0.5, 0.125, 0.25, 0.0, 1, np.array([0.1, 0.9]), 1.0, 0.0)
    lay(pictures, [below, other])
    assert np.allclose(pictures[0, 4:12, 5:12], [0.1, 0.2, 0.3])
    assert np.allclose(pictures[0, 6:10, 4], [0.55, 0.6, 0.65]) and np.allclose(pictures[0, 6:10, 3], 0.5)
    assert (pictures[0].any(-1)).sum() == 64 + 4
    assert np.allclose(pictures[1, 4:12, 2:6], 0.1) and np.allclose(pictures[1, 4:12, 10:14], 0.9)
    assert pictures[1].any(-1).sum() == 64


def test_ovals_are_full_and_rings_and_frames_are_hollow() -> None:
    pictures = np.zeros((4, 64, 64, 3), np.float32)
    boards = [board(picture) for picture in pictures]
    for form, one in zip(Form, boards, strict=True):
        one.shape(form, 0.5, 0.5, 0.4, 0.3, 0.0, 1, 1.0, 1.0, 0.0)
    lay(pictures, boards)
    areas = dict(zip(Form, pictures[..., 0].sum((1, 2)) / 64**2, strict=True))
    assert areas[Form.BOX] == pytest.approx(0.48, rel=0.03)
    assert areas[Form.OVAL] == pytest.approx(np.pi * 0.12, rel=0.03)
    centres = dict(zip(Form, pictures[:, 32, 32, 0], strict=True))
    assert centres == {Form.BOX: 1, Form.OVAL: 1, Form.RING: 0, Form.FRAME: 0}


def test_the_lens_spreads_a_point_as_two_boxes_and_leaves_a_plain_picture_plain() -> None:
    point, plain = np.zeros((9, 9, 3), np.float32), np.full((9, 9, 3), 0.3, np.float32)
    point[4, 4] = 81
    blur(point, 1)
    blur(plain, 3)
    assert np.allclose(point[..., 0], np.outer([0, 0, 1, 2, 3, 2, 1, 0, 0], [0, 0, 1, 2, 3, 2, 1, 0, 0]))
    assert np.allclose(plain, 0.3)
