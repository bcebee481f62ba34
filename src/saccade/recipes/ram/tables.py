"""The tables of RAM: test errors on four tasks, by glimpses, with the paper's networks and other gazes.

RAM as it is best and the paper's networks see the same number of images. The worth of a glimpse and of the
learned gaze is measured on shorter runs, all of one length, the learned gaze's own among them; so is a residual
network, next to the paper's convolutional one, where there is clutter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from saccade.recipes.active_vision.measurements import errors, errors_of_copies
from saccade.recipes.active_vision.settings import Gaze
from saccade.recipes.active_vision.system import ERROR
from saccade.runs import Published
from saccade.training.table import Cell, Detail, Table

from .published import ERRORS, PLAIN_ERRORS, RANDOM_ERRORS, source
from .settings import CLUTTERED, CLUTTERED_100, MNIST, TRANSLATED, Model, RamSettings

_SHORT = 300_000  # images
_ROWS = {Gaze.RANDOM: "random gaze", Gaze.FIXED_SCAN: "fixed scan", Gaze.LEARNED_SCAN: "learned scan"}
_BASELINES = {Gaze.RANDOM: "random", Gaze.FIXED_SCAN: "scanned"}  # as figures have them


@dataclass(frozen=True)
class _Task:
    """A task, and its column of the table."""

    recipe: str
    name: str
    settings: RamSettings
    rates: Mapping[Model, float]  # each network's own learning rate, on validation images; see docs/decisions/007
    short_rates: Mapping[Model, float] = field(default_factory=dict)  # the same for shorter runs
    full_length: bool = False  # the learned gaze needs long: other gazes are measured after the full training, too

    @property
    def by_glimpses(self) -> dict[int, float]:
        """The paper's errors of RAM."""
        return ERRORS[self.recipe]

    def cell(self, id_: str, row: str, settings: RamSettings, theirs: float | None) -> Cell:
        """A cell of this task's column."""
        published = None if theirs is None else Published(source(self.recipe), theirs / 100)
        return Cell(self._id(id_), self.recipe, row, self.name, settings, published, measure=errors)

    @property
    def most(self) -> int:
        """Glimpses of the recipe."""
        return self.settings.fixations

    def headline(self) -> Cell:
        """RAM as the recipe has it, with what it must beat."""
        found = self.cell(
            f"{self.most}/error", f"RAM, {self.most} glimpses", self.settings, self.by_glimpses[self.most]
        )
        baselines = {_name(model): self._id(f"{model}/error") for model in self.rates}
        return replace(found, baselines=baselines | (self._gazes if self.full_length else {}))

    def copies(self) -> Cell:
        """The same runs, by the mean of several passes with drawn places."""
        row = f"… mean of {self.settings.draws + 1} passes"
        copies = self.cell(f"{self.most}/error-of-copies", row, self.settings, None)
        return replace(copies, measure=errors_of_copies, runs_of=self._id(f"{self.most}/error"))

    def networks(self) -> list[Cell]:
        """The networks that see everything at once."""
        theirs = PLAIN_ERRORS[self.recipe]
        cells = [
            self.cell(f"{model}/error", _name(model), self._network(model, rate), theirs.get(model))
            for model, rate in self.rates.items()
        ]
        return [replace(cell, order=1) for cell in cells]

    def short_networks(self) -> list[Cell]:
        """Shorter runs of some of them."""
        cells = [
            self.cell(f"{model}/short/error", f"{_name(model)}, short", self._network(model, rate, seen=_SHORT), None)
            for model, rate in self.short_rates.items()
        ]
        return [replace(cell, order=2) for cell in cells]

    def _network(self, model: Model, rate: float, **changes: Any) -> RamSettings:
        learner = replace(self.settings.learner, learning_rate=rate)
        return replace(self.settings, model=model, draws=0, learner=learner, **changes)

    def by_gaze(self) -> list[Cell]:
        """Shorter runs of the learned gaze, and of RAM's reader with other gazes."""
        random = RANDOM_ERRORS.get(self.recipe, {}).get(self.most)
        theirs = {Gaze.RANDOM: random, Gaze.FIXED_SCAN: None}
        if self.recipe == "ram-cluttered":
            theirs[Gaze.LEARNED_SCAN] = None
        others = [
            self.cell(
                f"{self.most}/{gaze}/error",
                f"{self.most} glimpses, {_ROWS[gaze]}{'' if self.full_length else ', short'}",
                replace(self.settings, gaze=gaze, draws=0) if self.full_length else self._short(gaze=gaze),
                error,
            )
            for gaze, error in theirs.items()
        ]
        learned = self.glimpses(self.most)
        networks = {_name(model): self._id(f"{model}/short/error") for model in self.short_rates}
        cells = [*others, replace(learned, baselines=self._gazes | networks)]
        if self.full_length:  # what was seen after the shorter training stays in the table, too
            id_, row = (
                f"{self.most}/{Gaze.FIXED_SCAN}/short/error",
                f"{self.most} glimpses, {_ROWS[Gaze.FIXED_SCAN]}, short",
            )
            early = self.cell(id_, row, self._short(gaze=Gaze.FIXED_SCAN), None)
            cells = [*others, replace(learned, baselines={"scanned": self._id(id_)} | networks), early]
        cells = cells if self.settings.field else []
        return [replace(cell, order=2) for cell in cells]

    @property
    def _gazes(self) -> dict[str, str]:
        return {name: self._id(f"{self.most}/{gaze}/error") for gaze, name in _BASELINES.items()}

    def glimpses(self, n: int) -> Cell:
        """A shorter run with n glimpses."""
        row, settings = f"{n} glimpses, short", self._short(fixations=n)
        return replace(self.cell(f"{n}/short/error", row, settings, self.by_glimpses[n]), order=3)

    def column(self) -> list[Cell]:
        """Shorter runs with the paper's other numbers of glimpses."""
        known = {self.most} if self.settings.field else set[int]()
        return [self.glimpses(n) for n in sorted(self.by_glimpses) if n not in known]

    def _short(self, **changes: Any) -> RamSettings:
        return replace(self.settings, seen=_SHORT, draws=0, **changes)

    def _id(self, name: str) -> str:
        return f"ram/{self.recipe.removeprefix('ram-')}/{name}"


