"""RAM: recurrent models of visual attention (Mnih, Heess, Graves, Kavukcuoglu, 2014).

    digits → (shift, or field → (clutter)) → copies → eye → reader → grade, verdict
                                                       ↑       ↓ hidden
                                                       └──── gaze

Glimpses of one or several scales, the first at the centre; a glimpse network joins what is seen with
where, a recurrent core adds the glimpses up, names the digit, and tells the location network where
to look next. The hybrid loss of the paper: cross-entropy through everything that can be
differentiated, REINFORCE with a learned baseline for the places.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from saccade.agents import LearnerSettings, Reinforce, ReinforceSettings, Saccader
from saccade.graph import Graph, Loop, Out
from saccade.vision import GlimpseSensor, RecurrentReader
from saccade.worlds import Clutter, Copies, Digits, Field, Grade, LabelledImages, Shift, Verdict

from .base import LookingSystem
from .looking import LookSettings, gaze_of


@dataclass(frozen=True)
class RamSettings(LookSettings):
    """Everything that a run of RAM depends on, besides the seed."""

    scales: int = 1
    """Patches of a glimpse, each twice as wide as the last."""
    clutter: int = 0
    """Pieces of other training digits strewn over the field."""
    copies: int = 1
    """Episodes that share one scene in training (Monte Carlo copies)."""
    draws: int = 0
    """Passes over the test images with drawn places, beside the one with the most probable places."""
    reinforce: ReinforceSettings = dataclasses.field(default_factory=ReinforceSettings)
    """The objective of the gaze."""

    def __post_init__(self) -> None:
        """Refuse what cannot run.

        Raises:
            ValueError: naming the option, its value and what it may be.
        """
        super().__post_init__()
        if self.scales < 1 or (self.scales > 1 and self.patch % 2):
            raise ValueError(f"--scales {self.scales} --patch {self.patch}: 1 scale or more; an even patch for several")
        for name, low in (("copies", 1), ("draws", 0)):
            if getattr(self, name) < low:
                raise ValueError(f"--{name} {getattr(self, name)}: it must be {low} or more")
        if self.clutter < 0 or (self.clutter and not self.field):
            raise ValueError(f"--clutter {self.clutter}: it must be 0 or more, and needs a --field to lie in")


def wire(s: RamSettings, data: LabelledImages, shuffle: bool = True) -> LookingSystem:
    """Wire the system around a set of images."""
    digits, copies = Digits(data, shuffle), Copies(s.copies)
    eye = GlimpseSensor(s.patch, s.scales).named("eye")
    reader = RecurrentReader(s.patch, s.units, channels=s.scales).named("reader")
    grade, verdict = Grade(s.fixations, s.reward, spread=s.spread), Verdict()
    gaze = gaze_of(s, Reinforce(s.reinforce))
    scene, field = _scene(s, data)

    before: Out[Any] = digits.image
    for part in scene:
        before >> part.image
        before = part.outputs()[0]
    before >> copies.image
    digits.label >> copies.label
    copies.scene >> eye.image
    eye.patch >> reader.patch
    eye.fixation >> reader.at
    reader.hidden >> reader.state
    reader.logits >> grade.logits
    copies.truth >> grade.label
    grade.surprise >> grade.before
    reader.logits >> verdict.logits
    copies.truth >> verdict.label
    gaze.action >> eye.at
    if isinstance(gaze, Saccader):
        (reader.hidden.detach() if s.detach else reader.hidden) >> gaze.observation
        eye.fixation >> gaze.at
        grade.value >> gaze.reward
        loop = Loop(eye, reader, grade, gaze, times=s.fixations)
    else:
        loop = Loop(gaze, eye, reader, grade, times=s.fixations)
    graph = Graph(digits, *scene, copies, loop, verdict)
    return LookingSystem(graph, digits, eye, reader, grade, verdict, field, s.draws)


def _scene(s: RamSettings, data: LabelledImages) -> tuple[list[Shift | Field | Clutter], Field | None]:
    """What lies between the digits and the eye: shifts, or a field, with clutter or without."""
    if not s.field:
        return [Shift(s.shift)], None
    field = Field(s.field)
    return [field, Clutter(data.training or data, s.clutter)] if s.clutter else [field], field


_SLOW = LearnerSettings(learning_rate=2e-3, policy_learning_rate=2e-3)

MNIST = RamSettings(images=3_000_000, batch=128, patch=8, learner=_SLOW)
TRANSLATED = RamSettings(
    images=3_000_000, batch=128, fixations=8, patch=12, scales=3, field=60, reach=0.4, wide=0.5, narrow=0.07,
    learner=_SLOW,
)  # fmt: skip
CLUTTERED = dataclasses.replace(TRANSLATED, clutter=4)
CLUTTERED_100 = dataclasses.replace(CLUTTERED, field=100, scales=4)
