from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from saccade.vision.methods import Method
from saccade.vision.segmenters import segment

rng = np.random.default_rng(0)
GROUND_TRUTH = np.zeros((40, 48), bool)
GROUND_TRUTH[10:30, 12:36] = True
FLAT = np.where(GROUND_TRUTH[..., None], (200, 60, 40), (40, 90, 180))
IMAGE = (FLAT + rng.integers(-12, 13, (40, 48, 3))).astype(np.uint8)
STROKES = np.zeros((40, 48), np.uint8)
STROKES[18, 15:33] = 1
STROKES[4, 3:45] = STROKES[36, 3:45] = 2


@pytest.mark.parametrize("method", list(Method))
def test_every_method_finds_a_plain_object_and_keeps_the_strokes(method: Method) -> None:
    mask = segment(IMAGE, STROKES, method)
    assert mask.dtype == np.bool_ and mask.shape == GROUND_TRUTH.shape
    assert (mask & GROUND_TRUTH).sum() / (mask | GROUND_TRUTH).sum() > 0.97
    assert mask[STROKES == 1].all() and not mask[STROKES == 2].any()
    assert np.array_equal(mask, segment(IMAGE, STROKES, method))


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (1, 9), (3, 3)])
@pytest.mark.parametrize("method", list(Method))
def test_images_of_a_few_pixels(method: Method, shape: tuple[int, int]) -> None:
    image, strokes = np.full((*shape, 3), 100, np.uint8), np.zeros(shape, np.uint8)
    strokes.flat[0], strokes.flat[-1] = 1, 2
    mask = segment(image, strokes, method)
    assert mask.shape == shape and mask.flat[0] and not mask.flat[-1]


@pytest.mark.parametrize(
    ("image", "strokes", "message"),
    [
        (IMAGE / 255, STROKES, r"the image is float64 of shape \(40, 48, 3\): it must be uint8"),
        (IMAGE[..., 0], STROKES, r"the image is uint8 of shape \(40, 48\)"),
        (IMAGE, STROKES[1:], r"strokes are uint8 of shape \(39, 48\): they must be uint8 of \(40, 48\)"),
        (IMAGE.tolist(), STROKES, "image is a list: it must be an array, see numpy.asarray"),
        (IMAGE, None, "strokes is a NoneType: it must be an array"),
        (IMAGE[:0], STROKES[:0], r"the image is uint8 of shape \(0, 48, 3\)"),
        (IMAGE, STROKES * 3, "strokes hold the value 6"),
        (IMAGE, STROKES * (STROKES == 1), "no stroke on the ground: draw at least one on each"),
        (IMAGE, STROKES * (STROKES == 2), "no stroke on the object"),
    ],
)
def test_what_cannot_be_segmented(image: Any, strokes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        segment(image, strokes)


def test_a_method_by_its_name() -> None:
    image, strokes = np.zeros((4, 4, 3), np.uint8), np.array([[1, 0, 0, 2]] * 4, np.uint8)
    assert (segment(image, strokes, "watershed") == segment(image, strokes, Method.WATERSHED)).all()
    with pytest.raises(ValueError, match="method is 'foo': it must be one of geodesic, grabcut, random-walker"):
        segment(image, strokes, "foo")


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_picture_without_contrast_is_parted_between_the_strokes(method: Method, grey: int) -> None:
    image, strokes = np.full((9, 12, 3), grey, np.uint8), np.zeros((9, 12), np.uint8)
    strokes[:, 0], strokes[:, -1] = 1, 2
    mask = segment(image, strokes, method)
    assert mask[:, 0].all() and not mask[:, -1].any()
    if method in (Method.GEODESIC, Method.RANDOM_WALKER):
        assert mask[:, :5].all() and not mask[:, 7:].any()
