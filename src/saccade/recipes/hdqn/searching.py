"""A search before a run: states in which episodes of training begin, and a route as a demonstration."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from saccade.agents.goal_replay import GoalReplay
from saccade.disk import write_text
from saccade.runs import RunError
from saccade.worlds import DataError
from saccade.worlds.games.search import search

from .goal_game import GoalGame
from .settings import HDQNSettings

_CPU = torch.device("cpu")
FILE = "search.json"
_SHARE = 0.5  # of the episodes of training begin in a state that was found


def searched(game: GoalGame, settings: HDQNSettings, seed: int, folder: Path) -> tuple[GoalGame, tuple[int, ...]]:
    """The game, half of whose episodes of training begin in states that a search has found, and the actions of its best route.

    What was found is kept in the run's folder. A resumed run searches again, as the same seed finds the same.

    Args:
        game, settings: see there.
        seed: of the search.
        folder: of the run.

    Raises:
        DataError: a route is to be demonstrated, and none has scored.
    """
    searching = game.searching
    if not settings.search or searching is None:
        return game, ()
    print(f"saccade: searching {game.title}: {settings.search:,} decisions", file=sys.stderr)
    with closing(searching.open(1)) as copy:
        archive = search(copy, searching.cell_of, settings.search, seed)
        best, states = archive.best, archive.by_score(copy)
        if settings.demonstrate and not best.score:
            raise DataError(
                f"--search {settings.search}: nothing was scored, so there is no route to put into the replay buffer: remove {folder} and train anew with a longer "
                "search, or without --demonstrate"
            )
        found = {
            "score": best.score, "decisions": settings.search, "cells": len(archive.cells), "seed": seed,
            "route": [copy.actions[action] for action in best.route],
        }  # fmt: skip
    write_text(folder / FILE, json.dumps(found))
    return replace(game, training=lambda count: searching.begin_in(count, states, _SHARE)), best.route


def demonstrate(buffer: GoalReplay, game: GoalGame, route: tuple[int, ...]) -> None:
    """Play a route that a search has found, and store its transitions in a replay buffer, as those of its first environment.

    Args:
        buffer: of the controller, empty.
        game: that was searched.
        route: the actions, from the start of the game.
    """
    assert game.searching is not None
    count = buffer.games
    first = torch.arange(count, device=_CPU) == 0
    none = torch.zeros_like(first)
    with closing(game.searching.open(count)) as games:

        def seen() -> tuple[Tensor, Tensor]:
            screen, memory = torch.from_numpy(shown.copy()), torch.from_numpy(games.memory())
            return screen, game.goals.holds(game.goals.objects(screen, memory))

        shown = games.reset(np.ones(count, bool), np.zeros(count, np.int64))
        (screen, held), fresh = seen(), first
        for action in route:
            step = games.step(np.full(count, action), first.numpy())
            shown = step.screen
            then, holds = seen()
            reached, over = holds & ~held, torch.from_numpy(step.done)
            pressed, goal = (
                torch.full((count,), action, device=_CPU),
                torch.zeros(count, dtype=torch.int64, device=_CPU),
            )
            buffer.forward(screen, goal, pressed, reached, over, ~none, then, fresh, first)
            screen, held, fresh = then, holds, none


def load_search(folder: Path) -> dict[str, Any] | None:
    """What a run's search has found: score, decisions, cells, seed and route of the best; None where there was none.

    Raises:
        RunError: the file is damaged.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {name: found[name] for name in ("score", "decisions", "cells", "seed", "route")}
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} cannot be read ({error}): remove it, and what is asked for searches again") from error
