from __future__ import annotations

import numpy as np
import pytest
import torch

from saccade.worlds.data.masked import MaskedImages
from saccade.worlds.faces import Faces, faces
from saccade.worlds.faces.cast import cast
from saccade.worlds.faces.mask import in_one_piece, largest_piece
from saccade.worlds.faces.people import draw_people, render

MANY = 200


@pytest.fixture(scope="module")
def many() -> MaskedImages:
    return faces(MANY, size=64, seed=11)


def pieces(mask: np.ndarray) -> int:
    """How many 4-connected pieces a mask has, counted by scipy."""
    from scipy.ndimage import label

    return int(label(mask)[1])


def test_shapes_and_types(many: MaskedImages) -> None:
    assert many.images.shape == (MANY, 3, 64, 64) and many.images.dtype == torch.uint8
    assert many.masks.shape == (MANY, 64, 64) and many.masks.dtype == torch.bool


def test_the_same_seed_draws_the_same_and_another_one_does_not(many: MaskedImages) -> None:
    again, other = faces(3, size=64, seed=11), faces(3, size=64, seed=12)
    assert torch.equal(again.images, many.images[:3]) and torch.equal(again.masks, many.masks[:3])
    assert not torch.equal(other.images, again.images)


def test_faces_are_drawn_as_they_are_taken(many: MaskedImages) -> None:
    some = Faces(MANY, size=64, seed=11)
    for which in (torch.tensor([7, 0]), torch.tensor([7, 9, 9])):
        images, masks = some.take(which)
        assert torch.equal(images, many.images[which]) and torch.equal(masks, many.masks[which])
    assert len(some) == MANY and some.size == (64, 64) and some.name == many.name


def test_all_people_differ(many: MaskedImages) -> None:
    assert len({image.numpy().tobytes() for image in many.images}) == MANY
    assert len({mask.numpy().tobytes() for mask in many.masks}) == MANY


@pytest.mark.parametrize("seed", [-1, 2**63, 2**80])
def test_any_integer_is_a_seed(seed: int) -> None:
    assert len(faces(1, size=32, seed=seed)) == 1


@pytest.mark.parametrize("threads", [2, 3, 5])
def test_threads_change_no_bit(many: MaskedImages, threads: int) -> None:
    people = cast(12, 11)
    images, masks = render(people, people["ground"], 64, threads)
    assert torch.equal(torch.from_numpy(images), many.images[:12])
    assert torch.equal(torch.from_numpy(masks), many.masks[:12])


def test_person_and_ground_are_one_piece_each(many: MaskedImages) -> None:
    for mask in many.masks.numpy():
        assert pieces(mask) == 1 and pieces(~mask) == 1


def test_person_and_ground_have_their_share(many: MaskedImages) -> None:
    share = many.masks.float().mean((1, 2))
    assert share.min() >= 0.12 and share.max() <= 0.88


def test_people_reach_the_bottom_and_leave_the_top_free(many: MaskedImages) -> None:
    assert many.masks[:, -1].any(1).all() and not many.masks[:, 0].any()


@pytest.mark.parametrize("size", [32, 45, 128, 256])
def test_another_size_shows_the_same_person(size: int) -> None:
    drawn, known = faces(4, size=size, seed=11), faces(4, size=64, seed=11)
    assert drawn.size == (size, size)
    scaled = torch.nn.functional.interpolate(drawn.masks[:, None].float(), (64, 64), mode="area")[:, 0] > 0.5
    both, either = (scaled & known.masks).sum((1, 2)), (scaled | known.masks).sum((1, 2))
    assert (both / either > 0.85).all()  # the margin is a pixel count, not a share


def test_the_mask_is_where_the_ground_is_not_seen() -> None:
    people = cast(8, 5)
    (one, masks), (other, same) = (render(people, people["ground"] + which, 64) for which in range(2))
    assert np.array_equal(masks, same)
    changed = (one != other).any(1)
    for differs, mask in zip(changed, masks, strict=True):
        inner, outer = (eroded(eroded(side)) for side in (mask, ~mask))  # the lens mixes neighbours
        assert not differs[inner].any()
        assert differs[outer].mean() > 0.9


def eroded(mask: np.ndarray) -> np.ndarray:
    from scipy.ndimage import binary_erosion

    return np.asarray(binary_erosion(mask, np.ones((3, 3)), border_value=1))


def test_the_mask_is_coverage_above_a_half() -> None:
    for colour, cover in zip(*draw_people(cast(8, 6), 64), strict=True):
        mask = in_one_piece(cover, colour)
        assert np.array_equal(mask, cover > 0.5)
        assert np.isfinite(colour).all() and colour.min() >= 0 and colour.max() <= 1
        assert {0.25, 0.5, 0.75} <= set(np.unique(cover).tolist())  # soft edges


def test_loose_bits_go_and_gaps_are_filled() -> None:
    cover = np.zeros((8, 8), np.float32)
    cover[2:7, 2:7], cover[4, 4], cover[0, 0] = 1, 0, 1  # a ring, and a speck
    colour = np.full((8, 8, 3), 0.5, np.float32) * cover[..., None]
    mask = in_one_piece(cover, colour)
    assert mask.sum() == 25 and mask[4, 4] and not mask[0, 0]
    assert cover[0, 0] == 0 and cover[4, 4] == 1 and 0.3 < colour[4, 4, 0] <= 0.5


def test_corners_do_not_join_pieces() -> None:
    mask = np.array([[1, 1, 0], [0, 0, 1], [0, 0, 1]], np.bool_)
    assert largest_piece(mask).tolist() == [[True, True, False], [False] * 3, [False] * 3]
    assert not largest_piece(np.zeros((2, 2), np.bool_)).any()


@pytest.mark.parametrize(
    ("n", "size", "wrong"), [(0, 64, "n=0"), (-3, 64, "n=-3"), (1, 31, "size=31"), (1, 1025, "size=1025")]
)
def test_what_cannot_be_drawn_is_refused(n: int, size: int, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        faces(n, size=size)
