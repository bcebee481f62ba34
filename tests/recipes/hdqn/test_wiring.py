"""Two learners in one graph, one inside the other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from saccade.agents.q_learner import QLearner
from saccade.recipes.hdqn.chain import chain
from saccade.recipes.hdqn.learning import GoalLearning
from saccade.recipes.hdqn.playing import play
from saccade.recipes.hdqn.settings import Agent, HDQNSettings
from saccade.recipes.hdqn.wiring import Buffers, GoalSystem, wire
from saccade.worlds.games.chain import STATES

GAMES, LIMIT, DISCOUNT = 8, 4, 0.9


@pytest.fixture
def system() -> GoalSystem:
    made = wire(chain(2), GAMES, LIMIT, DISCOUNT, Buffers(8_000, 8_000, 0.0))
    made.graph.seed(3)
    return made


def test_each_policy_has_a_brain_of_its_own(system: GoalSystem) -> None:
    assert system.transitions is not None and system.options is not None
    settings = HDQNSettings()
    controller = QLearner(system.graph, system.transitions, settings.learner, system.controller)
    meta = QLearner(system.graph, system.options, settings.meta, system.meta)
    assert {*controller.brain.parts} == {"goalview", "values"} and {*meta.brain.parts} == {"goal_values"}


def test_what_is_stored_is_what_happened(system: GoalSystem) -> None:
    """A goal is pursued until it is reached, its limit is over or the episode ends; the option has the discounted sum of the rewards."""
    halves = system.graph.halves(system.controller)
    read = {name: halves.names.index(port.variable) for name, port in (
        ("goal", system.meta.action), ("score", system.press.score), ("reached", system.critic.reached), ("done", system.critic.done),
    )}  # fmt: skip
    state = halves.reset(GAMES)
    pressed, length, total = 0, torch.zeros(GAMES), torch.zeros(GAMES)
    options = defaultdict[tuple[int, int, int], list[float]](list)
    before = system.games.screen.copy()
    for _ in range(200):
        goal = state[read["goal"]]
        start = torch.from_numpy(before[:, 0, 0, :STATES].argmax(1)) if not length.any() else start
        start = torch.where(length == 0, torch.from_numpy(before[:, 0, 0, :STATES].argmax(1)), start)
        step = halves.step(state, system.controller.decide(halves.observe(state)["q"]).action)
        pressed += GAMES
        state = step.state
        total += DISCOUNT**length * state[read["score"]]
        length += 1
        at = torch.from_numpy(system.games.screen[:, 0, 0, :STATES].argmax(1))
        was = torch.from_numpy(before[:, 0, 0, :STATES].argmax(1))
        hit = (at == goal) & (was != goal)
        assert torch.equal(state[read["reached"]][torch.arange(GAMES), goal], hit)
        assert torch.equal(state[read["done"]], hit | step.done) and bool((length <= LIMIT).all())
        over = hit | step.done | (length == LIMIT)
        assert torch.equal(system.pursuits_ended(halves, state), over)
        for game in np.flatnonzero(over.numpy()):
            options[int(start[game]), int(goal[game]), int(length[game])].append(float(total[game]))
        length, total = torch.where(over, 0, length), torch.where(over, 0.0, total)
        assert torch.equal(state[read["goal"]][~over], goal[~over])
        if bool(step.done.any()):
            state = halves.merge(step.done, halves.reset(GAMES, step.done), state)
        before = system.games.screen.copy()
    assert system.transitions is not None and system.options is not None
    assert len(system.transitions) == pressed and len(system.options) == sum(map(len, options.values()))
    batch = system.options.sample(500, discount=DISCOUNT)
    for seen, goal_, reward in zip(batch.observation, batch.action, batch.reward, strict=True):
        start_ = int(seen[0, 0, :STATES].argmax())
        rewards = [
            total for (at_, aim, _), totals in options.items() if (at_, aim) == (start_, int(goal_)) for total in totals
        ]
        assert any(float(reward) == pytest.approx(each) for each in rewards)


def test_a_goal_that_was_reached_at_the_start_ends_by_its_limit(system: GoalSystem) -> None:
    """Standing still reaches nothing, and no episode goes on for ever."""
    halves = system.graph.halves(system.meta)
    state = halves.reset(GAMES)
    for _ in range(5):
        step = halves.step(state, torch.full((GAMES,), 1))  # the state where all episodes begin
        state = halves.merge(step.done, halves.reset(GAMES, step.done), step.state)


SMALL = replace(
    HDQNSettings(), learners=4, games=32, steps=32 * 60, every=32, meta_every=32, learning_starts=64, buffer=1_280, options=1_280,
    test_episodes=400,
)  # fmt: skip


@pytest.mark.parametrize("agent", Agent)
def test_learning_goes_on_to_the_same_numbers(agent: Agent, tmp_path: Path) -> None:
    settings = replace(SMALL, agent=agent)
    whole = GoalLearning(settings, chain(4), 5, tmp_path / "whole", 4_000)
    for seen in range(0, settings.total // 2, 32):
        whole.play(32, seen)
    state = {name: value.clone() for name, value in whole.state().items()}
    for student in whole.students:
        student.buffer.columns.flush()
    broken = GoalLearning(settings, chain(4), 6, tmp_path / "whole", 4_000)
    broken.load(state)
    rows = [
        [each.play(32, seen) for seen in range(settings.total // 2, settings.total // 2 + 64, 32)] for each in (broken,)
    ]
    again = GoalLearning(settings, chain(4), 7, tmp_path / "whole", 4_000)
    again.load(state)
    other = [again.play(32, seen) for seen in range(settings.total // 2, settings.total // 2 + 64, 32)]
    assert repr(rows[0]) == repr(other)


def test_the_hierarchy_solves_the_chain_and_a_flat_policy_does_not(tmp_path: Path) -> None:
    """Four learners; the best policy is worth .208, going left at once .01."""
    settings = replace(SMALL, steps=32 * 1_700, goal_steps=1_000)
    found = {}
    for agent in Agent:
        game = chain(settings.learners)
        learning = GoalLearning(replace(settings, agent=agent), game, 0, tmp_path / agent, 4_000)
        learning.play(settings.total, 0) if False else [
            learning.play(32, seen) for seen in range(0, settings.total, 32)
        ]
        returns = play(replace(settings, agent=agent), game, learning.system.graph.brain_state(), 4_000, 1)
        found[agent] = returns.view(-1, settings.learners).mean(0)
    assert float(found[Agent.HIERARCHY].min()) > 0.15 and float(found[Agent.FLAT].max()) < 0.15
