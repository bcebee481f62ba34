"""One pass of a graph: `Graph.unroll` and the trace it leaves."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Bool, Float
from torch import Tensor, nn

from saccade.graph import Batch, Graph, In, Loop, Loss, Module, Out, Step, Trace, WiringError, World

from .games import Board, card_game, game, game_in_the_middle, goals, start_of
from .parts import reading


class Add(Module):
    """y = x + by; x begins with `first`."""

    x: In[Float[Tensor, "b"]] = In(init=0.0)
    y: Out[Float[Tensor, "b"]]

    def __init__(self, by: float = 1.0) -> None:
        super().__init__()
        self.by = by

    def forward(self, x: Tensor) -> Tensor:
        return x + self.by


class Steps(Module):
    step: In[Step]
    n: In[Batch]
    y: Out[Float[Tensor, "b"]]

    def forward(self, step: int, n: int) -> Tensor:
        return torch.full((n,), float(step))


def counting(first: float | Tensor | Callable[[int], Tensor], times: int) -> list[float]:
    add = Add()
    add.x.init = first
    add.y >> add.x
    return Graph(Loop(add, times=times)).unroll(2, watch=[add.y])[add.y][:, 1].tolist()


@pytest.mark.parametrize(
    ("first", "begins"),
    [(4.0, 4), (torch.tensor(2.0), 2), (lambda n: torch.arange(float(n)) * 3, 3)],
    ids=["number", "tensor", "function"],
)
def test_a_feedback_edge_begins_with_its_first_value(first: float, begins: int) -> None:
    assert counting(first, 3) == [begins + 1, begins + 2, begins + 3]


@settings(max_examples=8, deadline=None, derandomize=True)
@given(outer=st.integers(1, 3), inner=st.integers(1, 3), after=st.integers(1, 2))
def test_loops_inside_loops(outer: int, inner: int, after: int) -> None:
    add, ten, steps, late = Add(), Add(10.0).named("ten"), Steps(), Steps().named("late")
    add.y >> add.x  # round the inner loop, and kept from one entry to the next
    add.y >> ten.x
    graph = Graph(Loop(Loop(add, steps, times=inner), ten, late, times=outer), Loop(Add().named("more"), times=after))
    trace = graph.unroll(1, watch=[add.y, ten.y, steps.y, late.y])
    assert trace[add.y][:, 0].tolist() == [1.0 + k for k in range(outer * inner)]
    assert trace[ten.y][:, 0].tolist() == [10.0 + inner * (k + 1) for k in range(outer)]
    assert trace[steps.y][:, 0].tolist() == [float(k) for k in range(inner)] * outer
    assert trace[late.y][:, 0].tolist() == [float(k) for k in range(outer)]


def test_an_input_without_a_source_keeps_its_first_value() -> None:
    add = Add()
    assert Graph(Loop(add, times=2)).unroll(1, watch=[add.y])[add.y].tolist() == [[1], [1]]


def test_rewards_go_to_the_action_before_them() -> None:
    class Rewards(Module):
        step: In[Step]
        n: In[Batch]
        reward: Out[Float[Tensor, "b"]]

        def forward(self, step: int, n: int) -> Tensor:
            return torch.full((n,), 10.0**step)

    s = reading(4)
    rewards = Rewards()
    s.gaze.reward.source = None
    rewards.reward >> s.gaze.reward
    before = Graph(s.images, Loop(rewards, s.eye, s.reader, s.gaze, times=4), s.score)
    assert before.unroll(2).of(s.gaze).reward.tolist() == [
        [10, 10],
        [100, 100],
        [1000, 1000],
    ]  # the first belongs to no action
    behind = Graph(s.images, Loop(s.eye, s.reader, s.gaze, rewards, times=4), s.score)
    assert behind.unroll(1).of(s.gaze).reward.tolist() == [[1], [10], [100], [1000]]


def test_the_actor_at_the_end_is_not_asked_in_the_last_iteration() -> None:
    s = reading(6)
    trace = s.graph.unroll(2, watch=[s.eye.patch])
    assert len(trace[s.eye.patch]) == 6
    assert trace.of(s.gaze).action.shape == (5, 2, 2)
    assert trace.of(s.gaze).active.all()


def test_an_actor_that_is_never_asked_says_so() -> None:
    s = reading(1)
    trace = s.graph.unroll(2)
    assert s.graph.unroll(2, replay=trace).supervised_loss == trace.supervised_loss
    with pytest.raises(ValueError, match=re.escape("gaze has no trajectory: it was never asked in this pass")):
        trace.of(s.gaze)
    with pytest.raises(WiringError, match="gaze is never asked: it ends a loop with times=1"):
        s.graph.environment(2)


# -- gradients ------------------------------------------------------------------------------------


def policy_loss(s: SimpleNamespace, trace: Trace) -> Tensor:
    found = trace.of(s.gaze)
    return -(found.log_prob * (1 + found.reward)).mean() + (found.value - found.reward).square().mean()


def gradients(s: SimpleNamespace, loss: Tensor) -> list[Tensor]:
    found = torch.autograd.grad(loss, list(s.graph.parameters()), retain_graph=True, allow_unused=True)
    return [torch.zeros(1) if g is None else g for g in found]


def test_detach_cuts_the_gradient() -> None:
    for cut in (False, True):
        s = reading(cut=cut)
        loss = policy_loss(s, s.graph.unroll(4))
        reached = torch.autograd.grad(loss, s.reader.look.weight, allow_unused=True)[0]
        assert (reached is None) is cut


def test_the_joint_gradient_is_the_sum_of_its_parts() -> None:
    s = reading()
    trace = s.graph.unroll(6)
    parts = trace.supervised_loss, policy_loss(s, trace)
    both = gradients(s, sum(parts))
    for a, b, whole in zip(*(gradients(s, part) for part in parts), both, strict=True):
        torch.testing.assert_close(a + b, whole.expand_as(a + b))


def test_a_replay_repeats_the_pass_exactly() -> None:
    s = reading(check=True)
    with torch.no_grad():
        trace = s.graph.unroll(6, watch=[s.eye.at.source])
    replay = s.graph.unroll(6, replay=trace)
    assert (replay.of(s.gaze).log_prob - trace.of(s.gaze).log_prob).exp().eq(1).all()
    assert replay.of(s.gaze).reward.equal(trace.of(s.gaze).reward)
    assert replay.supervised_loss.equal(trace.supervised_loss)
    again = s.graph.unroll(6, replay=replay)
    for a, b in zip(gradients(s, again.supervised_loss), gradients(s, replay.supervised_loss), strict=True):
        assert a.equal(b)


def test_a_replay_may_follow_a_backward_pass_and_a_step() -> None:
    s = reading()
    trace = s.graph.unroll(6)
    optimizer = torch.optim.SGD(s.graph.parameters(), 0.1)
    for replay in (trace, s.graph.unroll(6, replay=trace)):
        optimizer.zero_grad()
        (replay.supervised_loss + policy_loss(s, replay)).backward()
    optimizer.step()
    after = s.graph.unroll(6, replay=trace)
    assert after.of(s.gaze).action.equal(trace.of(s.gaze).action)
    assert not after.of(s.gaze).log_prob.equal(trace.of(s.gaze).log_prob)


def test_the_gradient_through_the_recurrence_is_that_of_finite_differences() -> None:
    s = reading(4)
    s.graph.double()

    class Wide(World):
        image: In[Float[Tensor, "b 1 4 4"]]
        wide: Out[Float[Tensor, "b 1 4 4"]]

        def forward(self, image: Tensor) -> Tensor:
            return image.double()

    wide = Wide()
    s.eye.image.source = None
    s.images.image >> wide.image
    wide.wide >> s.eye.image
    graph = Graph(s.images, wide, Loop(s.eye, s.reader, s.gaze, times=4), s.score, check=True)
    trace = graph.unroll(3)

    def loss() -> Tensor:
        replay = graph.unroll(3, replay=trace)
        return replay.supervised_loss + policy_loss(s, replay)

    assert loss().dtype == torch.float64
    for weight in (s.reader.look.weight, s.reader.head.bias, s.gaze.aim.weight):
        (exact,) = torch.autograd.grad(loss(), weight)
        for place in range(0, weight.numel(), 4):
            with torch.no_grad():
                flat, h = weight.view(-1), 1e-6
                flat[place] += h
                up = loss()
                flat[place] -= 2 * h
                slope = (up - loss()) / (2 * h)
                flat[place] += h
            torch.testing.assert_close(exact.view(-1)[place], slope, rtol=1e-5, atol=1e-6)


def test_no_gradient_passes_through_a_world() -> None:
    class Mirror(World):
        x: In[Float[Tensor, "b"]]
        y: Out[Float[Tensor, "b"]]

        def forward(self, x: Tensor) -> Tensor:
            return x * 2

    class Learn(Module):
        n: In[Batch]
        y: Out[Float[Tensor, "b"]]

        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.ones(()))

        def forward(self, n: int) -> Tensor:
            return self.w.expand(n)

    learn, mirror = Learn(), Mirror()
    learn.y >> mirror.x
    assert not Graph(learn, mirror).unroll(2, watch=[mirror.y])[mirror.y].requires_grad


# -- episodes of different length ------------------------------------------------------------------


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


# -- the trace --------------------------------------------------------------------------------------


def test_what_was_not_watched_is_not_kept() -> None:
    s = reading()
    with pytest.raises(KeyError, match=re.escape("reader.logits was not watched: unroll(n, watch=[reader.logits])")):
        s.graph.unroll(2)[s.reader.logits]
    assert s.graph.unroll(2, watch=[s.reader.logits.detach()])[s.reader.logits].shape == (3, 2, 3)


def test_watching_a_port_that_is_not_there() -> None:
    s, other = reading(), Add().named("readr")
    with pytest.raises(WiringError, match=re.escape("cannot watch readr.y: the graph has no such output")):
        s.graph.unroll(2, watch=[other.y])
    twin = reading().reader.named("readers")
    with pytest.raises(
        WiringError, match=re.escape("readers.hidden: the graph has no such output — did you mean 'reader.hidden'?")
    ):
        s.graph.unroll(2, watch=[twin.hidden])


def test_a_trace_of_another_size_or_graph_is_refused() -> None:
    s = reading()
    trace = s.graph.unroll(3)
    with pytest.raises(ValueError, match="this trace holds 3 episodes of its graph; it cannot replay 4"):
        s.graph.unroll(4, replay=trace)
    with pytest.raises(ValueError, match="cannot replay"):
        reading().graph.unroll(3, replay=trace)


def test_no_losses_and_no_actors() -> None:
    trace = Graph(Loop(Add(), times=2)).unroll(3)
    assert trace.supervised_loss == 0
    with pytest.raises(KeyError):
        trace.of(reading().gaze)
