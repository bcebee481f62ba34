"""The table of deep Q-learning: points of the seven games of the paper."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace

from saccade.agents.q_settings import Precision
from .page import PUBLISHED
from saccade.runs import Published, RunDirectory

from .settings import GAMES, NEARLY_GREEDY, DQNSettings
from saccade.training.readings import Reading, curve, curves, mean, reached, results
from saccade.training.table import Cell, Kind, Table

_SHORT = 30_000  # decisions of a game that is not Pong: what a machine of two cores can afford


def points(runs: Sequence[RunDirectory], test: str = "test", goal: float | None = None) -> Reading:
    """Mean points of the episodes of a `test`, and how long it took to the `goal`."""
    ended = results(runs)
    tests = [result[test] for result in ended]
    about = {
        "points of every episode": [test["returns"] for test in tests],
        "decisions of an episode": mean([test["length"] for test in tests]),
        "chance in tests": tests[0]["epsilon"],
        "seconds of each run": [round(result["seconds"], 1) for result in ended],
        "validation points by decisions, of each run": curves(runs, "validation_return"),
        "value by decisions": curve(runs, "validation_q"),
    }
    if goal is not None:
        took = [reached(run, "validation_return", goal) for run in runs]
        about[f"decisions and minutes to {goal:g} points in validation, of each run"] = took
    unit = f"mean points of {tests[0]['episodes']} episodes"
    words = f"{tests[0]['epsilon']:g} of decisions by chance in tests, "
    return Reading([test["return"] for test in tests], unit, "higher", ended[0]["data"], about, words)


def _cell(game: str) -> Cell:
    settings = DQNSettings(game, precision=Precision.HALF)  # whatever reads the table
    main = game == "pong"
    if not main:
        settings = replace(settings, steps=_SHORT, memory=_SHORT, warm_up=3_000, epsilon_steps=12_000)
    source = Published("Mnih et al. 2013, table 1, after 10 million frames", PUBLISHED[game][0])
    return Cell(
        f"dqn/{game.replace('_', '-')}/score", f"dqn-{game.replace('_', '-')}", GAMES[game], "points", settings, source,
        {} if main else {"Stable-Baselines3": f"dqn/{game.replace('_', '-')}/stable-baselines3"},
        turn=0 if main else 1, read=functools.partial(points, goal=18.0) if main else points,
    )  # fmt: skip


def _nearly_greedy(cell: Cell) -> Cell:
    """The same runs, where hardly anything is left to chance."""
    id_ = cell.id.replace("/score", "/nearly-greedy/score")
    read = functools.partial(points, test="test_nearly_greedy")
    return replace(cell, id=id_, row=f"{cell.row}, ε = {NEARLY_GREEDY:g}", source=None, runs_of=cell.id, read=read)


_CELLS = {game: _cell(game) for game in GAMES}
TABLES = (
    Table("dqn", "Deep Q-learning: points an episode", [*_CELLS.values(), _nearly_greedy(_CELLS["pong"])], Kind.POINTS),
)
