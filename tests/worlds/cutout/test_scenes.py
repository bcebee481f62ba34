from __future__ import annotations

import torch

from saccade.worlds.cutout.scenes import Scenes
from saccade.worlds.data.masked import MaskedImages


def some(n: int) -> MaskedImages:
    images = torch.arange(n, dtype=torch.uint8).view(n, 1, 1, 1).expand(n, 3, 6, 8).contiguous()
    masks = torch.zeros(n, 6, 8, dtype=torch.bool)
    masks[:, 2:4, 5:7] = True
    masks[0] = False
    masks[0, 5, 7] = True  # an object of one pixel
    return MaskedImages(images, masks, "some")


def test_every_image_comes_once_a_pass_with_its_mask() -> None:
    scenes = Scenes(some(5))
    image, ground_truth, *_ = scenes(5)
    assert sorted(image[:, 0, 0, 0].tolist()) == [0, 1, 2, 3, 4]
    assert ground_truth[image[:, 0, 0, 0].tolist().index(0)].sum() == 1


def test_starts_lie_on_and_off_the_object_and_all_over_it() -> None:
    scenes = Scenes(some(2))
    starts: set[tuple[int, int]] = set()
    for _ in range(60):
        image, ground_truth, _, start = scenes(2)
        for row, (on, off) in enumerate(start.tolist()):
            assert ground_truth[row][tuple(on)] and not ground_truth[row][tuple(off)]
            if image[row, 0, 0, 0] == 1:
                starts.add(tuple(on))
    assert starts == {(2, 5), (2, 6), (3, 5), (3, 6)}


def test_the_same_seed_draws_the_same() -> None:
    first, second = Scenes(some(4)), Scenes(some(4))
    first.seed(3), second.seed(3)
    for a, b in zip(first(9), second(9), strict=True):
        assert torch.equal(a, b)


def test_starts_that_depend_on_no_other_image() -> None:
    alone, among = Scenes(some(4), shuffle=False), Scenes(some(4), shuffle=False)
    for scenes in (alone, among):
        scenes.starts_alike = True
        scenes.seed(3)
    (*_, start), (*_, starts) = alone(1), among(4)
    assert torch.equal(starts[:1], start) and torch.equal(starts[1], starts[3])  # images 1 to 3 have one mask


def test_other_images_are_shown_in_between() -> None:
    one, other = Scenes(some(4)), Scenes(some(4))
    one.seed(3), other.seed(3)
    one(3), other(3)
    with one.on(some(6)):
        assert one(6)[0][:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4, 5]
    for a, b in zip(one(9), other(9), strict=True):
        assert torch.equal(a, b)
