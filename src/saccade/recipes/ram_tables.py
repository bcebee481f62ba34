"""The tables of RAM: test errors on four tasks, by glimpses, beside the paper's networks and other gazes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from saccade.runs import Published

from .looking import Gaze
from .ram import CLUTTERED, CLUTTERED_100, MNIST, TRANSLATED, Model, RamSettings
from .table import Cell, Table

_SOURCE = "Mnih et al. 2014, tables 1 and 2, edition A"


@dataclass(frozen=True)
class _Task:
    """A task, and the paper's test errors in per cent: of RAM by glimpses, of the plain networks, of random places."""

    recipe: str
    name: str
    settings: RamSettings
    by_glimpses: dict[int, float]
    plain: dict[Model, float | None]
    random: float | None = None

    def cell(self, id_: str, row: str, settings: RamSettings, theirs: float | None) -> Cell:
        """A cell of this task's column."""
        source = None if theirs is None else Published(_SOURCE, theirs / 100)
        return Cell(f"ram/{self.recipe.removeprefix('ram-')}/{id_}", self.recipe, row, self.name, settings, source)

    def headline(self) -> Cell:
        """RAM with as many glimpses as the recipe has."""
        return self.glimpses(self.settings.fixations)

    def glimpses(self, n: int) -> Cell:
        """RAM with n glimpses."""
        return self.cell(
            f"glimpses-{n}", f"RAM, {n} glimpses", replace(self.settings, fixations=n), self.by_glimpses[n]
        )

    def others(self) -> list[Cell]:
        """The plain networks, and RAM's reader led by somebody else."""
        n = self.settings.fixations
        gazes = {Gaze.RANDOM: self.random, Gaze.FIXED_SCAN: None, Gaze.LEARNED_SCAN: None}
        return [
            *(
                self.cell(
                    f"gaze-{gaze}", f"{gaze} places", replace(self.settings, gaze=gaze), theirs if n == 8 else None
                )
                for gaze, theirs in gazes.items()
            ),
            *(
                self.cell(str(model), model.replace("-", " 2x"), replace(self.settings, model=model), theirs)
                for model, theirs in self.plain.items()
            ),
        ]


# Errors in per cent, edition A of the paper (the harder of two that circulate).
_TASKS = (
    _Task(
        "ram-mnist", "28x28", MNIST, {2: 3.79, 3: 1.51, 4: 1.54, 5: 1.34, 6: 1.12, 7: 1.07},
        {Model.DENSE_256: 1.69, Model.CONVOLUTIONAL: 1.21},
    ),
    _Task(
        "ram-translated", "translated 60x60", TRANSLATED, {4: 1.54, 6: 1.22, 8: 1.20},
        {Model.DENSE_64: 6.42, Model.DENSE_256: 2.63, Model.CONVOLUTIONAL: 1.62},
    ),
    _Task(
        "ram-cluttered", "cluttered 60x60", CLUTTERED, {4: 4.96, 6: 4.08, 8: 4.04},
        {Model.DENSE_64: 28.58, Model.DENSE_256: 11.96, Model.CONVOLUTIONAL: 8.09}, 14.4,
    ),
    _Task(
        "ram-cluttered-100", "cluttered 100x100", CLUTTERED_100, {4: 9.41, 6: 8.31, 8: 8.11},
        {Model.DENSE_256: None, Model.CONVOLUTIONAL: 14.35},
    ),
)  # fmt: skip


def _cells() -> list[Cell]:
    """The last are made first: the headlines, then what stands beside them, then the rest of the columns."""
    rest = [task.glimpses(n) for task in _TASKS for n in sorted(task.by_glimpses) if n != task.settings.fixations]
    others = [cell for task in _TASKS for cell in task.others()]
    return [*rest, *others, *(task.headline() for task in reversed(_TASKS))]


TABLES = (Table("ram", "RAM: test errors after the same budget of images", _cells(), errors=True),)