def _name(model: Model) -> str:
    return model.replace("-", " 2x")


_DENSE_64, _DENSE_256, _CONVOLUTIONAL = Model.DENSE_64, Model.DENSE_256, Model.CONVOLUTIONAL
_TASKS = (
    _Task("ram-mnist", "28x28", MNIST, {_DENSE_256: 1e-3, _CONVOLUTIONAL: 8e-3}),
    _Task("ram-translated", "translated 60x60", TRANSLATED, {_DENSE_64: 4e-3, _DENSE_256: 2e-3, _CONVOLUTIONAL: 2e-3}),
    _Task(
        "ram-cluttered",
        "cluttered 60x60",
        CLUTTERED,
        {_DENSE_64: 4e-3, _DENSE_256: 2e-3, _CONVOLUTIONAL: 4e-3},
        short_rates={_CONVOLUTIONAL: 4e-3, Model.RESIDUAL: 4e-3},
    ),
    _Task(
        "ram-cluttered-100",
        "cluttered 100x100",
        CLUTTERED_100,
        {_DENSE_256: 1e-3, _CONVOLUTIONAL: 4e-3},
        full_length=True,
    ),
)


def _cells() -> list[Cell]:
    return [
        cell
        for task in _TASKS
        for cell in (
            *task.networks(), task.headline(), task.copies(), *task.short_networks(), *task.column(), *reversed(task.by_gaze())
        )
    ]  # fmt: skip


_TITLE = f"RAM: test errors after {MNIST.seen:,} images (rows marked short: {_SHORT:,})"
_DETAILS = (Detail("parameters", "parameters"), Detail("multiply-adds", "multiply_adds"))
_TABLES = (Table("ram", _TITLE, _cells(), ERROR, _DETAILS),)


def tables() -> tuple[Table, ...]:
    """The table of recurrent attention."""
    return _TABLES
