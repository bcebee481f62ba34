"""What a run trains: the part of training that is a recipe's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

LOGS = 100  # rows of metrics in a stage of training


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
    def unit(self) -> str:
        """What training is counted in: images, decisions."""

    @property
    def total(self) -> int:
        """How many it learns from, repetitions counted."""

    @property
    def logs(self) -> int:
        """Rows of metrics in a stage of training, about."""

    @property
    def stage(self) -> int:
        """After how many a first stage of training ends, which other runs of the same seed may share; 0: there is none."""

    def checks(self, seen: int) -> int:
        """How many validations are due after so many; each is made at the next row of metrics."""

    def overdue(self) -> bool:
        """Whether a checkpoint cannot wait."""

    def batch(self, seen: int) -> int:
        """How many to learn from next, after so many."""

    def update(self, n: int, seen: int) -> Mapping[str, float]:
        """Learn from `n` more, after so many; metrics by name."""

    def told(self, values: Mapping[str, float]) -> str:
        """A row of metrics in a few words."""

    def validate(self) -> Mapping[str, float]:
        """How good it is on what it does not learn from, by the names that metrics have."""

    def measure(self, folder: Path) -> dict[str, Any]:
        """How good it is on the test set, for `result.json`; what reports need beside goes into the folder."""

    def conclude(self) -> None:
        """Let go of what only training needs: it has ended, and its result is written."""

    def state(self) -> dict[str, Tensor]:
        """Everything that the next update depends on."""

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`.

        Raises:
            KeyError, RuntimeError, ValueError: it is another system's.
        """
