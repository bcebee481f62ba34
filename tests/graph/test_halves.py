from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Bool, Float
from torch import Tensor

from saccade.graph import Active, Fresh, Graph, In, Loop, Module, Out, Step, WiringError, World

from .games import Board, Deal, Look, Policy, Press, card_game, deep, game, game_in_the_middle, goals, pair, start_of
from .parts import reading

Episode = list[tuple[Tensor, Tensor, Tensor]]  # observation, action and reward of every decision


def by_unroll(graph: Graph, actor: Any, n: int) -> list[Episode]:
    actor.observations = []
    with torch.no_grad():
        trace = graph.unroll(n)
    if not actor.observations:
        return [[] for _ in range(n)]
    found, seen = trace.of(actor), actor.observations
    return [
        [(seen[t][row], found.action[t, row], found.reward[t, row]) for t in range(len(seen)) if found.active[t, row]]
        for row in range(n)
    ]


def by_steps(graph: Graph, actor: Any, unrolled: list[Episode]) -> list[Episode]:
    """The same episodes from outside, with the actions given; in every step only some of them go on."""
    halves, n = graph.halves(actor), len(unrolled)
    state, running = halves.reset(n), torch.tensor([bool(episode) for episode in unrolled])
    found: list[Episode] = [[] for _ in unrolled]
    generator = torch.Generator().manual_seed(n)
    while running.any():
        active = running & (torch.rand(n, generator=generator) < 0.7)
        observation = next(iter(halves.observe(state).values()))
        actions = torch.zeros(n, dtype=torch.int64)
        for row in torch.nonzero(active)[:, 0].tolist():
            actions[row] = unrolled[row][len(found[row])][1]
        step = halves.step(state, actions, active)
        for row in torch.nonzero(active)[:, 0].tolist():
            found[row].append((observation[row], actions[row], step.reward[row]))
            assert bool(step.done[row]) is (len(found[row]) == len(unrolled[row]))
        assert not ((step.done | step.truncated | (step.reward != 0)) & ~active).any()
        state, running = step.state, running & ~step.done
    return found


WIRINGS = {
    "end of the loop": (game, "policy"),
    "end of the loop, limited": (lambda: game(4), "policy"),
    "middle of the loop": (game_in_the_middle, "policy"),
    "middle of the loop, limited": (lambda: game_in_the_middle(3), "policy"),
    "outer actor": (goals, "meta"),
    "outer actor, limited": (lambda: goals(3, 2, 4), "meta"),
    "inner actor": (goals, "controller"),
    "inner actor, limited": (lambda: goals(3, 2, 4), "controller"),
    "inner actor, once": (lambda: goals(2, 1, 4), "controller"),
    "end of an inner loop": (card_game, "policy"),
    "end of an inner loop, limited": (lambda: card_game(2, 3), "policy"),
    "two at the end, first": (pair, "left"),
    "two at the end, second": (pair, "right"),
    **{
        f"deep {'ends' if end else 'middles'}, {name}": (partial(deep, end), name)
        for end in (True, False)
        for name in ("p1", "p2", "p3")
    },
}


@pytest.mark.parametrize("wiring", WIRINGS)
@settings(max_examples=3, deadline=None, derandomize=True)
@given(n=st.integers(1, 5), seed=st.integers(0, 1000))
def test_steps_from_outside_equal_one_pass(wiring: str, n: int, seed: int) -> None:
    make, name = WIRINGS[wiring]
    unrolled, found = [], []
    for drive in (
        lambda s, a: unrolled.extend(by_unroll(s.graph, a, n)),
        lambda s, a: found.extend(by_steps(s.graph, a, unrolled)),
    ):
        s = make()
        s.graph.seed(seed)
        actor = getattr(s, name)
        for other in s.graph.actors:
            other.train(other is actor)  # the others do what they think best, in both
        drive(s, actor)
    for a, b in zip(unrolled, found, strict=True):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            for u, v in zip(x, y, strict=True):
                torch.testing.assert_close(u, v)


@settings(max_examples=5, deadline=None, derandomize=True)
@given(times=st.integers(2, 4), n=st.integers(1, 4), seed=st.integers(0, 99))
def test_lock_step_from_outside_equals_one_pass(times: int, n: int, seed: int) -> None:
    s, t = reading(times), reading(times)
    s.graph.seed(seed)
    t.graph.seed(seed)
    trace = s.graph.unroll(n, watch=[s.reader.hidden])
    found = trace.of(s.gaze)
    halves = t.graph.halves()
    state = halves.reset(n)
    for k in range(times - 1):
        torch.testing.assert_close(halves.observe(state), {"observation": trace[s.reader.hidden][k]})
        step = halves.step(state, found.action[k])
        state = step.state
        torch.testing.assert_close(step.reward, found.reward[k])
        assert step.done.tolist() == [k == times - 2] * n
        assert not step.truncated.any()


