from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, label

from saccade.worlds.faces.mask import in_one_piece, largest_piece


def blobs(seed: int, size: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Coverage in quarters, in many pieces with many holes, and colours where there is any."""
    lots = np.random.default_rng(seed)
    field = gaussian_filter(lots.normal(size=(size, size)), 1.5)
    cover = (np.round(np.clip(2 * field / abs(field).max() + 0.6, 0, 1) * 4) / 4).astype(np.float32)
    return cover, lots.random((size, size, 3), np.float32) * (cover > 0)[..., None]


def ring(across: int) -> tuple[np.ndarray, np.ndarray]:
    """A person around a hole of one row; grey 0.2 left of it, 0.4 above, 0.6 right, 0.8 below."""
    cover, colour = np.zeros((7, 10), np.float32), np.zeros((7, 10, 3), np.float32)
    cover[2:5, 2 : 4 + across] = 1
    colour[2], colour[3, :3], colour[3, 3 + across :], colour[4] = 0.4, 0.2, 0.6, 0.8
    cover[3, 3 : 3 + across], colour[3, 3 : 3 + across] = 0, 0
    return cover, colour


@pytest.mark.parametrize("seed", range(4))
def test_the_largest_piece_is_that_of_scipy(seed: int) -> None:
    mask = blobs(seed)[0] > 0.5
    labels = label(mask)[0]
    assert np.array_equal(largest_piece(mask), labels == 1 + np.bincount(labels.ravel())[1:].argmax())


def test_of_pieces_alike_the_first_is_the_largest() -> None:
    mask = np.array([[0, 0, 1, 1], [1, 0, 0, 0], [1, 0, 1, 1]], np.bool_)
    assert largest_piece(mask).tolist() == [[False, False, True, True], [False] * 4, [False] * 4]


@pytest.mark.parametrize("seed", range(6))
def test_person_and_ground_end_in_one_piece_each(seed: int) -> None:
    cover, colour = blobs(seed)
    assert label(cover > 0.5)[1] > 1 and label(cover <= 0.5)[1] > 1
    mask = in_one_piece(cover, colour)
    assert label(mask)[1] == 1 and label(~mask)[1] == 1
    assert np.array_equal(mask, cover > 0.5)


@pytest.mark.parametrize(
    ("across", "value"),
    [
        (1, (0.2 + 0.4 + 0.6 + 0.8) / 4),
        (2, (0.2 + 0.4 + 0.6 / 2 + 0.8) / 3.5),
        (3, (0.2 + 0.4 + 0.6 / 3 + 0.8) / (3 + 1 / 3)),
    ],
)
def test_a_gap_takes_the_colours_next_to_it_by_nearness_a_little_darker(across: int, value: float) -> None:
    cover, colour = ring(across)
    mask = in_one_piece(cover, colour)
    assert mask[2:5, 2 : 4 + across].all() and mask.sum() == 3 * (across + 2)
    assert np.allclose(colour[3, 3], 0.8 * value) and np.array_equal(cover, mask)


def test_a_soft_edge_stays_and_what_hangs_off_it_goes() -> None:
    cover = np.zeros((6, 8), np.float32)
    cover[1:5, 1:4], cover[1:5, 4], cover[2, 5], cover[2, 7] = 1, 0.25, 0.5, 0.75
    mask = in_one_piece(cover, np.zeros((6, 8, 3), np.float32))
    assert mask.sum() == 12 and cover[2].tolist() == [0, 1, 1, 1, 0.25, 0, 0, 0]


def test_within_the_person_no_ground_shines_through() -> None:
    cover = np.zeros((7, 7), np.float32)
    cover[1:6, 1:6] = 0.75
    in_one_piece(cover, np.zeros((7, 7, 3), np.float32))
    assert (cover[2:5, 2:5] == 1).all() and (cover[1, 1:6] == 0.75).all()


def test_nobody_and_nothing_but_a_person_are_masks_too() -> None:
    nobody, all_over = np.zeros((4, 4), np.float32), np.ones((4, 4), np.float32)
    assert not in_one_piece(nobody, np.zeros((4, 4, 3), np.float32)).any()
    assert in_one_piece(all_over, np.zeros((4, 4, 3), np.float32)).all()
