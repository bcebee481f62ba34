"""A world that deals the members of a set, without replacement, in a new order for every pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from saccade.graph import World

from .data.files import DataError


class Deck(World):
    """Deals the places of a set's members, from 0. The place in the present pass is part of its state, so a resumed run goes on where it was.

    Args:
        data: the set; it has a length.
        shuffle: False: in their own order, for tests.

    Attributes:
        data: the set that is shown.
    """

    def __init__(self, data: Any, shuffle: bool = True) -> None:
        super().__init__()
        self.data, self.shuffle = data, shuffle
        self.register_buffer("order", torch.arange(len(data)))
        self.register_buffer("drawn", torch.zeros((), dtype=torch.int64))
        self.order: Tensor
        self.drawn: Tensor

    def deal(self, n: int) -> Tensor:
        """The next `n` numbers, int64 `(n,)`."""
        parts: list[Tensor] = []
        while n > 0:
            place = int(self.drawn) % self.order.shape[0]
            if place == 0 and self.shuffle:
                self.order.copy_(torch.randperm(self.order.shape[0], generator=self.rng, device="cpu"))
            part = self.order[place : place + n]
            self.drawn.add_(part.shape[0])
            n -= part.shape[0]
            parts.append(part if n == 0 else part.clone())  # the next pass has another order in the same place
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def seed(self, seed: int) -> None:
        """Seed the order, and start again."""
        super().seed(seed)
        self.drawn.zero_()

    def held(self, data: Any) -> dict[str, Any]:
        """The attributes in which a deck of this class holds a set, by name, as they are for `data`; a subclass says so.

        Raises:
            DataError: this deck cannot show that set.
        """
        raise DataError(
            f"{self.name}, a {type(self).__name__}, cannot be shown another set: "
            f"define {type(self).__name__}.held(data), as saccade.worlds.Digits does"
        )

    @contextmanager
    def on(self, data: Any) -> Iterator[None]:
        """Show another set, once and in its order; afterwards set, order, place and random stream are as they were.

        Args:
            data: a set of the kind, the sizes and the classes of the present one.

        Raises:
            DataError: it is of another kind or size.
        """
        shown = {"data": data, "shuffle": False, **self.held(data)}
        shown |= {"order": torch.arange(len(data), device=self.order.device), "drawn": torch.zeros_like(self.drawn)}
        kept, stream = {name: getattr(self, name) for name in shown}, self.rng.get_state()
        try:
            self._hold(shown)
            yield
        finally:
            self._hold(kept)
            self.rng.set_state(stream)

    def _hold(self, attributes: dict[str, Any]) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)
