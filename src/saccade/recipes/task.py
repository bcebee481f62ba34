"""What a run trains: the part of training that is a recipe's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor


@dataclass(frozen=True)
class Source:
    """What a run learns from: it must be the same when the run goes on."""

    name: str
    fingerprint: str = ""  # of all pixels and labels, where the name does not tell


class Task(Protocol):
    """A system with its data and its optimiser, as the training loop sees it."""

    @property
    def source(self) -> Source:
        """What it learns from."""

    @property
    def score(self) -> str:
        """The name under which `update` tells how good the system was, such as `train_accuracy`."""

    @property
    def total(self) -> int:
        """Images that it sees in training, repetitions counted."""

    @property
    def stage(self) -> int:
        """Images after which a first stage of training ends, which other runs of the same seed may share; 0: there is none."""

    def checks(self, images: int) -> int:
        """How many validations are due up to so many; each is made at the next row of metrics."""

    def batch(self, images: int) -> int:
        """How many to learn from next, after so many."""

    def update(self, n: int, images: int) -> Mapping[str, float]:
        """Learn from `n` more, after so many; `loss`, `reward` and the score, at least."""

    def validate(self) -> Mapping[str, float]:
        """How good it is on images that it does not learn from, by the names that metrics have."""

    def measure(self, folder: Path) -> dict[str, Any]:
        """How good it is on the test images, for `result.json`; what reports need of single images goes into the folder."""

    def state(self) -> dict[str, Tensor]:
        """Everything that the next update depends on."""

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`.

        Raises:
            KeyError, RuntimeError, ValueError: it is another system's.
        """
