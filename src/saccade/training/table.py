"""A table of figures: what is trained for each of them, and the published figure for the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from saccade.runs import Difference, Metric, Published, paired_difference, read_figures
from saccade.runs.figures import check_figure

from .measurements import Measure, of_metric
from .settings import to_plain


class Settings(Protocol):
    """The part of a run's settings that a table reads."""

    def describe(self) -> str:
        """What a run of them does."""

    @property
    def budget(self) -> int:
        """How many images, episodes or decisions a run learns from."""


@dataclass(frozen=True)
class Cell:
    """One figure of a table.

    Args:
        id: of the figure, under `results/`.
        recipe, settings: what is trained.
        row, column: where it stands in the table.
        published: the published figure for the same.
        baselines: names of other figures that it is compared with, and their ids.
        order: cells of a lower order are made first.
        runs_of: id of another cell, whose runs it measures.
        stage_of: id of another cell of a lower order, whose first stage of training is the same.
        data: folder within the data; "": the data as they are; None: the recipe makes its own.
        measure: what it takes from the runs; default: the table's metric.
        threads: of torch, in each of its runs.
        test_data: another folder in the data, that its runs are measured on when all are trained.
    """

    id: str
    recipe: str
    row: str
    column: str
    settings: Settings
    published: Published | None = None
    baselines: Mapping[str, str] = field(default_factory=dict)
    order: int = 0
    runs_of: str = ""
    stage_of: str = ""
    data: str | None = ""
    measure: Measure | None = None
    threads: int = 1
    test_data: str = ""


@dataclass(frozen=True)
class Detail:
    """A further number of a figure: its title, and its key among what was measured along with it."""

    title: str
    key: str
    format: str = "{:,.0f}"


@dataclass(frozen=True)
class Table:
    """A table of figures of one metric; with details, one table per column is printed."""

    name: str
    title: str
    cells: Sequence[Cell]
    metric: Metric
    details: Sequence[Detail] = ()

    def measure(self, cell: Cell) -> Measure:
        """What a cell takes from its runs."""
        return cell.measure or of_metric(self.metric)


@dataclass(frozen=True)
class Reproduced:
    """A figure that was trained anew, and what was stored of it, if anything was; both as `read_figures` gives them."""

    table: Table
    cell: Cell
    new: dict[str, Any]
    stored: dict[str, Any] | None

    @property
    def difference(self) -> Difference | None:
        """New minus stored, seed by seed; None where no seed is in both."""
        if self.stored is None:
            return None
        new, stored = (dict(zip(each["seeds"], each["values"], strict=True)) for each in (self.new, self.stored))
        return paired_difference(new, stored)


def is_of(cell: Cell, figure: dict[str, Any] | None) -> bool:
    """Whether a figure was measured with the settings of a cell."""
    return figure is not None and figure.get("about", {}).get("settings") == to_plain(cell.settings)


def rows(table: Table, results: Path) -> list[tuple[Cell, dict[str, Any] | None]]:
    """Every cell with its figure, None where it has not been measured with the cell's settings.

    Raises:
        RunError: a figure is damaged.
    """
    figures = read_figures(results)
    for cell in table.cells:
        if is_of(cell, figures.get(cell.id)):
            check_figure(results / f"{cell.id}.json", figures[cell.id])
    return [(cell, figures[cell.id] if is_of(cell, figures.get(cell.id)) else None) for cell in table.cells]
