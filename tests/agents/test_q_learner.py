from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from saccade.agents.epsilon_greedy import EpsilonGreedy
from saccade.agents.learner import DivergedError
from saccade.agents.q_learner import QLearner
from saccade.agents.q_networks import FeatureQNetwork, QNetwork
from saccade.agents.q_settings import Architecture, Optimiser, QSettings, ValueLoss
from saccade.agents.replay import EncodedReplay
from saccade.graph import Active, Fresh, Graph, In, Loop, Loss, Module, Out, WiringError, World

STATES, DISCOUNT = 5, 0.8


class Corridor(World):
    """Five cells in a row: left, right; the right end is terminal, with reward 1, any other step has reward -0.1."""

    action: In[Int[Tensor, "b"]] = In(init=0)
    fresh: In[Fresh]
    active: In[Active]
    observation: Out[Float[Tensor, "b 5"]]
    reward: Out[Float[Tensor, "b"]]
    over: Out[Bool[Tensor, "b"]]
    label: Out[Float[Tensor, "b 1"]]

    def __init__(self, games: int) -> None:
        super().__init__()
        self.at = torch.zeros(games, dtype=torch.int64)

    def forward(self, action: Tensor, fresh: Tensor, active: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        moved = (self.at + 2 * action - 1).clamp(0, STATES - 1)
        started = torch.randint(0, STATES - 1, self.at.shape, generator=self.rng)
        self.at = torch.where(active, torch.where(fresh, started, moved), self.at)
        over = (self.at == STATES - 1) & ~fresh
        reward = torch.where(over, 1.0, -0.1)
        return nn.functional.one_hot(self.at, STATES).float(), reward, over, self.at[:, None].float()


class PlaceLoss(Module):
    """A supervised loss: predict the place from the observation."""

    observation: In[Float[Tensor, "b 5"]]
    label: In[Float[Tensor, "b 1"]]
    loss: Out[Loss]

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(STATES, 1)

    def forward(self, observation: Tensor, label: Tensor) -> Tensor:
        return (self.head(observation) - label)[:, 0].square()


class Wired:
    """The corridor with an ε-greedy policy."""

    def __init__(self, settings: QSettings, supervised: bool = False, games: int = 4, alpha: float = 0.0) -> None:
        torch.manual_seed(1)
        self.game, self.policy = Corridor(games), EpsilonGreedy(2)
        self.replay = EncodedReplay(2000, games, (STATES,), extras=1, alpha=alpha)
        self.network, self.place_loss = FeatureQNetwork(STATES, 2, 32), PlaceLoss()
        self.game.observation >> self.network.observation
        self.network.q >> self.policy.q
        self.game.reward >> self.policy.reward
        self.policy.action >> self.game.action
        for source, target in (
            (self.game.observation, self.replay.observation), (self.game.reward, self.replay.reward), (self.game.over, self.replay.terminal),
            (self.policy.action, self.replay.action), (self.game.label, self.replay.extras),
        ):  # fmt: skip
            source >> target
        parts: list[Module] = [self.game, self.replay, self.network]
        if supervised:
            self.game.observation >> self.place_loss.observation
            self.game.label >> self.place_loss.label
            parts.append(self.place_loss)
        self.graph = Graph(Loop(*parts, self.policy, until=self.game.over))
        self.graph.seed(2)
        self.learner = QLearner(self.graph, self.replay, settings)
        self.halves, self.games = self.graph.halves(self.policy), games
        self.state = self.halves.reset(games)

    def act(self, steps: int) -> None:
        for _ in range(steps):
            action = self.policy.decide(self.halves.observe(self.state)["q"]).action
            step = self.halves.step(self.state, action)
            self.state = self.halves.merge(step.done, self.halves.reset(self.games, step.done), step.state)

    def values(self) -> Tensor:
        with torch.no_grad():
            return self.network(torch.eye(STATES))[: STATES - 1]


def known_values(discount: float) -> Tensor:
    """By value iteration."""
    q = torch.zeros(STATES - 1, 2)
    for _ in range(2 * STATES):  # exact after as many sweeps as there are places
        value = torch.cat([q.amax(1), torch.zeros(1)])
        for place in range(STATES - 1):
            for action in (0, 1):
                to = min(max(place + 2 * action - 1, 0), STATES - 1)
                q[place, action] = 1.0 if to == STATES - 1 else -0.1 + discount * value[to]
    return q


@pytest.mark.parametrize(
    ("changes", "alpha"),
    [
        ({}, 0.0),
        ({"double": False}, 0.0),
        ({"n_step": 2}, 0.6),
        ({"loss": ValueLoss.SQUARED, "optimiser": Optimiser.RMSPROP}, 0.0),
    ],
)
def test_values_become_those_of_a_table(changes: dict[str, Any], alpha: float) -> None:
    settings = QSettings(
        **{"discount": DISCOUNT, "target_every": 8, "learning_rate": 1e-2, "final_rate": 0.1, **changes}
    )
    wired = Wired(settings, alpha=alpha)
    if settings.n_step > 1:  # n-step returns are those of the behaviour policy: of the greedy one, then
        wired.policy.epsilon = 0.3
        for update in range(100):
            wired.act(2)
            wired.learner.update(update / 100)
        assert torch.equal(wired.values().argmax(1), known_values(DISCOUNT).argmax(1))
        return
    wired.act(100)
    for update in range(300):
        wired.learner.update(update / 300)
    assert (wired.values() - known_values(DISCOUNT)).abs().max() < 0.05


def test_targets_by_hand() -> None:
    wired = Wired(QSettings(discount=0.5, double=True))
    wired.act(50)
    batch = wired.replay.sample(64, discount=0.5)
    with torch.no_grad():
        now = wired.network(batch.next_observation)
        for value in wired.learner.target.state_dict().values():
            value.mul_(0.5)  # the two networks differ
        before = {name: value.clone() for name, value in wired.graph.state_dict().items()}
        best = now.argmax(1)
        wired.network.load_state_dict(
            {k.removeprefix("parts.featureqnetwork."): v for k, v in wired.learner.target.state_dict().items()}
        )
        values = wired.network(batch.next_observation)
        wired.graph.load_state_dict(before)
    by_hand = batch.reward + batch.discount * values[torch.arange(64), best]
    assert torch.allclose(wired.learner.targets(batch), by_hand)
    assert set(batch.discount.tolist()) == {0.0, 0.5} and bool((batch.reward[batch.discount == 0] == 1).all())


def test_the_target_network_follows_now_and_then() -> None:
    wired = Wired(QSettings(target_every=3))
    wired.act(50)
    name = "parts.featureqnetwork.judge.better.0.weight"
    first = wired.learner.target.state_dict()[name].clone()
    for update in range(1, 7):
        wired.learner.update()
        mine = wired.learner.brain.state_dict()[name]
        assert torch.equal(wired.learner.target.state_dict()[name], mine) is (update % 3 == 0)
    assert not torch.equal(wired.learner.target.state_dict()[name], first)


def test_a_step_of_rmsprop_is_that_of_the_summed_minibatch() -> None:
    wired = Wired(QSettings(batch=32, optimiser=Optimiser.RMSPROP, learning_rate=2.5e-4))
    wired.act(50)
    before = {name: value.detach().clone() for name, value in wired.learner.brain.named_parameters()}
    wired.learner.update()
    for name, value in wired.learner.brain.named_parameters():
        assert value.grad is not None
        total = 32 * value.grad  # of the first step: 0.05 of it and of its square are in the running means
        step = 2.5e-4 * total / ((0.05 * total.square() - (0.05 * total).square()).sqrt() + 0.1)
        assert torch.allclose(before[name] - value, step, rtol=1e-3, atol=1e-8)


@pytest.mark.parametrize("optimiser", list(Optimiser))
def test_steps_become_smaller_as_training_goes_on(optimiser: Optimiser) -> None:
    def step(progress: float) -> Tensor:
        wired = Wired(QSettings(optimiser=optimiser, final_rate=0.1))
        wired.act(20)
        before = torch.cat([p.detach().flatten() for p in wired.learner.brain.parameters()])
        wired.learner.update(progress)
        return torch.cat([p.detach().flatten() for p in wired.learner.brain.parameters()]) - before

    first, half, last = (step(progress) for progress in (0.0, 0.5, 1.0))
    assert torch.allclose(half, 0.55 * first, atol=1e-7) and torch.allclose(last, 0.1 * first, atol=1e-7)


def test_a_supervised_loss_is_learned_together_with_the_values() -> None:
    wired = Wired(QSettings(learning_rate=5e-2), supervised=True)
    wired.act(50)
    losses = [wired.learner.update().supervised_loss for _ in range(80)]
    assert losses[0] > 1 and losses[-1] < 0.05
    plain = Wired(QSettings())
    plain.act(10)
    assert plain.learner.update().supervised_loss == 0


def test_what_is_not_stored_cannot_be_learned_from() -> None:
    game, policy, network = Corridor(2), EpsilonGreedy(2), FeatureQNetwork(STATES, 2)
    replay = EncodedReplay(100, 2, (1,))
    game.observation >> network.observation
    network.q >> policy.q
    game.reward >> policy.reward
    policy.action >> game.action
    game.label >> replay.observation
    game.reward >> replay.reward
    game.over >> replay.terminal
    policy.action >> replay.action
    graph = Graph(Loop(game, replay, network, policy, until=game.over))
    with pytest.raises(
        WiringError, match=r"corridor.observation >> featureqnetwork.observation: encodedreplay does not store it"
    ):
        QLearner(graph, replay, QSettings())


def test_what_is_not_finite_ends_learning_and_spoils_nothing() -> None:
    wired = Wired(QSettings())
    wired.act(20)
    wired.replay._reward[:] = math.nan
    before = {name: value.clone() for name, value in wired.graph.state_dict().items()}
    with pytest.raises(DivergedError, match=r"the loss became nan: .*lower --learner.learning-rate"):
        wired.learner.update()
    assert all(torch.equal(value, before[name]) for name, value in wired.graph.state_dict().items())


def test_epsilon_greedy_takes_the_best_action_or_any() -> None:
    policy, q = EpsilonGreedy(4, epsilon=0.0), torch.tensor([[0.0, 3.0, 1.0, 2.0]]).expand(4000, 4)
    assert bool((policy.decide(q).action == 1).all())
    policy.epsilon = 0.4
    decision = policy.decide(q)
    shares = torch.bincount(decision.action, minlength=4) / 4000
    assert torch.allclose(shares, torch.tensor([0.1, 0.7, 0.1, 0.1]), atol=0.03)
    assert torch.allclose(decision.log_prob.exp(), torch.where(decision.action == 1, 0.7, 0.1))
    assert bool((decision.value == 3).all()) and policy.action_space.n == 4


@pytest.mark.parametrize(
    ("architecture", "duelling", "million"),
    [(Architecture.SMALL, False, 0.68), (Architecture.LARGE, False, 1.69), (Architecture.LARGE, True, 3.29)],
)
def test_the_published_networks(architecture: Architecture, duelling: bool, million: float) -> None:
    network = QNetwork(4, 84, 84, 6, architecture, duelling)
    assert sum(p.numel() for p in network.parameters()) / 1e6 == pytest.approx(million, abs=0.02)
    screens = torch.randint(0, 256, (3, 4, 84, 84), dtype=torch.uint8)
    values = network(screens)
    assert values.shape == (3, 6) and torch.allclose(values[1:2], network(screens[1:2]), atol=1e-5)


def test_a_still_background_is_nothing_to_a_centred_network() -> None:
    background = torch.randint(0, 200, (84, 84), dtype=torch.uint8)
    moving = 32 * torch.randint(0, 2, (8, 4, 84, 84), dtype=torch.uint8)  # whole numbers in the mean, too
    network, plain = QNetwork(4, 84, 84, 6, Architecture.SMALL), QNetwork(4, 84, 84, 6, Architecture.SMALL)
    plain.load_state_dict(network.state_dict())
    network.centre(background + moving)
    plain.centre(moving)
    assert torch.allclose(network(background + moving), plain(moving), atol=1e-5)
    assert network.scaled(background + moving).mean().abs() < 1e-4
    half = QNetwork(4, 84, 84, 6, Architecture.SMALL, half=True)
    half.load_state_dict(network.state_dict())
    found, exact = half.scaled(background + moving), network.scaled(background + moving)
    assert found.dtype == torch.bfloat16 and torch.allclose(found.float(), exact, rtol=2**-7, atol=0)
    again = QNetwork(4, 84, 84, 6, Architecture.SMALL)
    again.load_state_dict(network.state_dict())
    assert torch.equal(again(background + moving), network(background + moving))


def test_filters_in_half_precision_are_nearly_the_same() -> None:
    torch.manual_seed(3)
    full = QNetwork(4, 84, 84, 6, Architecture.LARGE)
    half = QNetwork(4, 84, 84, 6, Architecture.LARGE, half=True)
    half.load_state_dict(full.state_dict())
    screens = torch.randint(0, 256, (6, 4, 84, 84), dtype=torch.uint8)
    expected, found = full(screens), half(screens)
    assert found.dtype == torch.float32 and not torch.equal(found, expected)
    assert (found - expected).abs().max() < 0.02 * expected.std()
    for network, values in ((full, expected), (half, found)):
        torch.autograd.backward(values.square().sum())
        assert all(p.dtype == torch.float32 and p.grad is not None for p in network.parameters())
    slopes = [torch.cat([p.grad.flatten() for p in network.parameters()]) for network in (full, half)]
    assert torch.nn.functional.cosine_similarity(*slopes, dim=0) > 0.999


def test_a_duelling_head_keeps_the_mean_for_the_state() -> None:
    network = FeatureQNetwork(3, 4, duelling=True)
    assert network.judge.state is not None
    features = torch.rand(5, 3)
    assert torch.allclose(network(features).mean(1), network.judge.state(features)[:, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "value"), [("batch", 0), ("n_step", 0), ("discount", 1.5), ("learning_rate", -1.0), ("clip_norm", 0.0)]
)
def test_settings_out_of_range(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value}"):
        QSettings(**{name: value})


def test_exploration_by_weights() -> None:
    policy = EpsilonGreedy(3, 1.0)
    policy.seed(0)
    policy.weights = torch.tensor([1.0, 0.0, 3.0])
    decision = policy.decide(torch.tensor([[0.0, 1.0, 0.0]]).expand(4_000, -1))
    shares = torch.bincount(decision.action, minlength=3) / 4_000
    assert shares[1] == 0 and shares[2].item() == pytest.approx(0.75, abs=0.03)
    assert set(decision.log_prob.exp().round(decimals=4).tolist()) == {0.25, 0.75}
