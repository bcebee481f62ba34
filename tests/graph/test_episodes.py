"""Passes whose episodes end at different times."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from saccade.graph import Graph, In, Loop, Loss, Module, Out

from .games import Board, card_game, game, game_in_the_middle, goals, start_of


def test_episodes_end_at_different_times() -> None:
    s = game()
    trace = s.graph.unroll(5, watch=[s.walk.screen, s.walk.over])
    found, place = trace.of(s.policy), trace[s.walk.screen][:, :, 0]
    for row in range(5):
        steps = int(found.active[:, row].sum())
        assert found.active[:steps, row].all()
        walked = start_of(row, 0) + (2 * found.action[:steps, row] - 1).cumsum(0)
        assert place[1 : steps + 1, row].tolist() == walked.tolist()
        assert abs(walked[-1]) == 3 and (walked[:-1].abs() < 3).all()
        assert (place[steps:, row] == place[steps, row]).all()  # frozen from there on
        assert found.reward[:steps, row].tolist() == (1.0 + walked).tolist()
        assert not found.reward[steps:, row].any()


def test_the_same_game_wired_otherwise_is_the_same_game() -> None:
    lengths = []
    for make in (game, game_in_the_middle):
        s = make(6)
        s.graph.seed(3)
        found = s.graph.unroll(4).of(s.policy)
        lengths.append((found.active.sum(0).tolist(), found.reward.sum(0).tolist()))
    # The policy at the end of the loop is not asked in the last iteration.
    assert [min(length, 5) for length in lengths[1][0]] == lengths[0][0]


def test_a_reward_after_the_loop_goes_to_every_episodes_own_last_action() -> None:
    class Prize(Module):
        over: In[Bool[Tensor, "b"]]
        prize: Out[Float[Tensor, "b"]]

        def forward(self, over: Tensor) -> Tensor:
            return 7.0 + torch.arange(len(over))

    s, prize = game(), Prize()
    s.walk.over >> prize.over
    s.policy.reward.source = None
    prize.prize >> s.policy.reward
    graph = Graph(Loop(s.walk, s.policy, until=s.walk.over), prize)
    found = graph.unroll(5).of(s.policy)
    last = found.active.sum(0) - 1
    assert found.reward.sum(0).tolist() == [7, 8, 9, 10, 11]
    assert found.reward.gather(0, last[None])[0].tolist() == [7, 8, 9, 10, 11]
    halves = graph.halves()
    state, running, total = halves.reset(5), torch.ones(5, dtype=torch.bool), torch.zeros(5)
    for t in range(int(last.max()) + 1):
        step = halves.step(state, found.action[t], running)
        state, running, total = step.state, running & ~step.done, total + step.reward
    assert total.tolist() == [7, 8, 9, 10, 11]


def test_losses_of_episodes_that_are_over_do_not_count() -> None:
    class Cost(Module):
        over: In[Bool[Tensor, "b"]]
        loss: Out[Loss]

        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.ones(()))

        def forward(self, over: Tensor) -> Tensor:
            return self.w.expand(len(over))

    s, cost = game(), Cost()
    s.walk.over >> cost.over
    trace = Graph(Loop(s.walk, cost, s.policy, until=s.walk.over)).unroll(4)
    looks = trace.of(s.policy).active.sum() + 4  # one more look than moves
    torch.testing.assert_close(trace.supervised_loss, looks / 4)


def test_several_actors_each_with_its_own_time() -> None:
    s = goals()
    trace = s.graph.unroll(4)
    meta, controller = trace.of(s.meta), trace.of(s.controller)
    assert meta.active.sum() < controller.active.sum()
    for row in range(4):
        board, moves = Board(), controller.action[controller.active[:, row], row].tolist()
        board.place, rewards = torch.tensor(start_of(row, 0)), []
        for goal in meta.action[meta.active[:, row], row].tolist():
            reward = 0.0
            while True:
                board.place = board.place + 2 * moves.pop(0) - 1
                reward += 1.0 + float(board.place)
                if (board.place >= 1 if goal else board.place <= -1) or board.over:
                    break
            rewards.append(reward)
        assert not moves
        assert board.over
        assert meta.reward[meta.active[:, row], row].tolist() == rewards


def test_a_replay_leaves_the_loops_when_the_pass_did() -> None:
    class Doubt(Module):
        """Stops sooner when its weight is larger."""

        x: In[Float[Tensor, "b"]] = In(init=0.0)
        y: Out[Float[Tensor, "b"]]
        stop: Out[Bool[Tensor, "b"]]
        loss: Out[Loss]

        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.tensor(1.0))

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            y = x + self.w * (1 + torch.arange(len(x)))
            return y, y > 4, y

    doubt = Doubt()
    doubt.y >> doubt.x
    graph = Graph(Loop(doubt, until=doubt.stop))
    trace = graph.unroll(3, watch=[doubt.y])
    assert trace[doubt.y][-1].tolist() == [5, 6, 6]
    with torch.no_grad():
        doubt.w.fill_(9)
    replay = graph.unroll(3, watch=[doubt.y], replay=trace)
    assert replay[doubt.y][-1].tolist() == [45, 54, 54]
    assert graph.unroll(3, watch=[doubt.y])[doubt.y][-1].tolist() == [9, 18, 27]


def test_rounds_without_a_decision() -> None:
    s = card_game(times=1)
    found = s.graph.unroll(8).of(s.policy)
    dealt = (5 * torch.arange(8) + 3) % 7 % 4
    assert found.active.sum(0).tolist() == dealt.tolist()
    assert (dealt == 0).any()
