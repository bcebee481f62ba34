"""CutOut: an agent that segments by scribbling (CutOutRL report, section 4).

    scenes --> [ canvas --> segmenter --> overlap --> view, lookahead --> network --> scribbler ] times moves + 1
                  ^_______________________________________________________________________|

The world draws and segments; the brain sees crops around its two pens and what lies along each stroke it could draw, and, where it has a
forecast of the mask, what the stroke would change by that forecast. An expert that knows the ground truth may be imitated along with proximal policy
optimisation, less and less.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from saccade.agents.imitation import Imitation
from saccade.agents.ppo import PPO
from saccade.devices import on_cpu
from saccade.graph import Graph, Loop, Module
from saccade.worlds.cutout.expert import Expert
from saccade.worlds.cutout.lookahead import Lookahead
from saccade.worlds.cutout.pen_view import PenView
from saccade.worlds.cutout.rules import CutOutReward, Pens
from saccade.worlds.cutout.wiring import CutOutParts, cutout
from saccade.worlds.data.masked import MaskedImages

from .picture_scribbler import PictureNetwork
from .scribbler import Scribbler, ScribblerNetwork, TwoHandedScribbler
from .settings import CutOutSettings, Sight

Brain = ScribblerNetwork | PictureNetwork
_SCALE = 20.0  # of an episode's reward: gains in overlap are a few hundredths


@dataclass(frozen=True)
class CutOutSystem:
    """The wired game with the scribbler, and what training switches."""

    graph: Graph
    parts: CutOutParts
    network: Brain
    expert: Expert | None
    imitation: Imitation | None


@on_cpu
def wire(s: CutOutSettings, data: MaskedImages, forecasts: Tensor | None = None, learn: bool = True) -> CutOutSystem:
    """Wire the scribbler around images.

    Args:
        s: the settings.
        data: the images.
        forecasts: forecasts of their masks, uint8 `(N, h, w)`.
        learn: False: in the order of the set, and without an expert.
    """
    scale = _SCALE / s.episode_steps if s.reward is CutOutReward.IOU else _SCALE  # rewards of every step add up
    parts = cutout(data, s.rules, shuffle=learn, forecasts=forecasts, scale=scale)
    sight, network = _eyes(s, parts, data, with_forecast=forecasts is not None)
    scribbler = (Scribbler if s.pens is Pens.ONE else TwoHandedScribbler)(PPO(s.ppo))

    network.logits >> scribbler.logits
    network.value >> scribbler.value
    parts.overlap.reward >> scribbler.reward
    scribbler.action >> parts.move
    game = [module for module in parts.looped if module is not parts.view]  # the eyes are its view
    expert, imitation = _lesson(s, parts, network) if learn and s.imitate else (None, None)
    lesson: list[Module] = [module for module in (expert, network, imitation) if module is not None]
    graph = Graph(parts.scenes, Loop(*game, *sight, *lesson, scribbler, times=s.episode_steps + 1))
    return CutOutSystem(graph, parts, network, expert, imitation)


def _eyes(s: CutOutSettings, parts: CutOutParts, data: MaskedImages, with_forecast: bool) -> tuple[list[Module], Brain]:
    """What the scribbler sees, and its network behind it."""
    height, width = data.size
    if s.sight is not Sight.PENS:
        picture = PictureNetwork(3 if s.sight is Sight.DRAWN_IN else 5, height, width, s.episode_steps, s.units)
        parts.view.view >> picture.view
        return [parts.view], picture
    view = PenView(height, width, s.length, with_forecast)
    foreseen = Lookahead.features if with_forecast else 0
    network = ScribblerNetwork(view.planes, view.features, s.episode_steps, s.units, foreseen)
    parts.scenes.image >> view.image
    parts.segmenter.mask >> view.mask
    parts.segmenter.distance >> view.distance
    parts.canvas.drawn >> view.drawn
    parts.canvas.pens >> view.pens
    view.view >> network.view
    view.probes >> network.probes
    if not with_forecast:
        return [view], network
    ahead = Lookahead(parts.segmenter, s.length)
    parts.scenes.forecast >> view.forecast
    parts.scenes.forecast >> ahead.forecast
    parts.segmenter.mask >> ahead.mask
    parts.canvas.pens >> ahead.pens
    ahead.trials >> network.trials
    return [view, ahead], network


def _lesson(s: CutOutSettings, parts: CutOutParts, network: Brain) -> tuple[Expert, Imitation]:
    """An expert that knows the ground truth, and the loss of deviating from it."""
    expert, imitation = Expert(parts.segmenter, s.length), Imitation(together=s.pens is Pens.ONE)
    parts.scenes.ground_truth >> expert.target
    parts.segmenter.mask >> expert.mask
    parts.canvas.pens >> expert.pens
    network.logits >> imitation.logits
    expert.scores >> imitation.scores
    return expert, imitation


def wire_unforecast(settings: CutOutSettings, data: MaskedImages) -> CutOutSystem:
    """The wired game, to be drawn or looked at: where masks are forecast, the forecast is empty as yet."""
    return wire(settings, data, torch.zeros_like(data.masks, dtype=torch.uint8) if settings.forecast else None)
