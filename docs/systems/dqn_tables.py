"""Tables of deep Q-learning (DQN)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from docs.markdown import NONE, Figure, cells, difference, figures, interval, markdown, published, ratio, the_table
from saccade.recipes.dqn.published import SCORES
from saccade.recipes.dqn.settings import DQNSettings
from saccade.training.table import Cell

_PUBLISHED = "published, 2,500,000 decisions"
_SPEED = {
    "bench/dqn-vs-sb3": "decisions per second, relative to Stable-Baselines3, batches of 32",
    "bench/dqn-vs-sb3-large-batches": "decisions per second, relative to Stable-Baselines3, ours in batches of 256 (each transition is sampled as often)",
}


def makers() -> Mapping[str, Callable[[], str]]:
    """The tables, by name."""
    return {"headline-dqn": _headline, "dqn": _returns, "dqn-goal": _goal}


def random_score(cell: Cell) -> float:
    """The published return of the random policy in a cell's game."""
    assert isinstance(cell.settings, DQNSettings)
    return SCORES[cell.settings.env].random


def _return(figure: Figure | None) -> str:
    return interval(figure, the_table("dqn").metric.format)


def _headline() -> str:
    """Pong, tested as in the paper and nearly greedily, and the speed next to the most used library."""
    body = []
    for cell, figure in cells("dqn"):
        if cell.recipe == "dqn-pong":
            theirs = published(cell, the_table("dqn").metric)
            body.append([cell.row, f"{cell.settings.budget:,}", _minutes(figure), _return(figure), theirs])
    body += [[name, NONE, NONE, ratio(figures().get(id_)), NONE] for id_, name in _SPEED.items()]
    return markdown(["deep Q-learning, mean return", "decisions", "minutes, one core", "ours", _PUBLISHED], body)


def _minutes(figure: Figure | None) -> str:
    """Of the longest run."""
    return f"{max(figure['about']['seconds of each run']) / 60:.0f}" if figure else NONE


def _theirs(cell: Cell, figure: Figure | None) -> list[str]:
    """Stable-Baselines3's, of as many decisions, and by how much ours is ahead."""
    id_ = cell.baselines.get("Stable-Baselines3")
    theirs = figures().get(id_) if id_ else None
    return [_return(theirs), difference(figure, theirs, the_table("dqn").metric)] if id_ else [NONE, NONE]


def _returns() -> str:
    """Returns of all games: ours, Stable-Baselines3's after as many decisions, the paper's, and the random policy's."""
    body = [
        [
            cell.row,
            f"{cell.settings.budget:,}",
            _return(figure),
            *_theirs(cell, figure),
            published(cell, the_table("dqn").metric),
            the_table("dqn").metric.published(random_score(cell)),
        ]
        for cell, figure in cells("dqn")
    ]
    peer = "Stable-Baselines3, as many decisions"
    return markdown(["mean return", "decisions", "ours", peer, "ours minus theirs", _PUBLISHED, "random policy"], body)


def _goal() -> str:
    """When each seed of Pong reached a return of 18."""
    figure = {cell.id: figure for cell, figure in cells("dqn")}["dqn/pong/score"]
    about = figure["about"] if figure else {}
    reached = about.get("decisions and minutes to a validation return of 18, of each run", [])
    body = []
    for seed, (at, seconds) in enumerate(zip(reached, about.get("seconds of each run", []), strict=True)):
        decisions, minutes = (f"{at[0]:,}", f"{at[1]:.0f}") if at else ("never", NONE)
        body.append([f"seed {seed}", decisions, minutes, f"{seconds / 60:.0f}"])
    return markdown(["Pong", "decisions to a validation return of 18", "minutes to it", "minutes in all"], body)
