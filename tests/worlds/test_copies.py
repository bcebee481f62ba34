import pytest
import torch

from saccade.worlds import Copies

IMAGE, LABEL = torch.rand(7, 1, 2, 2), torch.arange(7)


def test_every_group_gets_the_scene_of_its_first() -> None:
    scene, target = Copies(3)(IMAGE, LABEL)
    assert target.tolist() == [0, 0, 0, 3, 3, 3, 6]
    assert torch.equal(scene, IMAGE[target])


def test_all_scenes_pass_outside_of_training() -> None:
    for copies in (Copies(3).eval(), Copies(1)):
        scene, target = copies(IMAGE, LABEL)
        assert torch.equal(scene, IMAGE) and torch.equal(target, LABEL)


def test_no_copies() -> None:
    with pytest.raises(ValueError, match="copies=0: it must be 1 or more"):
        Copies(0)
