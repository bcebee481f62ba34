import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from saccade.agents import Learner, LearnerSettings, PPOSettings, Saccader
from saccade.agents.learner import DivergedError
from saccade.graph import Batch, Graph, In, Loop, Loss, Module, Out, World
from saccade.recipes.active_vision.settings import Gaze
from saccade.recipes.active_vision.system import LookingSystem
from saccade.recipes.grlf.settings import GrlfSettings
from saccade.recipes.grlf.wiring import wire
from saccade.worlds import LabelledImages

LOOSE = LearnerSettings(clip_norm=1e9, warm_up=0.0)


@pytest.fixture
def make(digits: LabelledImages) -> Any:
    def build(gaze: Gaze = Gaze.LEARNED, **changes: Any) -> LookingSystem:
        torch.manual_seed(1)
        settings = GrlfSettings(
            fixations=3, patch=5, units=8, gaze=gaze, ppo=PPOSettings(weight=1.0, entropy_weight=0.1), **changes
        )
        system = wire(settings, digits)
        system.graph.seed(1)
        return system

    return build


def saccader(system: LookingSystem) -> Saccader:
    (actor,) = system.graph.actors
    assert isinstance(actor, Saccader)
    return actor


def weights(graph: Graph) -> dict[str, Tensor]:
    return {name: p.detach().clone() for name, p in graph.named_parameters()}


def moved(graph: Graph, before: dict[str, Tensor]) -> set[str]:
    return {name for name, p in graph.named_parameters() if not torch.equal(p, before[name])}


def test_the_joint_step_is_the_sum_of_its_parts(make: Any) -> None:
    joint, parts = make(detach=False), make(detach=False)
    update, _ = Learner(joint.graph, LOOSE).update(12, 0.3)
    actor = saccader(parts)
    actor.anneal(0.3)
    trace = parts.graph.unroll(12)
    taken = trace.of(actor)
    losses = [trace.supervised_loss, actor.objective.loss(taken, actor.objective.targets(taken))]
    parameters = dict(parts.graph.named_parameters())
    gradients = [
        torch.autograd.grad(loss, list(parameters.values()), retain_graph=True, allow_unused=True) for loss in losses
    ]
    for (name, p), one, other in zip(joint.graph.named_parameters(), *gradients, strict=True):
        expected = sum((each for each in (one, other) if each is not None), torch.zeros_like(p))
        assert p.grad is not None, name
        assert torch.allclose(p.grad, expected, atol=1e-6), name
    assert update.supervised_loss == pytest.approx(float(losses[0].detach()))
    assert update.policy_loss == pytest.approx(float(losses[1].detach()))
    assert update.loss == pytest.approx(update.supervised_loss + update.policy_loss)
    assert update.reward == pytest.approx(float(taken.reward.sum(0).mean()), abs=1e-6)


def test_two_optimisers_take_the_same_step_where_nothing_is_clipped(make: Any) -> None:
    joint, apart = make(), make()
    before = weights(joint.graph)
    Learner(joint.graph, LOOSE).update(12, 0.0)
    learner = Learner(apart.graph, replace(LOOSE, separate=True))
    learner.update(12, 0.0)
    assert len(learner.optimizers) == 2
    assert moved(apart.graph, before) == set(before)  # the reader's and the saccader's
    for (name, one), other in zip(joint.graph.named_parameters(), apart.graph.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6), name


def test_the_policy_does_not_reach_a_detached_reader(make: Any) -> None:
    for detach in (True, False):
        system = make(detach=detach)
        actor = saccader(system)
        taken = system.graph.unroll(8).of(actor)
        actor.objective.loss(taken, actor.objective.targets(taken)).backward()
        reached = any(p.grad is not None and bool(p.grad.any()) for p in system.reader.parameters())
        assert reached is not detach


@pytest.mark.parametrize("separate", [False, True])
def test_without_an_actor_the_reader_learns_alone(make: Any, separate: bool) -> None:
    system = make(Gaze.CENTRE)
    before = weights(system.graph)
    update, _ = Learner(system.graph, replace(LOOSE, separate=separate)).update(12, 0.0)
    assert moved(system.graph, before) == set(before)
    assert update.policy_loss == 0 and update.reward == 0


def test_the_gradient_is_clipped(make: Any) -> None:
    system = make()
    Learner(system.graph, LearnerSettings(clip_norm=0.01)).update(12, 0.5)
    gradients = [p.grad.flatten() for p in system.graph.parameters() if p.grad is not None]
    assert float(torch.cat(gradients).norm()) == pytest.approx(0.01, rel=1e-3)


