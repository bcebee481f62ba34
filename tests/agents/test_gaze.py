import copy
import math

import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from saccade.agents import (
    PPO,
    CentreGaze,
    FixedScan,
    Learner,
    LearnerSettings,
    PPOSettings,
    RandomGaze,
    Saccader,
    covering_places,
    scan_places,
)
from saccade.graph import Batch, Graph, In, Loop, Module, Out, PortValueError, World
from saccade.vision import Crop, GlimpseSensor, SmoothCrop

OBSERVATION, AT = torch.randn(5, 3, generator=torch.Generator().manual_seed(0)), torch.zeros(5, 2)


def saccader(blind: bool = False) -> Saccader:
    torch.manual_seed(0)
    made = Saccader(3, 4, reach=0.5, wide=0.4, narrow=0.1, blind=blind)
    torch.nn.init.normal_(made.aim.weight)
    return made


# -- the policy -------------------------------------------------------------------------------------


def test_the_first_scan_is_spread() -> None:
    places = scan_places(7, 0.35)
    assert places.shape == (7, 2) and places[0].tolist() == [0, 0]
    assert places.abs().max() == pytest.approx(0.35)
    assert len({tuple(place) for place in places.tolist()}) == 5
    assert torch.equal(places[5:], places[:2])


def test_probabilities_are_those_of_a_gaussian() -> None:
    gaze = saccader()
    action, log_prob, value, entropy = gaze.decide(OBSERVATION, AT, 2)
    mean = gaze.eval().decide(OBSERVATION, AT, 2).action
    normal = torch.distributions.Normal(mean, 0.4)
    assert not torch.equal(action, mean)
    assert torch.allclose(log_prob, normal.log_prob(action).sum(1), atol=1e-5)
    assert torch.allclose(entropy, normal.entropy().sum(1))
    assert log_prob.shape == value.shape == entropy.shape == (5,)


def test_a_given_action_is_evaluated() -> None:
    gaze = saccader()
    action = torch.full((5, 2), 0.2)
    decision = gaze.decide(OBSERVATION, AT, 0, action)
    assert torch.equal(decision.action, action)
    decision.log_prob.sum().backward()
    assert gaze.aim.weight.grad is not None and gaze.places.grad is not None
    assert gaze.places.grad[1:].abs().sum() == 0  # the places of other steps have no part in it


def test_the_noise_has_the_width_it_should() -> None:
    gaze = saccader()
    gaze.rng.manual_seed(1)
    same = torch.zeros(4000, 3)
    noise = gaze.decide(same, torch.zeros(4000, 2), 0).action - gaze.eval().decide(same[:1], AT[:1], 0).action
    assert float(noise.std().detach()) == pytest.approx(0.4, rel=0.05)


def test_in_eval_mode_it_is_deterministic() -> None:
    gaze = saccader().eval()
    assert torch.equal(gaze.decide(OBSERVATION, AT, 1).action, gaze.decide(OBSERVATION, AT, 1).action)
    gaze.train()
    assert not torch.equal(gaze.decide(OBSERVATION, AT, 1).action, gaze.decide(OBSERVATION, AT, 1).action)


def test_training_noise_is_seeded() -> None:
    def act() -> Tensor:
        gaze.rng.manual_seed(7)
        return gaze.decide(OBSERVATION, AT, 1).action

    gaze = saccader()
    assert torch.equal(act(), act())


def test_episodes_at_different_steps() -> None:
    gaze = saccader().eval()
    steps = torch.tensor([0, 1, 2, 3, 0])
    mixed = gaze.decide(OBSERVATION, AT, steps)
    for place, step in enumerate(steps.tolist()):
        alone = gaze.decide(OBSERVATION[place : place + 1], AT[:1], step)
        assert torch.allclose(mixed.action[place], alone.action[0], atol=1e-6)
        assert torch.allclose(mixed.log_prob[place], alone.log_prob[0], atol=1e-5)


@pytest.mark.parametrize("blind", [True, False])
def test_a_blind_saccader_cannot_depend_on_the_image(blind: bool) -> None:
    gaze = saccader(blind).eval()
    observation = OBSERVATION.clone().requires_grad_()
    action = gaze.decide(observation, AT, 1).action
    assert torch.equal(action, gaze.decide(-observation, AT + 0.5, 1).action) is blind
    assert (len(action.unique(dim=0)) == 1) is blind
    gaze.decide(observation, AT, 1, torch.ones(5, 2)).log_prob.sum().backward()
    reached = observation.grad is not None and bool(observation.grad.any())
    assert reached is not blind


def test_the_gaze_narrows() -> None:
    gaze = saccader()
    found = []
    for progress in (0, 0.5, 1):
        gaze.anneal(progress)
        found.append(float(gaze.std))
    assert found == pytest.approx([0.4, math.sqrt(0.4 * 0.1), 0.1])


def test_the_space_of_its_actions() -> None:
    assert saccader().action_space.shape == (2,)


# -- the baselines ----------------------------------------------------------------------------------


def test_a_fixed_scan_visits_its_places_in_turn() -> None:
    places = torch.tensor([[0.1, 0.2], [-0.3, 0.4], [0.5, -0.6]])
    scan = FixedScan(places)
    for step in range(5):
        assert torch.equal(scan(2, step), places[[step % 3, step % 3]])
    assert torch.equal(scan(2, torch.tensor([0, 5])), torch.cat([scan(1, 0), scan(1, 5)]))


