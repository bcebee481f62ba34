"""Attacks on classifiers: small changes of the image, chosen to do harm, and random damage.

Attacks see a classifier as a function from images `(b, 1, h, w)` in [0, 1] to logits `(b, classes)`.
A saccading classifier is random (the gaze is sampled) and looks through an integer crop that has no
gradient to the place. Attacking that as it is would mask the gradient and look like robustness: give
the smooth, sampled system here and average over samples (EOT, Athalye et al. 2018).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

Classifier = Callable[[Tensor], Tensor]


def gradient(classify: Classifier, images: Tensor, labels: Tensor, samples: int) -> Tensor:
    """Gradient of the cross-entropy to the images, averaged over `samples` answers of the classifier."""
    images = images.detach().requires_grad_(True)
    total = torch.zeros_like(images)
    for _ in range(samples):
        loss = F.cross_entropy(classify(images), labels, reduction="sum")
        total += torch.autograd.grad(loss, images)[0]
    return total / samples


def fgsm(classify: Classifier, images: Tensor, labels: Tensor, epsilon: float, samples: int = 1) -> Tensor:
    """Fast gradient sign method (Goodfellow et al. 2015): one step of `epsilon` a pixel."""
    return (images + epsilon * gradient(classify, images, labels, samples).sign()).clamp(0, 1)


def pgd(
    classify: Classifier,
    images: Tensor,
    labels: Tensor,
    epsilon: float,
    samples: int = 1,
    steps: int = 20,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Projected gradient descent (Madry et al. 2018) in the L-infinity ball, from a random start."""
    start = torch.rand(images.shape, generator=generator) * 2 - 1
    attacked = (images + epsilon * start).clamp(0, 1)
    for _ in range(steps):
        attacked = attacked + 2.5 * epsilon / steps * gradient(classify, attacked, labels, samples).sign()
        attacked = torch.minimum(torch.maximum(attacked, images - epsilon), images + epsilon).clamp(0, 1)
    return attacked.detach()


def occlude(images: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """Blacken a `side`×`side` square at a random place of every image."""
    b, _, h, w = images.shape
    corner = torch.stack([torch.randint(0, n - side + 1, (b, 1), generator=generator) for n in (w, h)], dim=1)
    xs, ys = torch.arange(w), torch.arange(h)
    in_x = (xs >= corner[:, 0]) & (xs < corner[:, 0] + side)
    in_y = (ys >= corner[:, 1]) & (ys < corner[:, 1] + side)
    return images * ~(in_y[:, None, :, None] & in_x[:, None, None, :])