def test_epochs_evaluate_the_same_actions_again(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    system = make()
    actor = saccader(system)
    evaluated, given = [], []
    original = actor.objective.loss

    def loss(taken: Any, targets: Any) -> Tensor:
        evaluated.append(taken)
        given.append(targets)
        return original(taken, targets)

    monkeypatch.setattr(actor.objective, "loss", loss)
    Learner(system.graph, replace(LOOSE, epochs=3)).update(12, 0.0)
    assert len(evaluated) == 3 and int(system.digits.drawn) == 12
    assert all(torch.equal(each.action, evaluated[0].action) for each in evaluated)
    assert all(targets is given[0] for targets in given)
    assert not torch.allclose(evaluated[1].log_prob, evaluated[0].log_prob)  # under a policy that has learned
    assert torch.equal(evaluated[0].log_prob.detach(), given[0].log_prob)


def test_rates_rise_and_fall(make: Any) -> None:
    system = make()
    learner = Learner(system.graph, LearnerSettings(learning_rate=1e-2, policy_learning_rate=1e-3, warm_up=0.1))
    found = []
    for progress in (0.0, 0.05, 0.1, 0.5, 1.0):
        learner.update(2, progress)
        found.append([group["lr"] for group in learner.optimizers[0].param_groups])
    shape = [0.05, 0.55 * 0.95**0.9, 0.9**0.9, 0.5**0.9, 0]
    assert [pair[0] for pair in found] == pytest.approx([1e-2 * s + 1e-6 for s in shape])
    assert [pair[1] for pair in found] == pytest.approx([1e-3 * s + 1e-6 for s in shape])
    assert float(saccader(system).std) == pytest.approx(saccader(system).narrow)  # it anneals the gaze, too


def test_no_warm_up(make: Any) -> None:
    learner = Learner(make().graph, LearnerSettings(learning_rate=1e-2, warm_up=0.0))
    learner.update(2, 0.0)
    assert learner.optimizers[0].param_groups[0]["lr"] == pytest.approx(1e-2 + 1e-6)


def test_watched_ports(make: Any) -> None:
    system = make()
    _, trace = Learner(system.graph, LOOSE).update(7, 0.0, watch=(system.reward.cross_entropy,))
    assert trace[system.reward.cross_entropy].shape == (3, 7)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_touches_nothing(make: Any, value: float) -> None:
    system = make()
    learner = Learner(system.graph, LOOSE)
    learner.update(4, 0.0)
    system.reader.head[2].bias.data[3] = value
    before, state = weights(system.graph), {k: v.clone() for k, v in learner.state().items()}
    with pytest.raises(DivergedError, match=r"the loss became (nan|inf).*lower the learning rate"):
        learner.update(4, 0.1)
    for name, p in system.graph.named_parameters():
        assert torch.allclose(p, before[name], equal_nan=True), name
    assert all(torch.equal(state[name], now) for name, now in learner.state().items())


class Zeros(World):
    n: In[Batch]
    x: Out[Float[Tensor, "b"]]

    def forward(self, n: int) -> Tensor:
        return torch.zeros(n)


class Edge(Module):
    """A loss of 0 with a gradient of 0/0."""

    x: In[Float[Tensor, "b"]]
    loss: Out[Loss]

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        return (self.weight * x).sqrt()


def test_a_gradient_that_is_not_finite_touches_nothing() -> None:
    zeros, edge = Zeros(), Edge()
    zeros.x >> edge.x
    learner = Learner(Graph(zeros, edge), LOOSE)
    with pytest.raises(DivergedError, match="the gradient's norm became nan while the loss was finite"):
        learner.update(4, 0.0)
    assert float(edge.weight.detach()) == 1 and not learner.state()


@pytest.mark.parametrize("settings", [LearnerSettings(), LearnerSettings(separate=True, epochs=2)])
def test_it_goes_on_from_its_state_bit_for_bit(make: Any, settings: LearnerSettings) -> None:
    def go(learner: Learner, system: LookingSystem, begin: int) -> list[float]:
        return [learner.update(8, step / 6)[0].loss for step in range(begin, begin + 3)]

    system = make()
    learner = Learner(system.graph, settings)
    go(learner, system, 0)
    weights_then = {name: value.clone() for name, value in system.graph.state_dict().items()}
    random_then, optimizer_then = system.graph.random_state(), {k: v.clone() for k, v in learner.state().items()}
    losses = go(learner, system, 3)

    other = make()
    resumed = Learner(other.graph, settings)
    resumed.update(8, 0.0)  # whatever it did before
    other.graph.load_state_dict(weights_then)
    other.graph.set_random_state(random_then)
    resumed.load_state(optimizer_then)
    assert go(resumed, other, 3) == losses
    for name, value in system.graph.state_dict().items():
        assert torch.equal(other.graph.state_dict()[name], value), name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("learning_rate", -1e-3), ("learning_rate", math.nan), ("policy_learning_rate", math.inf), ("epochs", 0),
        ("warm_up", 1.5), ("clip_norm", 0.0),
    ],
)  # fmt: skip
def test_settings_out_of_range(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value}: it must be"):
        LearnerSettings(**{name: value})


class Over(World):
    """Over before the first action."""

    place: In[Float[Tensor, "b 2"]] = In(init=0.0)
    observation: Out[Float[Tensor, "b 3"]]
    reward: Out[Float[Tensor, "b"]]
    stop: Out[Bool[Tensor, "b"]]

    def forward(self, place: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return torch.zeros(len(place), 3), torch.ones(len(place)), torch.ones(len(place), dtype=torch.bool)


def test_a_pass_without_a_decision() -> None:
    over, gaze = Over(), Saccader(3, 4)
    over.observation >> gaze.observation
    gaze.action >> over.place
    over.reward >> gaze.reward
    learner = Learner(Graph(Loop(over, gaze, times=4, until=over.stop)), LOOSE)
    update, trace = learner.update(2, 0.5)
    assert (update.loss, update.reward) == (0, 0) and not trace.asked(gaze)


@pytest.mark.parametrize(
    ("episodes", "progress", "message"),
    [
        (16, 7, "progress is 7: it must be between 0 and 1, the share of training that is done"),
        (16, -0.1, "progress is -0.1"),
        (16, float("nan"), "progress is nan"),
        (16, None, "progress is None"),
        (16, "0.5", "progress is '0.5': it must be between"),
        (0, 0.5, "episodes is 0: it must be 1 or more"),
        (2.5, 0.5, "episodes is 2.5: it must be a whole number"),
        (None, 0.5, "episodes is None: it must be a whole number"),
    ],
)
def test_an_update_out_of_range(make: Any, episodes: Any, progress: Any, message: str) -> None:
    learner = Learner(make().graph, LearnerSettings())
    with pytest.raises(ValueError, match=message):
        learner.update(episodes, progress)
