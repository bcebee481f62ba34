import torch
from torch import Tensor

from saccade.recipes.grlf.attacks import fgsm, gradient, occlude, pgd

WEIGHT = torch.randn(3, 36, generator=torch.Generator().manual_seed(0))
IMAGES = torch.rand(5, 1, 6, 6, generator=torch.Generator().manual_seed(1)) * 0.6 + 0.2
LABELS = torch.tensor([0, 1, 2, 0, 1])


def linear(images: Tensor) -> Tensor:
    return images.flatten(1) @ WEIGHT.T


def loss(images: Tensor) -> float:
    return float(torch.nn.functional.cross_entropy(linear(images), LABELS))


def test_the_gradient_is_that_of_the_loss() -> None:
    found = gradient(linear, IMAGES, LABELS, 1)
    probability = linear(IMAGES).softmax(1) - torch.nn.functional.one_hot(LABELS, 3)
    assert torch.allclose(found.flatten(1), probability @ WEIGHT, atol=1e-6)


def test_the_gradient_is_a_mean_over_samples() -> None:
    signs = iter([1.0, 3.0])
    found = gradient(lambda x: next(signs) * linear(x), IMAGES, LABELS, 2)
    each = [gradient(lambda x, k=k: k * linear(x), IMAGES, LABELS, 1) for k in (1.0, 3.0)]  # type: ignore[misc]
    assert torch.allclose(found, (each[0] + each[1]) / 2, atol=1e-6)


def test_fast_gradient_sign() -> None:
    attacked = fgsm(linear, IMAGES, LABELS, 0.1)
    assert torch.allclose(attacked, IMAGES + 0.1 * gradient(linear, IMAGES, LABELS, 1).sign())
    assert loss(attacked) > loss(IMAGES)


def test_projected_gradient_stays_in_its_ball_and_does_more_harm() -> None:
    attacked = pgd(linear, IMAGES, LABELS, 0.3, generator=torch.Generator().manual_seed(2))
    assert (attacked - IMAGES).abs().max() <= 0.3 + 1e-6
    assert attacked.min() >= 0 and attacked.max() <= 1
    assert loss(attacked) >= loss(fgsm(linear, IMAGES, LABELS, 0.3)) - 1e-4


def test_a_square_is_occluded_anywhere() -> None:
    images = torch.ones(200, 1, 6, 8)
    covered = occlude(images, 3, torch.Generator().manual_seed(0)) == 0
    assert covered.flatten(1).sum(1).eq(9).all()
    rows, columns = covered[:, 0].any(2), covered[:, 0].any(1)
    assert rows.sum(1).eq(3).all() and columns.sum(1).eq(3).all()  # a square
    assert covered[:, 0, 0, 0].any() and covered[:, 0, -1, -1].any() and covered.any(0).all()
