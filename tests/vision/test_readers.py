from typing import Any

import pytest
import torch
from torch import Tensor

from saccade.graph import Graph, Loop, WiringError
from saccade.vision import ConvolutionalReader, Crop, FeedForwardReader, RecurrentReader
from saccade.vision.glimpse_network import PLACE_FEATURES, place_features
from saccade.worlds import Digits, LabelledImages

Reader = FeedForwardReader | RecurrentReader | ConvolutionalReader


def tiny(kind: type[Any]) -> Any:
    torch.manual_seed(0)
    return kind(3, 4, classes=3, channels=2, **OWN.get(kind, {}))


OWN = {ConvolutionalReader: {"maps": 2}, FeedForwardReader: {"width": 5}}
KINDS = [FeedForwardReader, RecurrentReader, ConvolutionalReader]


def inputs(reader: Reader, b: int = 2) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    shapes = [(b, 2, 3, 3), (b, 2)]
    if isinstance(reader, RecurrentReader):
        shapes.append((b, 4))
    elif isinstance(reader, ConvolutionalReader):
        shapes.append((b, 2, 3, 3))
    return [torch.rand(shape, generator=generator) - 0.5 for shape in shapes]


@pytest.mark.parametrize("kind", KINDS)
def test_shapes(kind: type[Any]) -> None:
    reader = tiny(kind)
    results = reader(*inputs(reader))
    assert results[0].shape == (2, 4) and results[-1].shape == (2, 3)
    if kind is ConvolutionalReader:
        assert results[1].shape == (2, 2, 3, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_place_and_the_patch_matter(kind: type[Any]) -> None:
    reader = tiny(kind)
    patch, at, *state = inputs(reader)
    logits = reader(patch, at, *state)[-1]
    assert not torch.allclose(reader(patch, -at, *state)[-1], logits)
    assert not torch.allclose(reader(-patch, at, *state)[-1], logits)


@pytest.mark.parametrize("kind", [RecurrentReader, ConvolutionalReader])
def test_the_recurrent_state_matters(kind: type[Any]) -> None:
    reader = tiny(kind)
    patch, at, state = inputs(reader)
    assert not torch.allclose(reader(patch, at, state)[-1], reader(patch, at, -state)[-1])


@pytest.mark.parametrize("kind", KINDS)
def test_gradients(kind: type[Any]) -> None:
    reader = tiny(kind).double()
    given = [each[:1].double().requires_grad_() for each in inputs(reader)]
    assert torch.autograd.gradcheck(lambda *x: reader(*x)[-1], given)


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_learns(kind: type[Any]) -> None:
    reader = tiny(kind)
    reader(*inputs(reader, 8))[-1].square().sum().backward()
    assert all(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in reader.parameters())


@pytest.mark.parametrize("kind", KINDS)
def test_an_eye_of_another_size_is_refused(kind: type[Any]) -> None:
    with pytest.raises(WiringError, match=r"crop\.patch.*7 7.*reader\.patch.*9 9"):
        Crop(7).patch >> kind(9).named("reader").patch


def test_an_image_of_other_channels_is_refused(digits: LabelledImages) -> None:
    world, eye, reader = Digits(digits), Crop(9), FeedForwardReader(9, channels=3)
    world.image >> eye.image
    with pytest.raises(WiringError, match=r"crop\.patch.*1 9 9.*feedforwardreader\.patch.*3 9 9"):
        eye.patch >> reader.patch


@pytest.mark.parametrize(("kind", "carries"), [(RecurrentReader, "hidden"), (ConvolutionalReader, "memory")])
def test_recurrence_is_an_edge(kind: type[Any], carries: str, digits: LabelledImages) -> None:
    torch.manual_seed(0)
    world, eye, reader = Digits(digits, shuffle=False), Crop(3), kind(3, 8)
    world.image >> eye.image
    eye.patch >> reader.patch
    getattr(reader, carries) >> reader.state
    graph = Graph(world, Loop(eye, reader, times=3))
    logits = graph.unroll(2, watch=(reader.logits,))[reader.logits]
    assert logits.shape == (3, 2, 10)
    assert not torch.allclose(logits[0], logits[1])  # the same fixation again, another state


def test_features_of_a_place() -> None:
    middle = place_features(torch.zeros(1, 2))
    assert middle.shape == (1, PLACE_FEATURES)
    assert middle[0, :14].tolist() == [0] * 14 and middle[0, 14:].tolist() == [1] * 12
    xs, ys = torch.meshgrid(torch.linspace(-1, 1, 28), torch.linspace(-1, 1, 28), indexing="xy")
    every = place_features(torch.stack([xs.flatten(), ys.flatten()], 1))
    apart = torch.cdist(every, every) + 9 * torch.eye(784)
    assert apart.min() > 0.1  # no two pixels of an image look alike
    assert every[:, 2:].abs().max() <= 1
