"""Goals, the critic, and the return of an option."""

from __future__ import annotations

import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from saccade.graph import Graph, In, Loop, Out, Step, World
from saccade.worlds.goals.critic import Critic
from saccade.worlds.goals.goals import Goal, GoalSet, overlaps
from saccade.worlds.goals.option_return import OptionReturn

NONE = torch.zeros(0, dtype=torch.uint8)


def box(*numbers: float) -> Tensor:
    return torch.tensor([numbers], dtype=torch.float32)


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (box(3, 3, 2, 2), True), (box(4, 2, 2, 2), False), (box(2, 5, 3, 1), False), (box(0, 0, 9, 9), True),
        (box(2, 2, 0, 2), False), (box(1, 1, 1, 1), False), (box(1, 1, 1.5, 1.5), True),
    ],
)  # fmt: skip
def test_boxes_that_overlap(other: Tensor, found: bool) -> None:
    assert bool(overlaps(box(2, 2, 2, 3), other)) is bool(overlaps(other, box(2, 2, 2, 3))) is found


def lit(screen: Tensor, _: Tensor) -> Tensor:
    """An agent at the first lit pixel of a row of four, and its two ends."""
    x = screen[:, 0, 0].argmax(1).float()
    agent = torch.stack([x, torch.zeros_like(x), torch.ones_like(x), torch.ones_like(x)], 1)
    ends = [torch.tensor([end, 0.0, 1.0, 1.0]).expand(len(x), 4) for end in (0.0, 3.0)]
    return torch.stack([agent, *ends], 1)


ENDS = GoalSet(
    lit, ("agent", "left", "right"), [Goal("go left", overlaps, "agent", "left"), Goal("go right", overlaps, "agent", "right")]
)  # fmt: skip


def row(*at: int) -> Tensor:
    found = torch.zeros(len(at), 1, 1, 4, dtype=torch.uint8)
    found[range(len(at)), 0, 0, list(at)] = 255
    return found


def test_what_holds_and_where_it_is() -> None:
    boxes = lit(row(0, 1, 3), NONE)
    assert ENDS.holds(boxes).tolist() == [[True, False], [False, False], [False, True]] and len(ENDS) == 2
    assert ENDS.places(boxes)[0].tolist() == [[0, 0, 1, 1], [3, 0, 1, 1]]


def test_a_goal_is_reached_when_its_relation_begins_to_hold() -> None:
    critic = Critic(ENDS)
    before, after = row(1, 0, 2, 2, 2), row(0, 0, 3, 3, 1)
    no = torch.zeros(5, dtype=torch.bool)
    memory = torch.zeros(5, 0, dtype=torch.uint8)
    goal, over = torch.tensor([0, 0, 1, 0, 1]), torch.tensor([False, False, False, True, False])
    reached, holds, reward, done = critic.forward(goal, before, memory, after, memory, no, over)
    assert reached.tolist() == [[True, False], [False, False], [False, True], [False, True], [False, False]]
    assert torch.equal(holds, ENDS.holds(ENDS.objects(after, memory)))
    assert reward.tolist() == [1, 0, 1, 0, 0] and done.tolist() == [True, False, True, True, False]
    *_, ended = critic.forward(goal, before, memory, after, memory, ~no, over)
    assert ended.all()


@pytest.mark.parametrize(
    ("goals", "why"),
    [
        ([], "there are no goals"), ([ENDS.goals[0]] * 2, "some goals are called 'go left'"),
        ([Goal("up", overlaps, "agent", "top")], r"goal 'up' is of an object 'top', and there is none \(objects: agent, left, right\)"),
    ],
)  # fmt: skip
def test_goals_that_cannot_be(goals: list[Goal], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        GoalSet(lit, ENDS.names, goals)


def test_the_return_of_an_option_begins_anew_with_each() -> None:
    class Pays(World):
        """1 in the first step of a loop, 2 in the second, …"""

        step: In[Step]
        reward: Out[Float[Tensor, "b"]]

        def forward(self, step: int | Tensor) -> Tensor:
            return (torch.as_tensor(step) + 1.0).expand(2)

    pays, option = Pays(), OptionReturn(0.5)
    pays.reward >> option.reward
    option.total >> option.so_far
    graph = Graph(Loop(Loop(pays, option, times=3), times=2))
    trace = graph.unroll(2, watch=[option.total, option.length])
    assert trace[option.total][:, 0].tolist() == [1, 2, 2.75] * 2
    assert trace[option.length][:, 1].tolist() == [1, 2, 3] * 2
