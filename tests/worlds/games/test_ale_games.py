"""Atari games one emulator at a time."""

from __future__ import annotations

import numpy as np
import pytest

from saccade.worlds.data.files import DataError
from saccade.worlds.games.ale_games import AleGames, AleRules, MemoryGames
from saccade.worlds.games.atari import Atari
from saccade.worlds.games.emulators import GO_ON, Emulators, WithMemory
from saccade.worlds.games.protocol import Protocol

BOTH = np.ones(2, bool)
FIRST = np.array([True, False])
SEEDS = np.array([3, 4])


def rules(**changes: object) -> AleRules:
    return AleRules(**{"no_ops": 0, **changes})  # type: ignore[arg-type]


def test_it_shows_what_the_vector_environment_shows() -> None:
    ours: Emulators = AleGames("breakout", 2, rules())
    theirs = Atari("breakout", 2, Protocol.PAPER)
    assert isinstance(ours, WithMemory) and ours.actions == theirs.actions and ours.shape == theirs.shape
    ours.reset(BOTH, SEEDS)
    shown = ours.step(np.array([1, 1]), BOTH).screen
    # The vector environment begins with some no-ops, so levels are compared, not the ball.
    other = theirs.reset(BOTH, SEEDS)
    assert np.abs(shown[:, -1].astype(int) - other[:, -1].astype(int)).mean() < 2


def test_the_same_seeds_and_actions_lead_to_the_same_screens_and_games_can_wait() -> None:
    a, b = (AleGames("breakout", 2, rules(no_ops=30, sticky=0.25)) for _ in range(2))
    a.reset(BOTH, SEEDS[::-1].copy())  # whatever was played before
    a.step(np.array([3, 3]), BOTH)
    a.reset(BOTH, SEEDS)
    b.reset(BOTH, SEEDS)
    draw = np.random.default_rng(0)
    pressed = draw.integers(0, 4, (60, 2))
    for actions in pressed:
        shown = a.step(actions, BOTH)
    for actions in pressed:  # one after the other
        b.step(actions, FIRST)
    waited = b.step(pressed[0], ~FIRST).screen
    assert np.array_equal(waited[0], shown.screen[0])
    for actions in pressed[1:]:
        then = b.step(actions, ~FIRST)
    assert np.array_equal(then.screen, shown.screen) and np.array_equal(a.memory(), b.memory())


def test_a_state_is_gone_back_to() -> None:
    games = MemoryGames("breakout", 2, rules())
    games.reset(BOTH, SEEDS)
    for _ in range(30):
        games.step(np.array([1, 2]), BOTH)
    kept = games.save(0)
    after = [games.step(np.array([k % 4, 0]), FIRST).screen[0].copy() for k in range(40)]
    games.restore(0, kept)
    again = [games.step(np.array([k % 4, 0]), FIRST).screen[0].copy() for k in range(40)]
    # The frame before the first of them is of before the restoring.
    assert all(np.array_equal(one[-1], other[-1]) for one, other in zip(after, again, strict=True))


def test_actions_stick_as_often_as_they_should() -> None:
    yes, moved = np.ones(1, bool), []
    for sticky in (0.0, 0.25, 1.0):
        games = MemoryGames("breakout", 1, rules(sticky=sticky))
        games.reset(yes, np.zeros(1, np.int64))
        start = games.memory()[0].copy()
        for _ in range(60):
            games.step(np.array([2]), yes)
        moved.append(int(games.memory()[0, 72]) - int(start[72]))  # the paddle
    assert moved[0] >= moved[1] > moved[2] == 0 or moved[0] <= moved[1] < moved[2] == 0


def test_emulators_are_used_again() -> None:
    games = AleGames("breakout", 2, rules())
    kept = list(games._copies)
    games.close()
    assert all(any(copy is each for each in kept) for copy in AleGames("breakout", 2, rules())._copies)


def test_a_life_ends_an_episode_or_does_not() -> None:
    one, all_ = AleGames("breakout", 1, rules(one_life=True)), AleGames("breakout", 1, rules())
    yes, lives = np.ones(1, bool), []
    for games in (one, all_):
        games.reset(yes, np.zeros(1, np.int64))
        for _ in range(300):
            step = games.step(np.ones(1, np.int64), yes)
            if step.done[0]:
                break
        lives.append(int(step.lives[0]))
        assert step.done[0] == (games is one) or lives[-1] == 0
    assert lives[0] == 4 and not step.truncated[0]


def test_time_limit() -> None:
    games = AleGames("breakout", 1, rules(frames=80))
    yes = np.ones(1, bool)
    games.reset(yes, np.zeros(1, np.int64))
    steps = [games.step(np.zeros(1, np.int64), yes) for _ in range(20)]
    assert [bool(step.done[0]) for step in steps] == 19 * [False] + [True] and steps[-1].truncated[0]


def test_episodes_begin_in_states_that_were_found() -> None:
    yes = np.ones(1, bool)
    games = MemoryGames("breakout", 1, rules())
    games.reset(yes, np.zeros(1, np.int64))
    for _ in range(40):
        games.step(np.ones(1, np.int64), yes)
    state = games.save(0)
    always = MemoryGames("breakout", 1, rules(), [[state]], 1.0)
    always.reset(yes, np.array([1]))
    memory = always.memory()
    begins = MemoryGames("breakout", 1, rules(), [[state]], 0.5)
    begins.reset(yes, np.array([1]))
    found = []
    for _ in range(40):
        begins.reset(yes, np.array([GO_ON]))
        found.append(np.array_equal(begins.memory(), memory))
    assert 8 < sum(found) < 32


def test_what_cannot_be_played() -> None:
    with pytest.raises(DataError, match="there is no Atari game 'brakout', did you mean breakout"):
        AleGames("brakout", 1)
    with pytest.raises(ValueError, match="breakout has no button JUMP"):
        AleGames("breakout", 1, rules(buttons=("NOOP", "JUMP")))
