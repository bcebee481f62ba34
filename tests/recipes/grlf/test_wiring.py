import itertools
from dataclasses import replace

import pytest
import torch

from saccade.agents import Saccader
from saccade.recipes.active_vision.settings import Gaze
from saccade.recipes.active_vision.system import LookingSystem
from saccade.recipes.grlf.settings import GrlfSettings, Reader
from saccade.recipes.grlf.wiring import wire
from saccade.training.registry import recipe_named, recipe_names
from saccade.vision import SmoothCrop
from saccade.worlds import LabelledImages, Reward

from ...small_runs import Tiny


@pytest.mark.parametrize(("field", "reader", "gaze"), list(itertools.product((0, 32), Reader, Gaze)))
def test_grlf_with_every_reader_and_gaze(
    field: int, reader: Reader, gaze: Gaze, digits: LabelledImages, tiny: Tiny
) -> None:
    torch.manual_seed(0)
    check(wire(tiny(reader=reader, gaze=gaze, field=field), digits), gaze)


@pytest.mark.parametrize(
    ("name", "gaze"), list(itertools.product([name for name in recipe_names() if name.startswith("ram")], Gaze))
)
def test_ram_with_every_scene_and_gaze(name: str, gaze: Gaze, digits: LabelledImages) -> None:
    torch.manual_seed(0)
    recipe = recipe_named(name)
    system = recipe.wire(replace(recipe.settings, fixations=3, units=8, gaze=gaze), digits)
    check(system, gaze)
    assert system.eye.scales == {"ram-mnist": 1, "ram-cluttered-100": 4}.get(name, 3)


def check(system: LookingSystem, gaze: Gaze) -> None:
    """Three looks, the first at the centre; a gradient for every parameter of the reader."""
    trace = system.graph.unroll(4, watch=(system.reader.logits, system.eye.fixation, system.reward.cross_entropy))
    logits, places = trace[system.reader.logits], trace[system.eye.fixation]
    assert logits.shape == (3, 4, 10) and places.shape == (3, 4, 2) and bool(logits.isfinite().all())
    actors = system.graph.actors
    assert bool(actors) is (gaze in (Gaze.LEARNED, Gaze.LEARNED_SCAN))
    if actors:
        assert trace.of(actors[0]).reward.shape == (2, 4)  # three looks, two saccades
    if gaze is not Gaze.RANDOM:  # the source's looks anywhere from the first on
        assert places[0].abs().max() < 0.04  # the first look is at the centre
    if gaze is Gaze.CENTRE:
        assert places.abs().max() < 0.04
    trace.supervised_loss.backward()
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in system.reader.parameters())
    assert "reader" in system.graph.mermaid() and "def unroll" in system.graph.source()


def test_the_gain_adds_up(digits: LabelledImages, tiny: Tiny) -> None:
    """The saccader's rewards are what its looks have added to the log-probability of the true class."""
    torch.manual_seed(0)
    system = wire(tiny(reward=Reward.GAIN, fixations=4), digits)
    trace = system.graph.unroll(6, watch=(system.reward.cross_entropy,))
    loss = trace[system.reward.cross_entropy].detach()
    (actor,) = system.graph.actors
    assert torch.allclose(trace.of(actor).reward, loss[:-1] - loss[1:], atol=1e-6)


def test_the_loss_is_the_weighted_cross_entropy(digits: LabelledImages, tiny: Tiny) -> None:
    system = wire(tiny(spread=0.6), digits)
    trace = system.graph.unroll(6, watch=(system.reward.cross_entropy,))
    loss = trace[system.reward.cross_entropy].detach().mean(1)
    expected = float(loss.mean() * 0.6 + loss[-1] * 0.4)
    assert float(trace.supervised_loss.detach()) == pytest.approx(expected)


def test_a_learned_scan_is_the_same_for_every_image(digits: LabelledImages, tiny: Tiny) -> None:
    system = wire(tiny(gaze=Gaze.LEARNED_SCAN, fixations=5), digits)
    system.graph.eval()
    places = system.graph.unroll(8, watch=(system.eye.fixation,))[system.eye.fixation]
    assert len(places.unique(dim=1)[0]) == 1 and len(places[:, 0].unique(dim=0)) == 5


def test_looking_smoothly(digits: LabelledImages, tiny: Tiny) -> None:
    torch.manual_seed(0)
    system = wire(tiny(detach=False), digits, learn=False, smooth=True)
    system.graph.eval()
    assert isinstance(system.eye, SmoothCrop)
    images = (digits.images[:3, None].float() / 255).requires_grad_()
    system.digits.show(images)
    (actor,) = system.graph.actors
    assert isinstance(actor, Saccader)
    gradients = []
    for actor.reparameterized in (False, True):
        logits = system.graph.unroll(3, watch=(system.reader.logits,))[system.reader.logits]
        gradients.append(torch.autograd.grad(logits[-1].square().sum(), images)[0])
    assert gradients[0].any() and not torch.allclose(*gradients)  # the second goes through the places, too


def test_in_double_precision(digits: LabelledImages) -> None:
    system = wire(GrlfSettings(fixations=3, patch=5, units=8), digits)
    trace = system.graph.double().unroll(4, watch=(system.eye.patch, system.prediction.correct))
    assert trace[system.eye.patch].dtype == trace.supervised_loss.dtype == torch.float64
    assert trace[system.prediction.correct].shape == (1, 4)
