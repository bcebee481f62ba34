"""The tables of the chain and of the room with a door: the hierarchy, and flat policies that fail and that do not."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from saccade.runs import Metric, Published, RunDirectory
from saccade.training.measurements import Measure, Measurement, curve, curves, mean, reached, results
from saccade.training.table import Cell, Table

from .recipe import CHAIN, DOORKEY, MONTEZUMA
from .settings import Agent, HDQNSettings, table_learning

_KULKARNI = Published("Kulkarni et al. 2016, figure 4, read off", 0.13)
_FLAT = replace(CHAIN.settings, agent=Agent.FLAT, steps=800_000)


def returns(runs: Sequence[RunDirectory]) -> Measurement:
    """Mean returns of the greedy policy, of every independent learner."""
    ended = results(runs)
    values = [value for result in ended for value in result["test"]["return_of_learners"]]
    names = [name for name in _names(runs) if name.startswith(("visits/", "success/"))]
    about: dict[str, Any] = {
        "learners solved (a return of 0.15 or more)": sum(value >= 0.15 for value in values),
        "learners": len(values),
        "return in the last tenth of training": mean([_last(run) for run in runs]),
        "seconds of each run": [round(result["seconds"], 1) for result in ended],
        "return in training by decisions": _thinned(runs, "train_return"),
        **{f"{name} by decisions": found for name in names if (found := _thinned(runs, name))},
    }
    unit = f"mean return of {ended[0]['test']['episodes'] // len(ended[0]['test']['return_of_learners'])} episodes"
    each = len(values) // len(runs)
    seeds = [run.seed * each + learner for run in runs for learner in range(each)]
    return Measurement(values, CHAIN.metric, unit, ended[0]["data"], about, seeds=seeds)


def returns_in_training(runs: Sequence[RunDirectory]) -> Measurement:
    """Mean returns of the last tenth of training, which explores."""
    ended = results(runs)
    return Measurement([_last(run) for run in runs], CHAIN.metric, "mean return", ended[0]["data"], {})


def _names(runs: Sequence[RunDirectory]) -> list[str]:
    from saccade.runs import read_metrics

    return list(dict.fromkeys(name for row in read_metrics(runs[0].folder) for name in row))


def _thinned(runs: Sequence[RunDirectory], name: str) -> list[tuple[int, float]]:
    """A metric by what was seen, at every fifth of a hundred rows."""
    return [(seen, round(value, 4)) for seen, value in curve(runs, name)[4::5]]


def _last(run: RunDirectory) -> float:
    found = curve([run], "train_return")
    tail = [value for _, value in found[-max(1, len(found) // 10) :]]
    return mean(tail)


def _cell(name: str, row: str, settings: HDQNSettings) -> Cell:
    baselines = {"flat": "hdqn/chain/flat/value"} if not name else {}
    return Cell(
        f"hdqn/chain{name}/value", "hdqn-chain", row, "return", settings, None, baselines, data=None, measure=returns
    )  # fmt: skip


_CELLS = (
    _cell("", "h-DQN", CHAIN.settings),
    Cell(
        "hdqn/chain/in-training/value", "hdqn-chain", "h-DQN, in the last tenth of training", "return", CHAIN.settings, _KULKARNI, data=None,
        runs_of="hdqn/chain/value", measure=returns_in_training,
    ),
    _cell("/flat", "flat Q-learning, discount 0.9", _FLAT),
    _cell("/flat-double", "flat double Q-learning, discount 0.9", replace(_FLAT, learner=table_learning(0.1, double=True, target_every=20))),
    _cell(
        "/flat-undiscounted", "flat Q-learning, no discount, falling learning rate",
        replace(_FLAT, exploring=0.33, learner=table_learning(0.1, discount=1.0, final_rate=0.0)),
    ),
    _cell(
        "/flat-visited", "flat Q-learning, discount 0.9, shown whether the right end has been visited, falling learning rate",
        replace(_FLAT, visited=True, learner=table_learning(0.1, final_rate=0.0)),
    ),
)  # fmt: skip


SOLVED = 0.95  # of the starts that training does not see
_SCORE = Metric("return", "score", "mean score", "{:,.0f}", low=0.0)
_SCORED = Published("Kulkarni et al. 2016, section 4.2", 400)
_SUCCESS = Metric("success", "success", "", "{:.1%}", low=0.0, high=1.0)
CURVE = "success by decisions, on 100 starts that training does not see, of each run"  # key of a figure of a room


def successes(runs: Sequence[RunDirectory]) -> Measurement:
    """Shares of the test episodes that were solved, and how many decisions it took to solve nearly all of other starts."""
    ended = results(runs)
    took = [reached(run, "validation_success", SOLVED) for run in runs]
    about = {
        f"decisions and minutes to a success of {SOLVED:g}, of each run": took,
        CURVE: curves(runs, "validation_success"),
        "seconds of each run": [round(result["seconds"], 1) for result in ended],
    }
    unit = f"of {ended[0]['test']['episodes']} episodes"
    return Measurement([result["test"]["success"] for result in ended], _SUCCESS, unit, ended[0]["data"], about)


def _room(name: str, row: str, settings: HDQNSettings) -> Cell:
    return Cell(f"hdqn/doorkey{name}/success", "hdqn-doorkey", row, "success", settings, data=None, measure=successes)


_ROOMS = (
    _room("", "h-DQN", DOORKEY.settings),
    _room(
        "/flat", "flat double deep Q-learning, returns over three steps",
        replace(DOORKEY.settings, agent=Agent.FLAT, random_goals=0.0, exploring=0.4, learner=replace(DOORKEY.settings.learner, n_step=3)),
    ),
)  # fmt: skip
_MONTEZUMA = MONTEZUMA.settings
_SEARCHED = replace(_MONTEZUMA, search=60_000, demonstrate=True)
_GOALS = ("middle ladder", "rope", "right ladder", "left ladder", "key", "right door", "left door")
_STICKY = "test with sticky actions"
_WITHOUT, _WITH = "hdqn/montezuma/{}", "hdqn/montezuma/search/{}"


def attempts(runs: Sequence[RunDirectory], goal: str, test: str = "test") -> Measurement:
    """How often a goal was reached from the start of the game, and how often in validations."""
    ended = results(runs)
    values = [result[test]["goals"][goal] for result in ended]
    of_each = curves(runs, f"validation/{goal}")
    about = {
        "success by decisions, in validations of each run": of_each,
        "best and last success in the mean of the validations": _best_and_last(curve(runs, f"validation/{goal}")),
        "seconds of each run": [round(result["seconds"], 1) for result in ended],
    }
    sticky = "sticky actions (0.25) in tests, " if test != "test" else ""
    unit = f"of {ended[0][test]['attempts']} attempts from the start of the game"
    return Measurement(values, _SUCCESS, unit, ended[0]["data"], about, sticky)


def _best_and_last(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    return [max(points, key=lambda point: point[1]), points[-1]] if points else []


def scores(runs: Sequence[RunDirectory], test: str = "test") -> Measurement:
    """Mean scores of whole games."""
    ended = results(runs)
    about = {
        "seconds of each run": [round(result["seconds"], 1) for result in ended],
        "score in training by decisions": _thinned(runs, "train_return"),
    }
    sticky = "sticky actions (0.25) in tests, " if test != "test" else ""
    unit = f"mean score of {ended[0][test]['episodes']} games"
    return Measurement([result[test]["return"] for result in ended], _SCORE, unit, ended[0]["data"], about, sticky)


def searched(runs: Sequence[RunDirectory]) -> Measurement:
    """Scores of the best routes that the searches before the runs have found."""
    found = [result["search"] for result in results(runs)]
    about = {"cells": [each["cells"] for each in found], "decisions of each search": found[0]["decisions"]}
    return Measurement([each["score"] for each in found], _SCORE, "score of a route", results(runs)[0]["data"], about)


def _goal_cells(column: str, ids: str, settings: HDQNSettings) -> list[Cell]:
    """A row for each goal, of attempts without and with sticky actions."""
    cells, trained = [], ids.format("middle-ladder/success")
    for test, prefix, words in (("test", "", ""), (_STICKY, "sticky/", ", sticky actions")):
        for goal in _GOALS:
            id_ = ids.format(f"{prefix}{goal.replace(' ', '-')}/success")
            measure = functools.partial(attempts, goal=goal, test=test)
            runs_of = "" if id_ == trained else trained
            cells.append(
                Cell(id_, "hdqn-montezuma", goal, column + words, settings, runs_of=runs_of, data=None, measure=measure)
            )
    return cells


def _score_cell(name: str, row: str, settings: HDQNSettings, runs_of: str = "", measure: Measure = scores) -> Cell:
    theirs = _SCORED if name == "search/score" else None
    return Cell(
        f"hdqn/montezuma/{name}", "hdqn-montezuma", row, "score", settings, theirs, runs_of=runs_of, data=None, measure=measure
    )  # fmt: skip


_SCORES = (
    _score_cell("score", "h-DQN", _MONTEZUMA, _WITHOUT.format("middle-ladder/success")),
    _score_cell("search/score", "h-DQN, trained from searched states, too", _SEARCHED, _WITH.format("middle-ladder/success")),
    _score_cell(
        "flat/score", "flat double deep Q-learning, returns over three steps",
        replace(_MONTEZUMA, agent=Agent.FLAT, random_goals=0.0, exploring=0.4, attempts=0),
    ),
    _score_cell("route/score", "the searched route", _SEARCHED, _WITH.format("middle-ladder/success"), searched),
)  # fmt: skip
_TABLES = (
    Table("hdqn-chain", "h-DQN on the chain of six states: return", _CELLS, CHAIN.metric),
    Table("hdqn-doorkey", "h-DQN in a room of 6 × 6 cells with a door and a key: success", _ROOMS, _SUCCESS),
    Table(
        "hdqn-montezuma", "h-DQN in the first room of Montezuma's Revenge: goals reached from the start of the game",
        [*_goal_cells("trained from searched states, too", _WITH, _SEARCHED), *_goal_cells("trained from the start", _WITHOUT, _MONTEZUMA)],
        _SUCCESS,
    ),
    Table("hdqn-montezuma-score", "Montezuma's Revenge: score", _SCORES, _SCORE),
)  # fmt: skip


def tables() -> tuple[Table, ...]:
    """The tables of h-DQN."""
    return _TABLES