# -- by hand: the same in plain Python ----------------------------------------------------------------


def plain_controller(row: int, moves: list[int], outer: int, inner: int, end: int) -> list[tuple[Any, ...]]:
    """(position, goal, reward, done, truncated) after every move of the inner actor; the outer one walks on outwards."""
    place, found, k0 = start_of(row, 0), [], 0
    goal, k1 = int(place + place % 2 > 0), 0
    for move in moves:
        place += 2 * move - 1
        reached, over = (place >= 1 if goal else place <= -1), abs(place) >= end
        done = truncated = False
        if reached or over or k1 == inner - 1:
            done, truncated = over or k0 == outer - 1, not over and k0 == outer - 1
            if not over:
                k0, k1, goal = k0 + 1, 0, int(place + place % 2 > 0)
        else:
            k1 += 1
        found.append((place, goal, float(reached), done, truncated))
        if done:
            break
    return found


def test_the_inner_actor_by_hand() -> None:
    s, n = goals(4, 3, 3), 6
    s.meta.eval()
    halves = s.graph.halves(s.controller)
    state, running = halves.reset(n), torch.ones(n, dtype=torch.bool)
    moves = torch.randint(0, 2, (20, n), generator=torch.Generator().manual_seed(1))
    plain = [plain_controller(row, moves[:, row].tolist(), 4, 3, 3) for row in range(n)]
    assert any(episode[-1][4] for episode in plain)
    assert any(not episode[-1][4] for episode in plain)
    for t in range(max(map(len, plain))):
        step = halves.step(state, moves[t], running)
        view = halves.observe(step.state)["observation"]
        for row in torch.nonzero(running)[:, 0].tolist():
            place, goal, reward, done, truncated = plain[row][t]
            signals = float(step.reward[row]), bool(step.done[row]), bool(step.truncated[row])
            assert signals == (reward, done, truncated)
            assert bool(step.terminated[row]) is (done and not truncated)
            if truncated or not done:  # an episode that is over shows its last decision's view
                assert view[row].tolist() == [place, place % 2, 2 * goal - 1]
        state, running = step.state, running & ~step.done
    assert not running.any()


def test_the_outer_actor_by_hand() -> None:
    s, n = goals(), 6
    s.controller.eval()  # it walks to the right if its observation sums to more than 0
    halves = s.graph.halves(s.meta)
    state, running = halves.reset(n), torch.ones(n, dtype=torch.bool)
    place = [start_of(row, 0) for row in range(n)]
    for t in range(9):
        goals_now = torch.tensor([(row + t) % 2 for row in range(n)])
        step = halves.step(state, goals_now, running)
        for row in torch.nonzero(running)[:, 0].tolist():
            goal, reward = int(goals_now[row]), 0.0
            while True:
                place[row] += 1 if place[row] + place[row] % 2 + 2 * goal - 1 > 0 else -1
                reward += 1 + place[row]
                if (place[row] >= 1 if goal else place[row] <= -1) or abs(place[row]) >= 3:
                    break
            assert float(step.reward[row]) == reward
            assert bool(step.done[row]) is (abs(place[row]) >= 3)
        state, running = step.state, running & ~step.done
    assert not running.any()
    assert not step.truncated.any()


def test_an_episode_without_a_decision_is_not_shown() -> None:
    s = card_game(times=1)
    halves = s.graph.halves()
    state = halves.reset(8)
    for row, cards in enumerate(halves.observe(state)["observation"][:, 0].tolist()):
        dealt = [(5 * row + 3 * (call + 1)) % 7 % 4 for call in range(7)]
        first = next(call for call, number in enumerate(dealt) if number > 0)
        assert (cards, int(s.deal.calls[row])) == (dealt[first], first + 1)  # only they were dealt cards again


