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
    ("arguments", "says"), [((8, 0), "scales=0"), ((9, 2), "size=9: with 2 scales it must be even")]
)
def test_glimpses_that_cannot_be(arguments: tuple[int, int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        GlimpseSensor(*arguments)


def test_in_a_graph(digits: LabelledImages) -> None:
    world, eye = Digits(digits), GlimpseSensor(4, 3)
    world.image >> eye.image
    trace = Graph(world, eye, check=True).unroll(5, watch=(eye.patch,))
    assert trace[eye.patch].shape == (1, 5, 3, 4, 4)
