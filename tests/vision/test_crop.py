import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from saccade.graph import Graph
from saccade.vision import Crop, SmoothCrop
from saccade.worlds import Digits, LabelledImages

FIVE = torch.arange(1.0, 26).view(1, 1, 5, 5)


def look(crop: Crop, image: Tensor, *at: float) -> list[list[float]]:
    patch, _ = crop(image, torch.tensor([at]))
    found: list[list[float]] = patch[0, 0].tolist()
    return found


@pytest.mark.parametrize(
    ("at", "patch"),
    [
        ((0, 0), [[7, 8, 9], [12, 13, 14], [17, 18, 19]]),
        ((-1, -1), [[0, 0, 0], [0, 1, 2], [0, 6, 7]]),
        ((1, -1), [[0, 0, 0], [4, 5, 0], [9, 10, 0]]),
        ((-1, 1), [[0, 16, 17], [0, 21, 22], [0, 0, 0]]),
        ((1, 1), [[19, 20, 0], [24, 25, 0], [0, 0, 0]]),
        ((-3, 0), [[0, 6, 7], [0, 11, 12], [0, 16, 17]]),  # outside: moved to the border
        ((7, 9), [[19, 20, 0], [24, 25, 0], [0, 0, 0]]),
        ((0.5, -0.5), [[3, 4, 5], [8, 9, 10], [13, 14, 15]]),
    ],
)
def test_known_patches(at: tuple[float, float], patch: list[list[float]]) -> None:
    assert look(Crop(3), FIVE, *at) == patch
    assert torch.allclose(torch.tensor(look(SmoothCrop(3), FIVE, *at)), torch.tensor(patch).float(), atol=1e-4)


def test_sizes_of_a_patch() -> None:
    assert look(Crop(1), FIVE, 1, -1) == [[5]]
    assert look(Crop(2), FIVE, 0, 0) == [[7, 8], [12, 13]]  # an even patch has one pixel more before its middle
    assert look(Crop(4), FIVE, -1, -1) == [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 2], [0, 0, 6, 7]]
    whole = torch.tensor(look(Crop(11), FIVE, 0, 0))
    assert torch.equal(whole[3:8, 3:8], FIVE[0, 0]) and whole.sum() == FIVE.sum()


def test_x_runs_along_the_width() -> None:
    image = torch.arange(1.0, 16).view(1, 1, 3, 5)
    assert look(Crop(1), image, 1, 0) == [[10]]
    assert look(Crop(1), image, 0, 1) == [[13]]
    assert look(SmoothCrop(1), image, 1, 0)[0][0] == pytest.approx(10, abs=1e-4)


def test_every_channel_and_every_image_its_own_place() -> None:
    image = torch.stack([FIVE[0, 0], -FIVE[0, 0]]).expand(2, 2, 5, 5)
    patch, _ = Crop(1)(image, torch.tensor([[-1.0, -1.0], [1.0, 1.0]]))
    assert patch[:, :, 0, 0].tolist() == [[1, -1], [25, -25]]


def test_an_image_of_one_pixel() -> None:
    image = torch.full((1, 1, 1, 1), 7.0)
    for crop in (Crop(3), SmoothCrop(3)):
        patch, place = crop(image, torch.tensor([[0.4, -1.0]]))
        assert patch.flatten().tolist() == pytest.approx([0, 0, 0, 0, 7, 0, 0, 0, 0])
        assert not place.isnan().any()
    _, place = Crop(3)(image.expand(1, 1, 1, 5), torch.tensor([[0.3, 1.0]]))
    assert place.tolist() == [[0.5, 0.0]]


@pytest.mark.parametrize("size", [0, -1])
def test_a_patch_has_a_pixel_at_least(size: int) -> None:
    with pytest.raises(ValueError, match=f"size={size}: a patch has 1 pixel or more"):
        Crop(size)