@pytest.mark.parametrize("eye", [Crop(3), SmoothCrop(3), GlimpseSensor(3, 1)])
@pytest.mark.parametrize("before", [True, False])
def test_a_fixed_scan_leaves_the_first_look_to_the_eye(eye: Crop, before: bool) -> None:
    """As the saccader does, wherever it stands in the loop."""
    scan, blank, eye = FixedScan(torch.tensor([[0.5, 0.5], [-0.5, 0.5]])), Blank(), copy.deepcopy(eye)
    blank.image >> eye.image
    scan.action >> eye.at
    graph = Graph(blank, Loop(*((scan, eye) if before else (eye, scan)), times=4))
    places = graph.unroll(2, watch=(eye.fixation,))[eye.fixation]
    assert places[:, 0].tolist() == [[0, 0], [0.5, 0.5], [-0.5, 0.5], [0.5, 0.5]]


@pytest.mark.parametrize("number", [1, 3, 5, 7, 12])
def test_places_cover_a_square_evenly(number: int) -> None:
    """As well as the best of many random arrangements, or better; the centre is there already."""
    places = torch.cat([covering_places(number, 0.5), torch.zeros(1, 2)])
    across = (torch.arange(30) + 0.5) / 30 - 0.5
    points = torch.cartesian_prod(across, across)

    def gap(found: torch.Tensor) -> torch.Tensor:
        return torch.cdist(points, found).amin(-1).mean(-1)

    others = torch.rand(300, number, 2, generator=torch.Generator().manual_seed(1)) - 0.5
    assert places.abs().max() <= 0.5 and len({tuple(place) for place in places.tolist()}) == number + 1
    assert gap(places) < gap(torch.cat([others, torch.zeros(300, 1, 2)], dim=1)).min() + 0.002


def test_the_centre() -> None:
    assert CentreGaze()(3).tolist() == [[0, 0]] * 3


def test_random_places() -> None:
    gaze = RandomGaze()
    gaze.rng.manual_seed(4)
    places = gaze(4000)
    assert places.abs().max() <= 1
    assert places.mean(0).abs().max() < 0.05
    assert places.var(0).tolist() == pytest.approx([1 / 3, 1 / 3], rel=0.1)
    assert not torch.equal(gaze(4000), places)
    gaze.rng.manual_seed(4)
    assert torch.equal(gaze(4000), places)


# -- learning ---------------------------------------------------------------------------------------


class Targets(World):
    """Shows a place."""

    n: In[Batch]
    place: Out[Float[Tensor, "b 2"]]

    def forward(self, n: int) -> Tensor:
        return torch.rand(n, 2, generator=self.rng) * 1.4 - 0.7


class Blank(World):
    """Shows nothing, on 5×5 pixels: half-widths of whole pixels are halves."""

    n: In[Batch]
    image: Out[Float[Tensor, "b 1 5 5"]]

    def forward(self, n: int) -> Tensor:
        return torch.zeros(n, 1, 5, 5)


class Nearness(Module):
    """The closer the fixation, the higher the reward."""

    place: In[Float[Tensor, "b 2"]]
    looked: In[Float[Tensor, "b 2"]]
    value: Out[Float[Tensor, "b"]]

    def forward(self, place: Tensor, looked: Tensor) -> Tensor:
        return -(looked - place).norm(dim=1)


def test_it_learns_to_look_at_the_target() -> None:
    torch.manual_seed(0)
    targets, nearness = Targets(), Nearness()
    gaze = Saccader(2, 1, reach=0.0, wide=0.3, narrow=0.05, objective=PPO(PPOSettings(discount=0.0, weight=1.0)))
    targets.place >> gaze.observation
    targets.place >> nearness.place
    gaze.action >> nearness.looked
    nearness.value >> gaze.reward
    graph = Graph(targets, Loop(gaze, nearness, times=1))
    graph.seed(0)

    def distance() -> float:
        graph.eval()
        with torch.no_grad():
            reward = graph.unroll(500).of(gaze).reward
        graph.train()
        return -float(reward.mean())

    assert distance() > 0.4  # it looks at the middle
    learner = Learner(graph, LearnerSettings(policy_learning_rate=3e-2))
    for update in range(80):
        learner.update(64, update / 80)
    assert distance() < 0.1


def test_the_action_of_a_blind_policy_is_not_its_parameter() -> None:
    gaze = saccader(blind=True).eval()
    before = gaze.places.detach().clone()
    gaze.decide(OBSERVATION, AT, 1).action.add_(5)
    assert torch.equal(gaze.places, before)


def test_a_loop_that_is_longer_than_the_policy() -> None:
    with pytest.raises(PortValueError, match="saccader has times=4, and its loop goes on"):
        saccader().decide(OBSERVATION, AT, 4)


@pytest.mark.parametrize("gaze", [CentreGaze(), RandomGaze(), FixedScan(torch.zeros(4, 2))])
def test_places_take_the_dtype_of_the_graph(gaze: Module) -> None:
    arguments = (3,) if len(gaze.arguments()) == 1 else (3, 0)
    assert gaze.double()(*arguments).dtype == torch.float64
