import pytest
import torch
from torch import nn

from saccade.vision import ResidualNetwork
from saccade.vision.plain import ResidualBlock


def images(n: int, side: int = 60, channels: int = 1) -> torch.Tensor:
    return torch.rand(n, channels, side, side, generator=torch.Generator().manual_seed(1))


def test_a_block_that_has_learned_nothing_hands_its_input_on() -> None:
    block = ResidualBlock(4, 4)
    nn.init.zeros_(block.second.weight)
    seen = images(3, 8, 4)  # not negative, so that it is rectified already
    assert torch.equal(block(seen), seen)


def test_where_a_block_halves_the_image_its_input_is_projected() -> None:
    block = ResidualBlock(2, 2, stride=2)
    nn.init.zeros_(block.second.weight)
    assert isinstance(block.skip, nn.Sequential)
    nn.init.eye_(block.skip[0].weight.view(2, 2))
    block.eval()  # the normalisation has seen nothing: mean 0, variance 1
    seen = images(2, 7, 2)
    torch.testing.assert_close(block(seen), seen[:, :, ::2, ::2], rtol=1e-4, atol=0)


@pytest.mark.parametrize(("side", "classes", "channels"), [(60, 10, 1), (100, 10, 1), (28, 3, 3), (5, 2, 1)])
def test_an_image_of_any_size_gives_one_logit_per_class(side: int, classes: int, channels: int) -> None:
    assert ResidualNetwork(classes, channels)(images(4, side, channels)).shape == (4, classes)


def test_it_has_the_parameters_of_four_stages() -> None:
    def block(before: int, after: int) -> int:
        skip = (before + 2) * after if before != after else 0
        return 9 * (before + after) * after + 4 * after + skip

    stem, head = 49 * 16 + 2 * 16, 128 * 10 + 10
    expected = stem + block(16, 16) + block(16, 32) + block(32, 64) + block(64, 128) + head
    assert sum(parameter.numel() for parameter in ResidualNetwork().parameters()) == expected == 309_178


def test_once_trained_an_image_is_classified_whatever_else_is_in_its_batch() -> None:
    network = ResidualNetwork()
    network(images(16))  # running averages
    network.eval()
    torch.testing.assert_close(network(images(8))[:2], network(images(8)[:2]))


def test_every_parameter_learns() -> None:
    network = ResidualNetwork()
    nn.functional.cross_entropy(network(images(8)), torch.arange(8)).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and bool(parameter.grad.any()), name
