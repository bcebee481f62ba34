"""The chain of six states."""

from __future__ import annotations

import numpy as np
import pytest

from saccade.worlds.games.chain import STATES, Chain
from saccade.worlds.games.emulators import GO_ON

N = 20_000
EVERY = np.ones(N, bool)


def places(screen: object) -> object:
    return np.asarray(screen)[:, 0, 0, :STATES].argmax(1)


def test_right_succeeds_half_of_the_time_and_left_always() -> None:
    chain = Chain(N)
    assert (places(chain.reset(EVERY, np.arange(N))) == 1).all()
    step = chain.step(np.ones(N, np.int64), EVERY)
    went = places(step.screen)
    assert np.mean(went == 2) == pytest.approx(0.5, abs=0.02) and set(np.unique(went)) == {0, 2}
    assert (step.done == (went == 0)).all() and set(step.score[step.done]) == {0.01} and not step.truncated.any()
    left = chain.step(np.zeros(N, np.int64), ~step.done)
    assert (places(left.screen)[~step.done] == 1).all()


def test_the_best_policy_is_worth_what_theory_says() -> None:
    """To the right end and back: .2 * 1 + .8 * .01."""
    chain = Chain(N)
    screen, returns, going, been = chain.reset(EVERY, np.arange(N)), np.zeros(N), EVERY.copy(), ~EVERY
    for _ in range(2_000):
        been |= places(screen) == STATES - 1
        step = chain.step(np.where(been, 0, 1), going)
        screen, returns, going = step.screen, returns + step.score, going & ~step.done
    assert not going.any() and returns.mean() == pytest.approx(0.208, abs=0.01)


def test_the_same_seeds_and_actions_go_the_same_way_and_those_that_wait_draw_nothing() -> None:
    one, other, draw = Chain(50), Chain(50), np.random.default_rng(0)
    seeds, every = np.arange(50), np.ones(50, bool)
    one.reset(every, seeds), other.reset(every, seeds)
    going = every
    for _ in range(20):
        action = draw.integers(0, 2, 50)
        here = one.step(action, going)
        half = draw.random(50) < 0.5
        other.step(action, going & half)
        there = other.step(action, going & ~half)
        assert np.array_equal(here.screen, there.screen)
        going = going & ~here.done
    again = one.reset(every, np.full(50, GO_ON))
    assert (places(again) == 1).all()


def test_screens_name_the_group_and_the_visit() -> None:
    chain = Chain(6, groups=3, visited=True)
    every = np.ones(6, bool)
    screen = chain.reset(every, np.arange(6))
    assert chain.shape == (1, 1, STATES + 1 + 2) and (screen[:, 0, 0, STATES] == 0).all()
    assert [row.tolist() for row in screen[:, 0, 0, -2:]] == [[0, 0], [255, 0], [0, 255]] * 2
    shown = []
    for _ in range(400):
        step = chain.step(np.ones(6, np.int64), every)
        shown.append((places(step.screen) == STATES - 1, step.screen[:, 0, 0, STATES] > 0))
        chain.reset(step.done, np.full(6, GO_ON))
    assert any(at.any() for at, _ in shown) and all((flag | ~at).all() for at, flag in shown)
    with pytest.raises(ValueError, match="6 chains cannot be divided among 4 groups: take a multiple of 4"):
        Chain(6, groups=4)
