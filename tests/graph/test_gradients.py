"""Gradients of a pass, and of its replay."""

from __future__ import annotations

from types import SimpleNamespace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from saccade.graph import Batch, Graph, In, Loop, Module, Out, Trace, World

from .parts import reading


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
