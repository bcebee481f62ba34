"""How Atari games are set up, in the two ways of the literature."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class AtariRules:
    """The rules of a protocol."""

    sticky: float  # probability that an action is repeated, whatever was chosen
    no_ops: int  # at the start of an episode, at most
    frames: int  # of an episode, at most
    all_buttons: bool  # also those that a game does not use
    life_counts: bool  # a lost life is a terminal state for the learner


class Protocol(StrEnum):
    """How a game is made less predictable, and when it ends."""

    PAPER = (
        "paper"  # Mnih et al. 2013 and 2015: up to 30 no-ops at the start, episodes of 5 minutes, a lost life is an end
    )
    STICKY = (
        "sticky"  # Machado et al. 2018, section 4: an action sticks with probability 1/4, all 18 actions, 30 minutes
    )

    @property
    def rules(self) -> AtariRules:
        """The rules of it."""
        if self is Protocol.PAPER:
            return AtariRules(0.0, 30, 18_000, False, True)
        return AtariRules(0.25, 0, 108_000, True, False)
