"""Published figures: mean scores of Mnih et al. 2013, table 1, and of its random policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saccade.runs import Published

NAME = "Mnih et al. 2013, table 1, after 10 million frames"


@dataclass(frozen=True)
class Scores:
    """Mean returns of a game, and the lowest and the highest that there can be."""

    agent: float
    random: float
    low: float = 0
    high: float | None = None


SCORES = {
    "beam_rider": Scores(4092, 354),
    "breakout": Scores(168, 1.2),
    "enduro": Scores(470, 0),
    "pong": Scores(20, -20.4, -21, 21),
    "qbert": Scores(1952, 157),
    "seaquest": Scores(1705, 110),
    "space_invaders": Scores(581, 179),
}


def published(recipe: str, settings: Mapping[str, Any]) -> Published | None:
    """The paper's mean return in the same game under the same protocol."""
    scores = SCORES.get(str(settings.get("env")))
    same = recipe.startswith("dqn") and settings.get("protocol") == "paper"
    return Published(NAME, scores.agent) if same and scores is not None else None
