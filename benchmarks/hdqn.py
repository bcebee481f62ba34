"""`python -m benchmarks.hdqn`: the hierarchy next to a flat learner on the same game, and what drawing goals costs, to results/bench/.

Both learn in one process, in turn; wants a quiet machine and three minutes.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks.figures import keep
from saccade.agents.goal_replay import GoalReplay
from saccade.recipes.hdqn.learning import GoalLearning
from saccade.recipes.hdqn.montezuma import montezuma
from saccade.recipes.hdqn.settings import Agent, HDQNSettings, in_montezuma
from saccade.runs import Figure

_BATCH = 32


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--decisions", type=int, default=2_400)
    parser.add_argument("--results", type=Path, default=Path("results"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    keep(options.results, learning(options.rounds, options.decisions))
    keep(options.results, sampling(options.rounds))


def learning(rounds: int, decisions: int) -> Figure:
    """Decisions a second of the hierarchy, both of whose policies learn, and of a flat policy with the same network."""
    started = time.monotonic()
    usual = replace(in_montezuma(), learning_starts=1_000, random_goals=0.0)
    with tempfile.TemporaryDirectory() as folder:
        learners = {
            name: _Learner(settings, Path(folder) / name)
            for name, settings in (("h-DQN", usual), ("flat", replace(usual, agent=Agent.FLAT)))
        }
        for each in learners.values():
            each.go_on(decisions)  # learning has started, and everything is compiled
        rates = _in_turn({name: partial(each.go_on, decisions) for name, each in learners.items()}, decisions, rounds)
    return Figure(
        id="bench/hdqn-vs-dqn",
        values=[here / there for here, there in zip(rates["h-DQN"], rates["flat"], strict=True)],
        unit="times as many decisions a second as flat double deep Q-learning",
        better="higher",
        setup=f"Montezuma's Revenge from pixels, 8 games side by side, the 2013 network for every policy, an update on {_BATCH} transitions every 4 decisions, of the meta-controller every {usual.meta_every}, returns over three steps, half of the goals drawn anew; one thread, in turn in one process",
        command="python -m benchmarks.hdqn",
        seconds=time.monotonic() - started,
        baselines={name: statistics.median(values) for name, values in rates.items()},
        about={"decisions a second, by round": rates},
    )


class _Learner:
    """A learner that can be trained for a while, again and again."""

    def __init__(self, settings: HDQNSettings, folder: Path) -> None:
        self._learning, self._seen = GoalLearning(settings, montezuma(False), 0, folder, 1_000), 0

    def go_on(self, decisions: int) -> None:
        """Make so many decisions, and learn as often as is due."""
        self._learning.play(decisions, self._seen)
        self._seen += decisions


def sampling(rounds: int, samples: int = 2_000) -> Figure:
    """Minibatches a second with and without goals drawn anew."""
    started = time.monotonic()
    buffers = {"drawn anew": _filled(0.5, 0.125), "as they were pursued": _filled(0.0, 0.0)}
    for buffer in buffers.values():
        _sampled(buffer, samples)  # everything is compiled, and in memory
    rates = _in_turn({name: partial(_sampled, buffer, samples) for name, buffer in buffers.items()}, samples, rounds)
    return Figure(
        id="bench/hdqn-relabelling",
        values=[
            without / anew for anew, without in zip(rates["drawn anew"], rates["as they were pursued"], strict=True)
        ],
        unit="times the time of sampling without new goals",
        better="lower",
        setup=f"minibatches of {_BATCH} transitions of 4 frames of 84x84 pixels, seven goals, returns over three steps; new goals: half of the transitions with a goal drawn from all, an eighth from before a goal was reached; one thread, in turn in one process",
        command="python -m benchmarks.hdqn",
        seconds=time.monotonic() - started,
        baselines={name: statistics.median(values) for name, values in rates.items()},
        about={"minibatches a second, by round": rates},
    )


def _filled(relabel: float, hindsight: float, games: int = 8, steps: int = 2_000, goals: int = 7) -> GoalReplay:
    """A replay buffer of random transitions."""
    buffer = GoalReplay(games * steps, games, (4, 84, 84), goals, relabel, hindsight)
    buffer.seed(0)
    draw = np.random.default_rng(0)
    every = torch.ones(games, dtype=torch.bool)
    terminal = every
    for _ in range(steps):
        screen = torch.from_numpy(draw.integers(0, 256, (games, 4, 84, 84), np.uint8))
        goal, action = (torch.from_numpy(draw.integers(0, n, games)) for n in (goals, 8))
        reached = torch.from_numpy(draw.random((games, goals)) < 0.01)
        fresh, terminal = terminal, torch.from_numpy(draw.random(games) < 0.01)
        buffer.forward(screen, goal, action, reached, terminal, every, screen, fresh, every)
    return buffer


def _sampled(buffer: GoalReplay, samples: int) -> None:
    """Sample so many minibatches."""
    for _ in range(samples):
        buffer.sample(_BATCH, 3)


def _in_turn(works: Mapping[str, Callable[[], None]], count: int, rounds: int) -> dict[str, list[float]]:
    """How many of `count` things a second each work does, round by round."""
    rates = {name: list[float]() for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            begin = time.perf_counter()
            work()
            rates[name].append(count / (time.perf_counter() - begin))
    return rates


if __name__ == "__main__":
    main()
