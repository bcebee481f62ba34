"""How a quantity changes in the course of training: exploration rates, learning rates, noise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """The curve of a schedule."""

    CONSTANT = "constant"
    LINEAR = "linear"
    EXPONENTIAL = "exponential"  # by equal factors; both ends above 0


@dataclass(frozen=True)
class Schedule:
    """A value that moves from `start` to `end` as progress goes from 0 to 1; beyond that it stays.

    Raises:
        ValueError: an exponential schedule with an end that is not above 0.
    """

    shape: Shape
    start: float
    end: float

    def __post_init__(self) -> None:
        if self.shape is Shape.EXPONENTIAL and not (self.start > 0 and self.end > 0):
            raise ValueError(f"an exponential schedule from {self.start} to {self.end}: both must be above 0")

    def at(self, progress: float) -> float:
        """The value after a share of training, 0 to 1."""
        progress = min(max(progress, 0.0), 1.0)
        if self.shape is Shape.CONSTANT:
            return self.start
        if self.shape is Shape.EXPONENTIAL:
            return self.start * float((self.end / self.start) ** progress)
        return self.start + (self.end - self.start) * progress


def check_progress(progress: float) -> None:
    """Refuse what is no share of training.

    Raises:
        ValueError: it is no number between 0 and 1.
    """
    if not isinstance(progress, int | float) or not 0 <= progress <= 1:
        raise ValueError(f"progress is {progress!r}: it must be between 0 and 1, the share of training that is done")


def constant(value: float) -> Schedule:
    """A value that stays."""
    return Schedule(Shape.CONSTANT, value, value)


def linear(start: float, end: float) -> Schedule:
    """From `start` to `end` in a straight line."""
    return Schedule(Shape.LINEAR, start, end)


def exponential(start: float, end: float) -> Schedule:
    """From `start` to `end` by equal factors."""
    return Schedule(Shape.EXPONENTIAL, start, end)
