"""The rules of CutOut."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from saccade.ranges import AtLeast, check_ranges
from saccade.vision.methods import Method


class CutOutReward(StrEnum):
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

    episode_steps: Annotated[int, AtLeast(1)] = 30
    """Moves of an episode."""
    length: Annotated[int, AtLeast(1)] = 18
    """Pixels of a stroke."""
    pens: Pens = Pens.ONE
    """What an action moves."""
    reward: CutOutReward = CutOutReward.GAIN
    """The reward of a move."""
    observation: View = View.DRAWN_IN
    """What is seen of the strokes."""
    segmenter: Method = Method.GEODESIC
    """How strokes become a mask."""

    def __post_init__(self) -> None:
        """Refuse values out of range.

        Raises:
            ValueError: naming the option, its value and what it may be.
        """
        check_ranges(self)
