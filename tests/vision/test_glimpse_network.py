import pytest
import torch
from torch import nn

from saccade.vision import Frozen, GatedGlimpse, SummedGlimpse, convolutional_encoder, dense_encoder, published_reader


@pytest.mark.parametrize(("size", "side"), [(6, 1), (8, 3), (9, 4), (12, 3), (16, 3), (24, 3), (32, 3)])
def test_convolutions_end_in_small_maps(size: int, side: int) -> None:
    assert convolutional_encoder(size, 3, maps=4)(torch.rand(2, 3, size, size)).shape == (2, 8, side, side)


def test_a_glimpse_too_small_for_convolutions() -> None:
    with pytest.raises(ValueError, match="size=5: a convolutional glimpse network needs 6x6"):
        convolutional_encoder(5, 1)


def test_the_gate_by_hand() -> None:
    torch.manual_seed(0)
    network = GatedGlimpse(dense_encoder(3, 1, width=5), 3, 1, 4)
    patch, at = torch.rand(2, 1, 3, 3), torch.zeros(2, 2)
    nn.init.zeros_(network.where.weight)
    network.where.bias.data = torch.arange(10.0)  # gates 0 … 4, shifts 5 … 9
    what = network.encoder(patch) * (1 + torch.arange(5.0)) + torch.arange(5.0, 10.0)
    assert torch.allclose(network(patch, at), network.out(what.relu()).relu())


def test_normalised_features_do_not_depend_on_contrast() -> None:
    torch.manual_seed(0)
    network = GatedGlimpse(nn.Flatten(), 4, 1, 8, normalise=True)
    patch, at = torch.rand(3, 1, 4, 4), torch.rand(3, 2)
    assert torch.allclose(network(patch, at), network(10 * patch + 3, at), atol=1e-3)
    plain = GatedGlimpse(nn.Flatten(), 4, 1, 8)
    assert not torch.allclose(plain(patch, at), plain(10 * patch + 3, at), atol=1e-3)


def test_the_published_network_adds_what_and_where() -> None:
    torch.manual_seed(0)
    network = SummedGlimpse(4, 2, 6, hidden=3)
    patch, at = torch.rand(2, 2, 4, 4), torch.rand(2, 2)
    what, where = network.what(patch.flatten(1)).relu(), network.where(at).relu()
    by_what, by_where = network.out.weight.chunk(2, dim=1)
    assert torch.allclose(network(patch, at), (what @ by_what.T + where @ by_where.T + network.out.bias).relu())


def test_the_published_reader_has_a_rectified_core_and_a_linear_head() -> None:
    reader = published_reader(8, units=16, classes=10)
    hidden, logits = reader(torch.rand(2, 1, 8, 8), torch.zeros(2, 2), torch.zeros(2, 16))
    assert (hidden >= 0).all() and logits.shape == (2, 10)
    # section 4 of the paper, with 16 for 256: two layers of 128, two to the core, the core, the head
    wanted = (64 * 128 + 128) + (2 * 128 + 128) + (2 * 128 * 16 + 16) + (2 * 16 * 16 + 16) + (16 * 10 + 10)
    assert sum(p.numel() for p in reader.parameters()) == wanted


def test_a_frozen_encoder_stays_as_it_is() -> None:
    encoder = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.9), nn.Flatten())
    network = GatedGlimpse(Frozen(encoder), 6, 1, 8)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
    network.train()
    for _ in range(2):
        network(torch.rand(5, 1, 6, 6), torch.zeros(5, 2)).sum().backward()
        optimizer.step()
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())
    assert torch.equal(*(network(torch.ones(1, 1, 6, 6), torch.zeros(1, 2)) for _ in range(2)))  # no dropout


@pytest.mark.parametrize(
    ("encoder", "says"),
    [
        (nn.Conv2d(3, 4, 3), r"does not take glimpses of \(2, 1, 6, 6\): .*channels"),
        (nn.Flatten(0), r"makes a tensor \(72,\) of \(2, 1, 6, 6\), not one row of features per glimpse"),
        (nn.GRU(6, 6), "does not take glimpses"),
    ],
)
def test_encoders_that_do_not_fit(encoder: nn.Module, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        GatedGlimpse(encoder, 6, 1, 8)


def test_asking_for_the_features_changes_nothing() -> None:
    encoder = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(36))
    GatedGlimpse(encoder, 6, 1, 8)
    assert encoder.training and isinstance(encoder[1], nn.BatchNorm1d) and encoder[1].num_batches_tracked == 0
