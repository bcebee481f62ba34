"""RAM: recurrent models of visual attention (Mnih, Heess, Graves, Kavukcuoglu, 2014).

    digits → (field → (clutter)) → eye → reader → grade, verdict
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

from saccade.agents import LearnerSettings, Reinforce, ReinforceSettings, Saccader
from saccade.graph import Graph, Loop, Module
from saccade.vision import GlimpseSensor, RecurrentReader
from saccade.worlds import Clutter, Digits, Field, Grade, LabelledImages, Shift, Verdict

from .base import LookingSystem
from .looking import LookSettings, gaze_of


@dataclass(frozen=True)
class RamSettings(LookSettings):
    """Everything that a run of RAM depends on, besides the seed."""

    scales: int = 1
    """Patches of a glimpse, each twice as wide as the last."""
    clutter: int = 0
    """Pieces of other training digits strewn over the field."""
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
        if self.clutter < 0 or (self.clutter and not self.field):
            raise ValueError(f"--clutter {self.clutter}: it must be 0 or more, and needs a --field to lie in")


def wire(s: RamSettings, data: LabelledImages, shuffle: bool = True) -> LookingSystem:
    """Wire the system around a set of images."""
    digits = Digits(data, shuffle)
    eye = GlimpseSensor(s.patch, s.scales).named("eye")
    reader = RecurrentReader(s.patch, s.units, channels=s.scales).named("reader")
    grade, verdict = Grade(s.fixations, s.reward, spread=s.spread), Verdict()
    gaze = gaze_of(s, Reinforce(s.reinforce))
    scene = _scene(s, data, digits, eye)

    eye.patch >> reader.patch
    eye.fixation >> reader.at
    reader.hidden >> reader.state
    reader.logits >> grade.logits
    digits.label >> grade.label
    grade.surprise >> grade.before
    reader.logits >> verdict.logits
    digits.label >> verdict.label
    gaze.action >> eye.at
    if isinstance(gaze, Saccader):
        (reader.hidden.detach() if s.detach else reader.hidden) >> gaze.observation
        eye.fixation >> gaze.at
        grade.value >> gaze.reward
        loop = Loop(eye, reader, grade, gaze, times=s.fixations)
    else:
        loop = Loop(gaze, eye, reader, grade, times=s.fixations)
    return LookingSystem(Graph(digits, *scene, loop, verdict), digits, eye, reader, grade, verdict)


def _scene(s: RamSettings, data: LabelledImages, digits: Digits, eye: GlimpseSensor) -> list[Module]:
    """What lies between the digits and the eye: shifts, or a field, with clutter or without."""
    if not s.field:
        shift = Shift(s.shift)
        digits.image >> shift.image
        shift.shifted >> eye.image
        return [shift]
    field = Field(s.field)
    digits.image >> field.image
    if not s.clutter:
        field.field >> eye.image
        return [field]
    clutter = Clutter(data.training or data, s.clutter)
    field.field >> clutter.image
    clutter.cluttered >> eye.image
    return [field, clutter]


_SLOW = LearnerSettings(learning_rate=2e-3, policy_learning_rate=2e-3)

MNIST = RamSettings(images=3_000_000, batch=128, patch=8, learner=_SLOW)
TRANSLATED = RamSettings(
    images=3_000_000, batch=128, fixations=8, patch=12, scales=3, field=60, reach=0.4, wide=0.5, narrow=0.07,
    learner=_SLOW,
)  # fmt: skip
CLUTTERED = dataclasses.replace(TRANSLATED, clutter=4)
CLUTTERED_100 = dataclasses.replace(CLUTTERED, field=100, scales=4)