def test_episodes_that_never_come_to_the_actor(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = torch.zeros(2, dtype=torch.int64), torch.ones(2, dtype=torch.bool)
    monkeypatch.setattr(Deal, "forward", lambda *_: nothing)
    with pytest.raises(RuntimeError, match="1000 episodes in a row ended before policy was asked"):
        card_game(times=1).graph.halves().reset(2)


def test_past_the_time_limit_it_goes_on_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def deal(_: Deal, active: Tensor, fresh: Tensor) -> tuple[Tensor, Tensor]:
        calls.append(active.tolist())
        return fresh.long(), torch.zeros_like(active)  # a round of one card, then none for ever

    monkeypatch.setattr(Deal, "forward", deal)
    halves = card_game(times=1).graph.halves()
    step = halves.step(halves.reset(1), torch.zeros(1, dtype=torch.int64))
    assert (bool(step.done), bool(step.truncated)) == (True, True)
    assert len(calls) == 2


# -- rules for other modules ------------------------------------------------------------------------


class Clock(Module):
    """A table of `times` rows has one for every step, past the time limit too."""

    step: In[Step]
    time: Out[Float[Tensor, "b"]]
    after: In[Float[Tensor, "b 2"]]

    def __init__(self, times: int) -> None:
        super().__init__()
        self.table = torch.arange(float(times))

    def forward(self, step: int | Tensor, after: Tensor) -> Tensor:
        return self.table[step].expand(len(after))


@pytest.mark.parametrize("make", [game, game_in_the_middle])
def test_a_step_is_never_past_its_loop(make: Callable[[int], SimpleNamespace]) -> None:
    s, clock = make(3), Clock(3)
    loop = s.graph.program.repeats[0].loop
    loop.parts[0].screen >> clock.after
    graph = Graph(Loop(loop.parts[0], clock, *loop.parts[1:], times=3, until=loop.until))
    halves = graph.halves()
    state = halves.reset(4)
    truncated = torch.zeros(4, dtype=torch.bool)
    for running in (torch.tensor([True, True, False, True]), torch.tensor([False, False, True, False])):
        while running.any():  # past the end of some: those are computed too, and left where they are
            step = halves.step(state, torch.ones(4, dtype=torch.int64), running)
            state, running, truncated = step.state, running & ~step.done, truncated | step.truncated
            assert (state[halves.names.index("clock_time")] < 3).all()
    assert truncated.any()


def test_an_actor_at_the_top_of_the_graph() -> None:
    board = Board()
    look, policy, press = Look(board), Policy(), Press(board)
    look.screen >> policy.observation
    policy.action >> press.move
    press.reward >> policy.reward
    env = Graph(look, policy, press).environment(3)
    first, _ = env.reset()
    assert first[:, 0].tolist() == [-1, 0, 1]
    observation, reward, terminated, truncated, info = env.step([1, 1, 0])
    assert (reward.tolist(), terminated.all(), truncated.any()) == ([1, 2, 1], True, False)
    assert info["final_obs"].tolist() == first.tolist()
    assert observation[:, 0].tolist() == [1, -1, 0]  # the next episode


def test_a_module_behind_the_loop_begins_its_episode_there() -> None:
    class Tally(World):
        place: In[Float[Tensor, "b 2"]]
        fresh: In[Fresh]
        active: In[Active]

        def forward(self, place: Tensor, fresh: Tensor, active: Tensor) -> None:
            assert fresh.equal(active)
            ends.extend(place[active, 0].tolist())

    ends: list[float] = []
    s, tally = game(), Tally()
    s.walk.screen >> tally.place
    graph = Graph(Loop(s.walk, s.policy, until=s.walk.over), tally)
    graph.unroll(3)
    assert len(ends) == 3
    env = graph.environment(3)
    env.reset(seed=0)
    episodes = sum(int(env.step([1, 1, 0])[2].sum()) for _ in range(9))
    assert len(ends) == 3 + episodes > 6
    assert {abs(place) for place in ends} == {3.0}


def test_a_side_loop_runs_for_the_episodes_of_the_step_only() -> None:
    class Climb(World):
        """Goes on until its level is reached; notes for which episodes it was called."""

        screen: In[Float[Tensor, "b 2"]]
        back: In[Float[Tensor, "b"]] = In(init=0.0)
        active: In[Active]
        level: Out[Float[Tensor, "b"]]
        top: Out[Bool[Tensor, "b"]]

        def forward(self, screen: Tensor, back: Tensor, active: Tensor) -> tuple[Tensor, Tensor]:
            calls.append(active.tolist())
            return back + active, back + active >= 2 + screen[:, 1]

    calls: list[list[bool]] = []
    s, climb = game(), Climb()
    s.walk.screen >> climb.screen
    climb.level >> climb.back
    s.policy.observation.source = None
    s.policy.observation.init = 0.0
    graph = Graph(Loop(s.walk, Loop(climb, until=climb.top), s.policy, until=s.walk.over))
    halves = graph.halves()
    state = halves.reset(2, torch.tensor([False, True]))
    assert calls == [[False, True]] * 2
    calls.clear()
    halves.step(state, torch.zeros(2, dtype=torch.int64), torch.tensor([True, False]))
    assert all(not second for _, second in calls)


def test_names_of_actors() -> None:
    s = goals()
    with pytest.raises(
        WiringError, match=re.escape("the graph has 2 actors (meta, controller); say which one, actor=")
    ):
        s.graph.halves()
    with pytest.raises(WiringError, match=re.escape("'met' is not an actor of this graph — did you mean 'meta'?")):
        s.graph.halves(Policy().named("met"))
    assert s.graph.halves(s.controller).actor is s.controller
