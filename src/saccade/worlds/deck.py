"""A world that deals the members of a set, without replacement, in a new order for every pass."""

from __future__ import annotations

import torch
from torch import Tensor

from saccade.graph import World


class Deck(World):
    """Deals numbers from 0 to `count` - 1. The place in the present pass is part of its state, so a resumed run goes on where it was.

    Args:
        count: how many.
        shuffle: False: in their own order, for tests.
    """

    def __init__(self, count: int, shuffle: bool = True) -> None:
        super().__init__()
        self.shuffle = shuffle
        self.register_buffer("order", torch.arange(count))
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
