"""The table of deep Q-learning: mean returns of the seven games of the paper."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace

from saccade.agents.q_settings import Precision
from saccade.runs import RunDirectory
from saccade.training.measurements import Measurement, curve, curves, mean, reached, results
from saccade.training.settings import to_plain
from saccade.training.table import Cell, Table

from .published import published
from .recipe import RETURN, return_of
from .settings import GAMES, NEARLY_GREEDY, DQNSettings

_SHORT = 30_000  # decisions of a game that is not Pong: what a machine of two cores can afford


def returns(runs: Sequence[RunDirectory], test: str = "test", goal: float | None = None) -> Measurement:
    """Mean returns of the episodes of a `test`, and how long it took to a validation return of `goal`."""
    ended = results(runs)
    tests = [result[test] for result in ended]
    about = {
        "return of every episode": [test["returns"] for test in tests],
        "decisions per episode": mean([test["length"] for test in tests]),
        "test epsilon": tests[0]["epsilon"],
        "seconds of each run": [round(result["seconds"], 1) for result in ended],
        "validation return by decisions, of each run": curves(runs, "validation_return"),
        "value by decisions": curve(runs, "validation_q"),
    }
    if goal is not None:
        took = [reached(run, "validation_return", goal) for run in runs]
        about[f"decisions and minutes to a validation return of {goal:g}, of each run"] = took
    unit = f"mean return of {tests[0]['episodes']} episodes"
    words = f"ε = {tests[0]['epsilon']:g} in tests, "
    metric = return_of(str(runs[0].settings["env"]))
    return Measurement([test["return"] for test in tests], metric, unit, ended[0]["data"], about, words)


def _cell(game: str) -> Cell:
    name, main = game.replace("_", "-"), game == "pong"
    steps, buffer, starts, epsilon_steps = (
        (700_000, 100_000, 10_000, 60_000) if main else (_SHORT, _SHORT, 3_000, 12_000)
    )
    settings = DQNSettings(
        game, steps=steps, buffer=buffer, learning_starts=starts, epsilon_steps=epsilon_steps,
        precision=Precision.HALF,  # on whatever machine the table is read
    )  # fmt: skip
    return Cell(
        f"dqn/{name}/score", f"dqn-{name}", GAMES[game], "return", settings, published(f"dqn-{name}", to_plain(settings)),
        {} if main else {"Stable-Baselines3": f"dqn/{name}/stable-baselines3"},
        order=0 if main else 1, measure=functools.partial(returns, goal=18.0) if main else returns,
    )  # fmt: skip


def _nearly_greedy(cell: Cell) -> Cell:
    """The same runs, tested nearly greedily."""
    id_ = cell.id.replace("/score", "/nearly-greedy/score")
    measure = functools.partial(returns, test="test_nearly_greedy")
    return replace(
        cell, id=id_, row=f"{cell.row}, ε = {NEARLY_GREEDY:g}", published=None, runs_of=cell.id, measure=measure
    )


_CELLS = {game: _cell(game) for game in GAMES}
_TABLES = (Table("dqn", "Deep Q-learning: mean return", [*_CELLS.values(), _nearly_greedy(_CELLS["pong"])], RETURN),)


def tables() -> tuple[Table, ...]:
    """The table of deep Q-learning."""
    return _TABLES
