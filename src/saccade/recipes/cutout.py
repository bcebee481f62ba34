"""CutOut: an agent that segments by scribbling (CutOutRL report, section 4).

    scenes --> [ canvas --> segmenter --> overlap --> the network's view --> network --> scribbler ] times moves + 1
                  ^__________________________________________________________________________|

The world draws and segments; the brain sees crops around its two pens and what lies along each stroke it could draw. A guide that
knows the mask may be imitated at first; from then on it is proximal policy optimisation alone.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from torch import Tensor

from saccade.agents import LearnerSettings, PPOSettings
from saccade.agents.imitation import Imitation
from saccade.agents.ppo import PPO
from saccade.agents.scribbler import Scribbler, ScribblerNetwork, TwoHandedScribbler
from saccade.graph import Graph, Loop, Module
from saccade.worlds.cutout import CutOutParts, CutOutRules, Pens, cutout
from saccade.worlds.guide import Guide
from saccade.worlds.masked import MaskedImages
from saccade.worlds.overlap import Pay
from saccade.worlds.pen_view import PenView

from .settings import choice

_SCALE = 20.0  # of the reward: gains in overlap are a few hundredths


@dataclass(frozen=True)
class CutOutSettings:
    """Everything that a run of CutOut depends on, besides the seed."""

    images: int = 30_000
    """Episodes of the scribbler in training; each is one image."""
    batch: int = 32
    """Parallel episodes of an update."""
    steps: int = 30
    """Moves of an episode."""
    length: int = 18
    """Pixels of a stroke."""
    pens: Pens = Pens.BOTH
    """What a move moves: one pen, or both."""
    reward: Pay = Pay.GAIN
    """What a move is paid."""
    size: int = 128
    """Side of the images in pixels."""
    faces: int = 2000
    """Drawn faces to learn from, where there is no folder of images."""
    forecast: int = 20_000
    """Images that each of three networks sees first, to forecast masks for the scribbler; 0: it knows no forecast."""
    imitate: float = 0.3
    """Share of training in which the scribbler also imitates a guide that knows the mask, less and less."""
    units: int = 128
    """Size of the network's hidden layers."""
    minibatch: int = 240
    """Moves of an update of the weights."""
    learner: LearnerSettings = dataclasses.field(
        default_factory=lambda: LearnerSettings(learning_rate=1e-3, policy_learning_rate=1e-3, epochs=3, clip_norm=0.5)
    )
    """The optimiser."""
    ppo: PPOSettings = dataclasses.field(
        default_factory=lambda: PPOSettings(
            discount=0.97, gae_lambda=0.95, weight=1.0, value_weight=0.5, entropy_weight=0.01
        )
    )
    """The objective of the scribbler."""

    def __post_init__(self) -> None:
        """Refuse what cannot run.

        Raises:
            ValueError: naming the option, its value and what it may be.
        """
        object.__setattr__(self, "pens", choice(Pens, self.pens, "pens"))
        object.__setattr__(self, "reward", choice(Pay, self.reward, "reward"))
        lowest = {
            "images": 1,
            "batch": 1,
            "steps": 1,
            "length": 1,
            "faces": 12,
            "forecast": 0,
            "units": 1,
            "minibatch": 1,
        }
        for name, low in lowest.items():
            if getattr(self, name) < low:
                raise ValueError(f"--{name} {getattr(self, name)}: it must be {low} or more")
        if self.size < 32 or self.size % 32 or self.size > 1024:
            raise ValueError(f"--size {self.size}: it must be a multiple of 32, up to 1024")
        if not 0 <= self.imitate <= 1:
            raise ValueError(f"--imitate {self.imitate}: it must be between 0 and 1")

    @property
    def rules(self) -> CutOutRules:
        """The game."""
        return CutOutRules(self.steps, self.length, self.pens, self.reward)

    def describe(self) -> str:
        """What a run of these settings does, for the set-up of a figure."""
        pens = "both pens a step" if self.pens is Pens.BOTH else "one pen a step"
        forecast = f"forecasts by three networks of {self.forecast} images each" if self.forecast else "no forecast"
        return (
            f"{self.steps} steps of {self.length} pixels, {pens}, {self.images} images seen, batch {self.batch}, reward {self.reward}, "
            f"{forecast}, imitation for {self.imitate:.0%} of training"
        )


@dataclass(frozen=True)
class CutOutSystem:
    """The wired game with the scribbler, and what training switches."""

    graph: Graph
    parts: CutOutParts
    guide: Guide | None
    imitation: Imitation | None


def wire(s: CutOutSettings, data: MaskedImages, hints: Tensor | None = None, learn: bool = True) -> CutOutSystem:
    """Wire the scribbler around images.

    Args:
        s: the settings.
        data: the images.
        hints: forecasts of their masks, uint8 `(N, h, w)`.
        learn: False: in the order of the set, and without a guide.
    """
    parts = cutout(data, s.rules, shuffle=learn, hints=hints)
    parts.overlap.scale = _SCALE
    height, width = data.size
    view = PenView(height, width, s.length, hinted=hints is not None)
    network = ScribblerNetwork(view.planes, view.features, s.steps, s.units)
    scribbler = (Scribbler if s.pens is Pens.ONE else TwoHandedScribbler)(PPO(s.ppo))

    parts.scenes.image >> view.image
    parts.segmenter.mask >> view.mask
    parts.segmenter.distance >> view.distance
    parts.canvas.drawn >> view.drawn
    parts.canvas.pens >> view.pens
    if hints is not None:
        parts.scenes.hint >> view.hint
    view.view >> network.view
    view.probes >> network.probes
    network.logits >> scribbler.logits
    network.value >> scribbler.value
    parts.overlap.reward >> scribbler.reward
    scribbler.action >> parts.move
    game = [module for module in parts.looped if module is not parts.view]
    guide, imitation = _lesson(s, parts, network) if learn and s.imitate else (None, None)
    lesson: list[Module] = [module for module in (guide, network, imitation) if module is not None]
    graph = Graph(parts.scenes, Loop(*game, view, *lesson, scribbler, times=s.steps + 1))
    return CutOutSystem(graph, parts, guide, imitation)


def _lesson(s: CutOutSettings, parts: CutOutParts, network: ScribblerNetwork) -> tuple[Guide, Imitation]:
    """A guide that knows the mask, and the loss of not doing as it would."""
    guide, imitation = Guide(parts.segmenter, s.length), Imitation(together=s.pens is Pens.ONE)
    parts.scenes.truth >> guide.target
    parts.segmenter.mask >> guide.mask
    parts.canvas.pens >> guide.pens
    network.logits >> imitation.logits
    guide.scores >> imitation.scores
    return guide, imitation
