from __future__ import annotations

import gymnasium as gym
import pytest
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from saccade.agents import Learner, LearnerSettings, PPOSettings
from saccade.agents.ppo import PPO
from saccade.graph import Actor, Batch, Decision, Graph, In, Loop, Out, World


class Corridor(World):
    """The reward of a step to the right is 1, of one to the left -1; the observation is the place."""

    n: In[Batch]
    move: In[Int[Tensor, "b"]] = In(init=0)
    previous: In[Float[Tensor, "b 1"]] = In(init=0.0)
    place: Out[Float[Tensor, "b 1"]]
    reward: Out[Float[Tensor, "b"]]

    def forward(self, n: int, move: Tensor, previous: Tensor) -> tuple[Tensor, Tensor]:
        step = (2.0 * move - 1)[:, None]
        return previous + step, step[:, 0]


class Walker(Actor):
    place: In[Float[Tensor, "b 1"]]
    action: Out[Int[Tensor, "b"]]

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 3))
        self.objective = PPO(PPOSettings(discount=0.9, weight=1.0, entropy_weight=0.01))

    action_space = gym.spaces.Discrete(2)

    def anneal(self, progress: float) -> None:
        """Nothing changes."""

    def decide(self, place: Tensor, action: Tensor | None = None) -> Decision:
        found = self.net(place)
        policy = torch.distributions.Categorical(logits=found[:, :2])
        action = policy.sample() if action is None else action
        return Decision(action, policy.log_prob(action), found[:, 2], policy.entropy())


def make() -> Graph:
    torch.manual_seed(0)
    corridor, walker = Corridor(), Walker()
    corridor.place >> corridor.previous
    corridor.place >> walker.place
    walker.action >> corridor.move
    corridor.reward >> walker.reward
    return Graph(Loop(corridor, walker, times=9))


def test_it_learns() -> None:
    learner = Learner(make(), LearnerSettings(learning_rate=3e-3, policy_learning_rate=5e-2, epochs=3), minibatch=64)
    returns = [learner.update(16, step / 20)[0].reward for step in range(20)]
    assert abs(returns[0]) < 3 and returns[-1] > 6  # of 8 at most


def test_the_first_minibatch_of_everything_steps_as_a_whole_pass() -> None:
    settings = LearnerSettings(policy_learning_rate=1e-2)
    whole, alone = Learner(make(), settings), Learner(make(), settings, minibatch=10_000)
    for learner, weight in (
        (whole, 1.0),
        (alone, 8.0),
    ):  # the gain is a sum over an episode's 8 steps, or a mean over steps
        for actor in learner.graph.actors:
            actor.objective.settings = PPOSettings(discount=0.9, weight=weight)  # type: ignore[union-attr]
        torch.manual_seed(1)
        learner.update(8, 0.0)
    for one, other in zip(whole.graph.parameters(), alone.graph.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_a_minibatch_has_a_size() -> None:
    with pytest.raises(ValueError, match="minibatch is -1: it must be 0 or more"):
        Learner(make(), LearnerSettings(), minibatch=-1)
    with pytest.raises(ValueError, match="minibatch is 8: it must be 0 with separate optimisers"):
        Learner(make(), LearnerSettings(separate=True), minibatch=8)
