"""A set of labelled images as a world: every episode is one image."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from saccade.graph import Batch, In, Out, World

from .labelled import LabelledImages

# Every split of the training set into training and validation is this one, whatever the run's seed.
_SPLIT_SEED = 1


class Digits(World):
    """Draws images without replacement, in a new order for every pass over the set.

    Images arrive as float32 in [0, 1], `(b, channels, height, width)`, labels as int64 `(b,)`. The place
    in the present pass is part of the module's state, so a resumed run goes on where it was.

    Args:
        data: the images; see `load_mnist`.
        shuffle: False: in the order of the set, for tests.
    """

    n: In[Batch]
    image: Out[Float[Tensor, "b channels height width"]]
    label: Out[Int[Tensor, "b"]]

    def __init__(self, data: LabelledImages, shuffle: bool = True) -> None:
        super().__init__()
        if len(data.images) == 0:
            raise ValueError(f"{data.name} has no images")
        self.channels, (self.height, self.width) = data.channels, data.size
        self.shuffle = shuffle
        planes = data.images.unsqueeze(1) if data.images.ndim == 3 else data.images
        self.register_buffer("images", planes, persistent=False)
        self.register_buffer("labels", data.labels, persistent=False)
        self.register_buffer("order", torch.arange(len(data.images)))
        self.register_buffer("drawn", torch.zeros((), dtype=torch.int64))
        self.register_buffer("white", torch.tensor(255.0), persistent=False)  # carries the graph's dtype, too
        self._shown: Tensor | None = None
        self.images: Tensor
        self.labels: Tensor
        self.order: Tensor
        self.drawn: Tensor
        self.white: Tensor

    def forward(self, n: int) -> tuple[Tensor, Tensor]:
        """The next `n` images and their labels."""
        if self._shown is not None:
            return self._shown, self.labels[:n]
        chosen = self._next(n)
        return self.images[chosen].to(self.white.dtype) / self.white, self.labels[chosen]

    def _next(self, n: int) -> Tensor:
        parts: list[Tensor] = []
        while n > 0:
            place = int(self.drawn) % self.order.shape[0]
            if place == 0 and self.shuffle:
                self.order.copy_(torch.randperm(self.order.shape[0], generator=self.rng))
            part = self.order[place : place + n]
            self.drawn.add_(part.shape[0])
            n -= part.shape[0]
            parts.append(part if n == 0 else part.clone())  # the next pass has another order in the same place
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def show(self, images: Tensor) -> None:
        """Show these images next, as they are: float in [0, 1], `(n, channels, h, w)`; gradients reach them."""
        self._shown = images

    def seed(self, seed: int) -> None:
        """Seed the order of the images, and start again."""
        super().seed(seed)
        self.drawn.zero_()


def split(data: LabelledImages, validation: int) -> tuple[LabelledImages, LabelledImages]:
    """Part a training set into a training and a validation set of `validation` images, always alike.

    Raises:
        ValueError: the set is too small.
    """
    if not 0 < validation < len(data.images):
        raise ValueError(f"validation={validation}: {data.name} has {len(data.images)} images")
    order = torch.randperm(len(data.images), generator=torch.Generator().manual_seed(_SPLIT_SEED))
    train, held = order[validation:], order[:validation]
    kept = data.part(train, f"{data.name}, training part")
    return kept, data.part(held, f"{data.name}, validation part", kept)
