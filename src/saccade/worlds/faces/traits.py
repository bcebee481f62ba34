"""The measures and colours of people, as arrays to calculate with."""

from __future__ import annotations

import numpy as np

from .dress import People
from .kernels import Bools, Doubles, Longs


class Traits:
    """Fields of some people, float64, in the shape of `who`, the places of these people among all: `traits.jaw`.

    Colours and lines around the head have their own axis behind. What is read once is kept.
    """

    def __init__(self, people: People, who: Longs) -> None:
        self.people, self.who = people, who
        self.seed: Longs = people["seed"][who]

    def __getattr__(self, name: str) -> Doubles:
        if name not in (self.people.dtype.names or ()):
            raise AttributeError(f"people have no field {name!r}")
        value: Doubles = self.people[name].astype(np.float64)[self.who]
        self.__dict__[name] = value
        return value

    def only(self, those: Bools | Longs) -> Traits:
        """Those of them, along the first axis."""
        return Traits(self.people, self.who[those.ravel()])