def test_the_fixation_is_the_place_looked_at() -> None:
    at = torch.tensor([[0.0, 0.0], [0.1, -0.2], [0.3, -1.5], [9.0, -9.0]])
    _, place = Crop(3)(FIVE.expand(4, 1, 5, 5), at)
    assert place.tolist() == [[0, 0], [0, 0], [0.5, -1], [1, -1]]
    _, again = Crop(3)(FIVE.expand(4, 1, 5, 5), place)
    assert torch.equal(again, place)
    assert torch.equal(SmoothCrop(3)(FIVE.expand(4, 1, 5, 5), at)[1], at.clamp(-1, 1))


def sliced(image: Tensor, place: Tensor, size: int) -> Tensor:
    """The patch by padding and slicing, one image after the other; `place` is in pixels."""
    padded = torch.nn.functional.pad(image, [size] * 4)
    begin = place.long() + size - size // 2
    return torch.stack([one[:, y : y + size, x : x + size] for one, (x, y) in zip(padded, begin.tolist(), strict=True)])


@settings(max_examples=40, deadline=None)
@given(
    size=st.integers(1, 12),
    h=st.integers(2, 9),
    w=st.integers(2, 9),
    places=st.lists(st.tuples(*[st.floats(-1.5, 1.5, width=32)] * 2), min_size=1, max_size=4),
)
def test_it_is_padding_and_slicing(size: int, h: int, w: int, places: list[tuple[float, float]]) -> None:
    at = torch.tensor(places)
    image = torch.rand(len(places), 2, h, w, generator=torch.Generator().manual_seed(0)) + 0.1
    half = torch.tensor([(w - 1) / 2, (h - 1) / 2])
    patch, place = Crop(size)(image, at)
    pixel = ((place + 1) * half).round()
    assert ((at.clamp(-1, 1) + 1) * half - pixel).abs().max() <= 0.5 + 1e-4
    assert torch.equal(patch, sliced(image, pixel, size))


@pytest.mark.parametrize("size", [1, 3, 4, 9])
def test_the_smooth_patch_is_the_same_in_the_middle_of_a_pixel(size: int) -> None:
    h, w = 6, 7
    xs, ys = torch.meshgrid(torch.linspace(-1, 1, w), torch.linspace(-1, 1, h), indexing="xy")
    at = torch.stack([xs.flatten(), ys.flatten()], 1)
    image = torch.rand(h * w, 2, h, w, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(SmoothCrop(size)(image, at)[0], Crop(size)(image, at)[0], atol=1e-4)


def test_between_two_pixels_it_is_their_mean() -> None:
    assert look(SmoothCrop(1), FIVE, 0.25, 0)[0][0] == pytest.approx(13.5)
    assert look(SmoothCrop(1), FIVE, 0, 0.25)[0][0] == pytest.approx(15.5)


def test_its_gradient_is_that_of_finite_differences() -> None:
    generator = torch.Generator().manual_seed(2)
    image = torch.rand(3, 2, 5, 6, dtype=torch.float64, generator=generator).requires_grad_()
    at = torch.tensor([[0.03, -0.07], [0.91, -0.93], [-0.45, 0.72]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda i, a: SmoothCrop(3)(i, a)[0], (image, at))


def test_whole_pixels_give_no_gradient_to_the_place() -> None:
    image = FIVE.clone().requires_grad_()
    at = torch.zeros(1, 2, requires_grad=True)
    patch, place = Crop(3)(image, at)
    patch.sum().backward()
    assert at.grad is None and not place.requires_grad
    assert image.grad is not None and int(image.grad.sum()) == 9


def test_in_a_graph_it_begins_in_the_middle(digits: LabelledImages) -> None:
    world, eye = Digits(digits, shuffle=False), Crop(9)
    world.image >> eye.image
    trace = Graph(world, eye).unroll(2, watch=(eye.patch, eye.fixation))
    expected = sliced(digits.images[:2, None].float() / 255, torch.tensor([[14, 14]] * 2), 9)
    assert torch.equal(trace[eye.patch][0], expected)  # 13.5 is rounded to the even pixel
    assert trace[eye.fixation].abs().max() < 0.04
