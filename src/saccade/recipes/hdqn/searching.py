"""A search for states in which episodes of training begin, before a run."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from saccade.disk import write_text
from saccade.runs import RunError
from saccade.worlds.games.search import search, states_along

from .goal_game import GoalGame
from .settings import HDQNSettings, Starts

FILE = "search.json"
_SHARE = 0.5  # of the episodes of training begin in a state that was found


def with_starts(game: GoalGame, settings: HDQNSettings, seed: int, folder: Path) -> GoalGame:
    """The game, whose episodes of training begin as the settings say; what a search has found is kept in the run's folder.

    A resumed run searches again, as the same seed finds the same.

    Args:
        game, settings: see there.
        seed: of the search.
        folder: of the run.
    """
    searching = game.searching
    if settings.starts is Starts.GAME or searching is None:
        return game
    print(f"saccade: searching {game.title}: {settings.search:,} decisions", file=sys.stderr)
    with closing(searching.open()) as copy:
        archive = search(copy, searching.cell_of, settings.search, seed)
        best = archive.best
        if settings.starts is Starts.ROUTE:
            states = states_along(copy, archive, best.route)
        else:
            states = [[found.state for found in archive.cells.values()]]
        found = {
            "score": best.score, "decisions": settings.search, "cells": len(archive.cells), "seed": seed,
            "route": [copy.actions[action] for action in best.route],
        }  # fmt: skip
    write_text(folder / FILE, json.dumps(found))
    return replace(game, training=lambda count: searching.begin_in(count, states, _SHARE))


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
        raise RunError(f"{path} cannot be read ({error}): remove it, and `saccade resume` searches again") from error
