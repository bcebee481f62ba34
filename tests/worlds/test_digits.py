import pytest
import torch
from torch import Tensor

from saccade.graph import Graph
from saccade.worlds import Digits, LabelledImages
from saccade.worlds.digits import split


def numbered(n: int) -> LabelledImages:
    """Image number i is grey of value i and has label i mod 10."""
    images = torch.arange(n, dtype=torch.uint8).view(n, 1, 1).expand(n, 28, 28).contiguous()
    return LabelledImages(images, torch.arange(n) % 10, "numbered")


def drawn(world: Digits, n: int) -> list[int]:
    image, label = world(n)
    numbers = (image[:, 0, 0, 0] * 255).round().long()
    assert torch.equal(numbers % 10, label)  # the label stays with its image
    found: list[int] = numbers.tolist()
    return found


def test_what_comes_out() -> None:
    image, label = Digits(numbered(20))(4)
    assert image.shape == (4, 1, 28, 28) and image.dtype == torch.float32 and label.dtype == torch.int64
    white = LabelledImages(torch.full((1, 28, 28), 255, dtype=torch.uint8), torch.zeros(1, dtype=torch.int64), "white")
    assert Digits(white)(1)[0].unique().tolist() == [1.0]


def test_every_image_once_a_pass_in_a_new_order() -> None:
    world = Digits(numbered(40))
    passes = [[*drawn(world, 15), *drawn(world, 15), *drawn(world, 10)] for _ in range(3)]
    assert all(sorted(each) == list(range(40)) for each in passes)
    assert passes[0] != passes[1] != passes[2] and passes[0] != list(range(40))


def test_a_draw_across_the_end_of_a_pass() -> None:
    world = Digits(numbered(7))
    many = [*drawn(world, 5), *drawn(world, 16)]
    assert all(sorted(many[start : start + 7]) == list(range(7)) for start in (0, 7, 14))


def test_in_the_order_of_the_set() -> None:
    world = Digits(numbered(3), shuffle=False)
    assert drawn(world, 5) == [0, 1, 2, 0, 1]


def test_seeds() -> None:
    worlds = [Digits(numbered(40)) for _ in range(3)]
    for world, seed in zip(worlds, (5, 5, 6), strict=True):
        Graph(world).seed(seed)
    one, same, other = (drawn(world, 100) for world in worlds)
    assert one == same != other


def test_it_goes_on_from_its_buffers() -> None:
    world, resumed = Digits(numbered(12)), Digits(numbered(12))
    drawn(world, 17)
    resumed.load_state_dict({name: value.clone() for name, value in world.state_dict().items()})
    resumed.rng.set_state(world.rng.get_state())
    assert drawn(resumed, 50) == drawn(world, 50)
    assert set(world.state_dict()) == {"order", "drawn"}  # not the images


def test_drawing_leaves_earlier_draws_alone() -> None:
    world = Digits(numbered(4))
    _, first = world(4)
    kept = first.clone()
    world(8)
    assert torch.equal(first, kept)


def test_images_can_be_shown_as_they_are() -> None:
    world = Digits(numbered(4))
    mine: Tensor = torch.rand(2, 1, 28, 28)
    world.show(mine)
    assert torch.equal(world(2)[0], mine)


def test_the_split_is_whole_disjoint_and_always_alike() -> None:
    train, validation = split(numbered(50), 12)
    parts = [set(part.images[:, 0, 0].tolist()) for part in (train, validation)]
    assert (len(train.images), len(validation.images)) == (38, 12)
    assert not parts[0] & parts[1] and parts[0] | parts[1] == set(range(50))
    assert torch.equal(train.images[:, 0, 0] % 10, train.labels)
    torch.manual_seed(9)
    assert torch.equal(split(numbered(50), 12)[1].images, validation.images)
    assert "validation" in validation.name


@pytest.mark.parametrize("validation", [0, 50, -1])
def test_a_split_needs_both_parts(validation: int) -> None:
    with pytest.raises(ValueError, match=f"validation={validation}: numbered has 50 images"):
        split(numbered(50), validation)
