"""Replay buffers behind the game: what is sampled is what happened, for any goal."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from saccade.agents.goal_replay import GoalReplay, OptionReplay
from saccade.runs import RunError

GOALS, GAMES = 4, 3
YES = torch.ones(GAMES, dtype=torch.bool)


def screen(number: Tensor, depth: int = 2) -> Tensor:
    """Frames of one pixel that count up to a number, `(b, depth, 1, 1)`."""
    return torch.stack([number - depth + 1 + frame for frame in range(depth)], 1).to(torch.uint8)[..., None, None]


class Walks:
    """Walks on a ring of 100 numbers by steps of one, goals at random; every transition by its observation."""

    def __init__(self, buffer: GoalReplay | OptionReplay, seed: int = 0) -> None:
        self.buffer, self.rng = buffer, np.random.default_rng(seed)
        self.at = torch.tensor([2, 86, 170])
        self.fresh = YES.clone()
        self.kept: dict[int, tuple[int, int, list[bool], bool, int]] = {}

    def step(self, active: Tensor = YES) -> None:
        """One call of a buffer of goals."""
        assert isinstance(self.buffer, GoalReplay)
        goal, action = (torch.from_numpy(self.rng.integers(0, n, GAMES)) for n in (GOALS, 5))
        reached = torch.from_numpy(self.rng.random((GAMES, GOALS)) < 0.3)
        terminal = torch.from_numpy(self.rng.random(GAMES) < 0.2)
        after = torch.where(active, self.at + 1, self.at)
        self.buffer.forward(
            screen(self.at), goal, action, reached, terminal, YES, screen(after), self.fresh & active, active
        )
        for game in np.flatnonzero(active.numpy()):
            self.kept[int(self.at[game])] = (
                int(goal[game]), int(action[game]), reached[game].tolist(), bool(terminal[game]), int(after[game]),
            )  # fmt: skip
        self.at = torch.where(terminal & active, after + 2, after)
        self.fresh = torch.where(active, terminal, self.fresh)


@pytest.fixture(params=[True, False], ids=["stacked", "whole"])
def goals(request: pytest.FixtureRequest) -> GoalReplay:
    made = GoalReplay(150, GAMES, (2, 1, 1), GOALS, 0.5, stacked=request.param)
    made.seed(1)
    return made


def test_what_is_sampled_is_what_happened(goals: GoalReplay) -> None:
    walks = Walks(goals)
    for turn in range(40):
        walks.step(YES if turn % 3 else torch.tensor([True, False, True]))
    batch = goals.sample(400, discount=0.9)
    assert batch.goal is not None and batch.before.goal is batch.after.goal is batch.goal
    same = 0
    for seen, goal, action, reward, discount, then in zip(
        batch.observation, batch.goal.tolist(), batch.action, batch.reward, batch.discount, batch.next_observation, strict=True
    ):  # fmt: skip
        pursued, acted, reached, terminal, after = walks.kept[int(seen[-1])]
        assert (int(action), int(then[-1])) == (acted, after) and float(reward) == reached[goal]
        assert float(discount) == (0.0 if terminal or reached[goal] else pytest.approx(0.9))
        assert torch.equal(seen, screen(seen[-1].flatten().long())[0]) and torch.equal(
            then, screen(then[-1].flatten().long())[0]
        )
        same += goal == pursued
    assert 0.5 < same / 400 < 0.75  # half of them, and a quarter of the others


@pytest.mark.parametrize("relabel", [0.0, 1.0])
def test_all_or_no_goals_are_drawn_anew(relabel: float) -> None:
    buffer = GoalReplay(150, GAMES, (2, 1, 1), GOALS, relabel)
    walks = Walks(buffer)
    for _ in range(40):
        walks.step()
    batch = buffer.sample(300)
    assert batch.goal is not None
    pursued = torch.tensor([walks.kept[int(seen[-1])][0] for seen in batch.observation])
    assert (batch.goal == pursued).float().mean() == 1 if relabel == 0 else (batch.goal != pursued).float().mean() > 0.6


def test_options_are_discounted_for_all_their_steps() -> None:
    buffer = OptionReplay(150, GAMES, (2, 1, 1))
    at, fresh = torch.tensor([2, 86, 170]), YES.clone()
    rng, kept = np.random.default_rng(0), dict[int, tuple[int, float, int, bool]]()
    for _ in range(20):
        length, action = torch.from_numpy(rng.integers(1, 5, GAMES)), torch.from_numpy(rng.integers(0, 3, GAMES))
        reward, terminal = torch.from_numpy(rng.normal(size=GAMES)).float(), torch.from_numpy(rng.random(GAMES) < 0.2)
        buffer.forward(screen(at), action, reward, length, terminal, YES, screen(at + length), fresh, YES)
        for game in range(GAMES):
            kept[int(at[game])] = (int(action[game]), float(reward[game]), int(length[game]), bool(terminal[game]))
        at, fresh = at + length + 2 * terminal, terminal
        at = torch.where(at > 250, at - 250, at)
    batch = buffer.sample(100, discount=0.8)
    for seen, action, reward, discount, then in zip(
        batch.observation, batch.action, batch.reward, batch.discount, batch.next_observation, strict=True
    ):
        acted, gained, steps, over = kept[int(seen[-1])]
        assert (int(action), float(reward)) == (acted, gained) and int(then[-1]) == int(seen[-1]) + steps
        assert float(discount) == (0.0 if over else pytest.approx(0.8**steps))


def test_a_state_goes_on_and_a_changed_goal_is_found_out(goals: GoalReplay, tmp_path: object) -> None:
    walks = Walks(goals)
    for _ in range(30):
        walks.step()
    state = goals.state()
    first, _ = goals.sample(20), goals.load_state(state)
    second = goals.sample(20)
    assert first.goal is not None and second.goal is not None and torch.equal(first.goal, second.goal)
    goals._goal[:5] += 1
    with pytest.raises(RunError, match="does not store what it did"):
        goals.load_state(state)


def test_buffers_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="0 goals: there must be one or more"):
        GoalReplay(100, 2, (1, 1, 1), 0, 0.5)
    with pytest.raises(ValueError, match="relabel is 2: it must be between 0 and 1"):
        GoalReplay(100, 2, (1, 1, 1), 3, 2)
    with pytest.raises(ValueError, match="hindsight is -1: it must be between 0 and 1"):
        GoalReplay(100, 2, (1, 1, 1), 3, 1, -1)
    options = OptionReplay(150, GAMES, (2, 1, 1))
    with pytest.raises(ValueError, match="n_step is 3, it must be 1"):
        options.sample(4, n_step=3)


def test_returns_over_several_steps_end_where_the_goal_is_reached() -> None:
    buffer = GoalReplay(240, GAMES, (2, 1, 1), GOALS, 1.0)
    buffer.seed(0)
    walks = Walks(buffer)
    for _ in range(35):
        walks.step()
    batch = buffer.sample(500, n_step=3, discount=0.5)
    assert batch.goal is not None
    ends = set[tuple[int, bool]]()
    for seen, goal, reward, discount, then in zip(
        batch.observation, batch.goal.tolist(), batch.reward.tolist(), batch.discount.tolist(), batch.next_observation, strict=True
    ):  # fmt: skip
        at, steps, hit, over = int(seen[-1]), 0, False, False
        while steps < 3 and at in walks.kept and not (hit or over):
            _, _, reached, over, at = walks.kept[at]
            hit, steps = reached[goal], steps + 1
        assert reward == (0.5 ** (steps - 1) if hit else 0.0)
        assert discount == (0.0 if hit or over else 0.5**steps) and int(then[-1]) == at
        ends.add((steps, hit))
    assert {(1, True), (2, True), (3, True), (3, False)} <= ends


def test_hindsight_learns_from_before_goals_that_are_rarely_reached() -> None:
    buffer = GoalReplay(1_200, GAMES, (2, 1, 1), 3, 0.0, 0.6)
    buffer.seed(0)
    first = torch.ones(GAMES, dtype=torch.bool)
    for step in range(80):
        at = torch.arange(GAMES) * 84 + step
        reached = torch.zeros(GAMES, 3, dtype=torch.bool)
        reached[1, 2] = step == 50  # once, of one game, of one goal
        reached[:, 0] = step % 3 == 0
        terminal = torch.full((GAMES,), step == 40)
        goal = torch.ones(GAMES, dtype=torch.int64)
        buffer.forward(screen(at), goal, goal, reached, terminal, YES, screen(at + 1), first, YES)
        first = terminal
    batch = buffer.sample(2_000, n_step=1)
    assert batch.goal is not None
    rare = batch.goal == 2
    assert 0.15 < rare.float().mean() < 0.25 and (batch.goal == 1).float().mean() == pytest.approx(0.6, abs=0.05)
    when = {int(seen[-1]) - 84 for seen in batch.observation[rare]}
    assert when == set(range(41, 51))  # back to the beginning of the episode
    assert (batch.reward[rare] == 1).float().mean() == pytest.approx(1 / 10, abs=0.05)
    state = buffer.state()
    one = buffer.sample(50)
    buffer.load_state(state)
    other = buffer.sample(50)
    assert one.goal is not None and other.goal is not None and torch.equal(one.goal, other.goal)
