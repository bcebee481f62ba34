"""A set of labelled images as a world: every episode is one image."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from saccade.graph import Batch, In, Out
from saccade.worlds.data.files import DataError
from saccade.worlds.data.labelled import LabelledImages

from .deck import Deck

# Every split of the training set into training and validation is this one, whatever the run's seed.
_SPLIT_SEED = 1


class Digits(Deck):
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
        super().__init__(data, shuffle)
        self.channels, (self.height, self.width) = data.channels, data.size
        self.register_buffer("images", _planes(data), persistent=False)
        self.register_buffer("labels", data.labels, persistent=False)
        self.register_buffer("white", torch.tensor(255.0), persistent=False)  # carries the graph's dtype, too
        self._shown: tuple[Tensor, Tensor] | None = None
        self.images: Tensor
        self.labels: Tensor
        self.white: Tensor

    def forward(self, n: int) -> tuple[Tensor, Tensor]:
        """The next `n` images and their labels."""
        if self._shown is not None:
            return self._shown
        chosen = self.deal(n)
        return self.images[chosen].to(self.white.dtype) / self.white, self.labels[chosen]

    def show(self, images: Tensor, labels: Tensor | None = None) -> None:
        """Show these images next, as they are: float in [0, 1], `(n, channels, h, w)`; gradients reach them.

        `labels`, int64 `(n,)`, come with them; default: the first of the set.
        """
        self._shown = images, self.labels[: len(images)] if labels is None else labels

    def held(self, data: Any) -> dict[str, Any]:
        """Images and labels.

        Raises:
            DataError: `data` are no labelled images, or of another size or other classes.
        """
        if not isinstance(data, LabelledImages):
            raise DataError(
                f"{self.name} cannot show a {type(data).__name__}: give it saccade.worlds.LabelledImages, such as load_mnist('test')"
            )
        mine, theirs = (self.channels, self.height, self.width), (data.channels, *data.size)
        if theirs != mine:
            raise DataError(
                f"{data.name} has images of {_shape(theirs)}, {self.name} shows images of {_shape(mine)}: give it images of that size"
            )
        if data.classes != self.data.classes:
            raise DataError(
                f"{data.name} has the classes {', '.join(data.classes)}, {self.name} has {', '.join(self.data.classes)}: "
                "give it images of the same classes, in the same order"
            )
        device = self.images.device
        return {"images": _planes(data).to(device), "labels": data.labels.to(device), "_shown": None}


def _planes(data: LabelledImages) -> Tensor:
    """Images `(N, channels, h, w)`."""
    return data.images.unsqueeze(1) if data.images.ndim == 3 else data.images


def _shape(size: tuple[int, int, int]) -> str:
    channels, height, width = size
    return f"{height}x{width} pixels and {channels} {'channel' if channels == 1 else 'channels'}"


def split(data: LabelledImages, validation: int) -> tuple[LabelledImages, LabelledImages]:
    """Part a training set into a training and a validation set of `validation` images, always alike.

    The last image of a class is not taken for validation as long as other classes have more.

    Raises:
        ValueError: the set is too small.
    """
    if not 0 < validation < len(data.images):
        raise ValueError(f"validation={validation}: {data.name} has {len(data.images)} images")
    order = torch.randperm(len(data.images), generator=torch.Generator().manual_seed(_SPLIT_SEED))
    labels, classes = data.labels[order], torch.unique(data.labels)
    if len(torch.unique(labels[validation:])) < len(classes):  # a class would have none to learn from
        last = torch.stack([(labels == label).nonzero()[-1, 0] for label in classes])
        spare = torch.ones(len(order), dtype=torch.bool).index_fill(0, last, False)
        order = torch.cat([order[spare], order[~spare]])
    train, held = order[validation:], order[:validation]
    kept = data.part(train, f"{data.name}, training part")
    return kept, data.part(held, f"{data.name}, validation part", kept)
