"""The rules of CutOut."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from saccade.vision.methods import Method


class Pay(StrEnum):
    """Rewards of a scribbler (CutOutRL, sections 4.2 and 4.4)."""

    IOU = "iou"  # the present overlap at every step
    GAIN = "gain"  # by how much the step raised it
    AT_END = "at-end"  # the overlap after the last step


class View(StrEnum):
    """Observations of CutOutRL (section 4.4)."""

    DRAWN_IN = "drawn-in"  # the image, object strokes green in it and ground strokes red
    LAYERS = "layers"  # the image, and a layer for each kind of stroke


class Pens(StrEnum):
    """What an action moves."""

    ONE = "one"  # one pen, in one of eight directions: sixteen actions
    BOTH = "both"  # each pen, in one of eight directions


@dataclass(frozen=True)
class CutOutRules:
    """The game (CutOutRL, section 4.2)."""

    steps: int = 30
    """Moves of an episode."""
    length: int = 18
    """Pixels of a stroke."""
    pens: Pens = Pens.ONE
    """What an action moves."""
    reward: Pay = Pay.GAIN
    """What a move is paid."""
    observation: View = View.DRAWN_IN
    """What is seen of the strokes."""
    segmenter: Method = Method.GEODESIC
    """How strokes become a mask."""

    def __post_init__(self) -> None:
        """Refuse what cannot be played.

        Raises:
            ValueError: naming the option, its value and what it may be.
        """
        for name, kind in (("pens", Pens), ("reward", Pay), ("observation", View), ("segmenter", Method)):
            value = getattr(self, name)
            if value not in list(kind):
                raise ValueError(f"{name} is {value!r}: it must be one of {', '.join(kind)}")
            object.__setattr__(self, name, kind(value))
        for name in ("steps", "length"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be 1 or more")
