import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from saccade.graph import Graph
from saccade.vision import Crop, GlimpseSensor
from saccade.worlds import Digits, LabelledImages


@settings(max_examples=40, deadline=None)
@given(
    size=st.sampled_from([2, 4, 6]),
    scales=st.integers(1, 4),
    channels=st.integers(1, 3),
    sides=st.tuples(st.integers(4, 40), st.integers(4, 40)),
    seed=st.integers(0, 99),
)
def test_every_scale_is_an_averaged_crop(
    size: int, scales: int, channels: int, sides: tuple[int, int], seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(3, channels, *sides, generator=generator)
    at = torch.rand(3, 2, generator=generator) * 3 - 1.5
    glimpse, fixation = GlimpseSensor(size, scales, channels)(image, at)
    for scale in range(scales):
        crop, same = Crop(size * 2**scale)(image, at)
        plane = glimpse[:, scale * channels : (scale + 1) * channels]
        assert torch.allclose(plane, F.avg_pool2d(crop, 2**scale), atol=1e-6) and torch.equal(fixation, same)


def test_by_hand_at_a_corner() -> None:
    image = torch.ones(1, 1, 8, 8)
    glimpse, fixation = GlimpseSensor(2, 3)(image, torch.tensor([[-1.0, -1.0]]))
    assert fixation.tolist() == [[-1, -1]]
    # only the lower right quarter of every patch lies on the image
    assert glimpse[0].tolist() == [[[0, 0], [0, 1]]] * 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((8, 0), "scales=0"),
        ((0, 1), "size=0: a patch has 1 pixel or more"),
        ((9, 2), "size=9: with 2 scales it must be even"),
    ],
)
def test_glimpses_that_cannot_be(arguments: tuple[int, int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        GlimpseSensor(*arguments)


def test_the_margin_is_kept_and_the_image_is_not() -> None:
    eye, at = GlimpseSensor(4, 2), torch.zeros(2, 2)

    def fresh(image: torch.Tensor) -> torch.Tensor:
        return GlimpseSensor(4, 2)(image, at[: len(image)])[0]

    one, other = torch.rand(2, 1, 9, 7), torch.rand(2, 1, 9, 7)
    for image in (one, other, one, one[:1], torch.rand(2, 1, 7, 9), one.double()):
        assert torch.equal(eye(image, at[: len(image)].to(image.dtype))[0], fresh(image).to(image.dtype))
    one.mul_(0.5)  # in place, as a world may do that draws into a frame
    assert torch.equal(eye(one, at)[0], fresh(one))
    with torch.inference_mode():
        assert torch.equal(eye(other, at)[0], fresh(other))
        made = other.clone()
    assert torch.equal(eye(made, at)[0], fresh(other))  # a tensor of inference mode, outside of it
    assert torch.equal(eye(one, at)[0], fresh(one))
    bright = other.clone().requires_grad_()
    eye(bright, at)[0].sum().backward()
    assert bright.grad is not None and bool(bright.grad.any())


def test_in_a_graph(digits: LabelledImages) -> None:
    world, eye = Digits(digits), GlimpseSensor(4, 3)
    world.image >> eye.image
    trace = Graph(world, eye, check=True).unroll(5, watch=(eye.patch,))
    assert trace[eye.patch].shape == (1, 5, 3, 4, 4)
