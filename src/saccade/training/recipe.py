"""What a recipe is: a system that can be trained, and everything that the commands need to know about it."""

from __future__ import annotations

import math
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from saccade.graph import Graph
from saccade.runs import Metric, Published, RunDirectory, measured_by, number_at
from saccade.runs.metric import check_format

from .settings import to_plain
from .table import Cell, Table
from .task import Task

if TYPE_CHECKING:
    from .export import Export

LOSS = Metric("loss", "loss", "", "{:.3f}", higher_is_better=False)
REWARD = Metric("reward", "reward", "", "{:+.3f}")


def in_training(metric: Metric) -> Metric:
    """A metric as it is measured on training data, by its name in `metrics.jsonl`."""
    return replace(metric, name=f"train_{metric.name}")


class WiredSystem(Protocol):
    """What `Recipe.wire` returns: at least the graph."""

    @property
    def graph(self) -> Graph:
        """The wired graph."""


@dataclass(frozen=True)
class Column:
    """A number of each run in the table that the terminal shows after training.

    Args:
        title: head of the column.
        path: where it stands in `result.json`, dotted: `test.accuracy`.
        format: how it is written; "": as the recipe's metric.
        averaged: show the mean over runs, too.
    """

    title: str
    path: str
    format: str = "{:,g}"
    averaged: bool = False

    def __post_init__(self) -> None:
        """Raises: ValueError: its format is none of a number."""
        check_format(self.title, self.format)

    def read(self, result: Mapping[str, Any]) -> float | None:
        """The number in the content of `result.json`; None where it was not measured."""
        return number_at(result, self.path)


def column_of(metric: Metric, format: str = "") -> Column:
    """The column of a metric on the test set."""
    return Column(metric.label, f"test.{metric.name}", format or metric.format, averaged=True)


@dataclass(frozen=True)
class Recipe:
    """A system, ready to train. An entry point of the group `saccade.recipes` names it.

    Args:
        name: on the command line; lower case, with hyphens. The same as that of the entry point.
        summary: one line for `saccade list`.
        settings: the defaults, a frozen dataclass (see `TrainingSettings`); every field is an option.
        wire: `wire(settings, data, …)` wires the graph around some data and returns a system with a `graph`.
        open_data: `open_data(folder, settings, watch)` opens the data; `folder` is that of `--data` or None, `watch` is called
            with the share that is read. What it returns has a part `train` and a `notice` (see `Splits`).
        metric: what the system is measured by.
        task: `task(recipe, settings, data, seed, folder)` begins a run (see `GraphTask`).
        publication: where the system was published.
        unit: what training is counted in, in the plural.
        progress: metrics that the progress bar shows, by their names in `metrics.jsonl`; default: the loss, the reward where there is one, and all that the system is measured by.
        columns: of the terminal's table and the page, besides all that the system is measured by, what was seen and the seconds.
        published: `published(recipe, settings)`: the source's figure for the same task, if there is one.
        tables: the tables of figures that can be made with it; default: one of its name, of one figure with its own settings.
        page: `page(recipe, runs)`: the sections of the HTML page.
        export: `export(run)`: what a run keeps besides its metrics, for `saccade export` (see `saccade.training.export.Exported`).
        picture: `picture(run, target)` writes a PNG of a run, if there is such a picture.
        example: data to draw the graph around; default: the training data.
        stand_in: `stand_in(settings, shape)` makes data of the `shape` that a task's `data_id` has, so that a trained run can be loaded
            without its data; default: the example.
        data_help: help of the option `--data`: what lies in the folder that it names; "": there is no such option.
    """

    name: str
    summary: str
    settings: Any
    wire: Callable[..., Any]
    open_data: Callable[[str | None, Any, Callable[[float], None]], Any]
    metric: Metric
    task: Callable[[Recipe, Any, Any, int, Path], Task]
    publication: str = ""
    unit: str = "images"
    progress: Sequence[Metric] = ()
    columns: Sequence[Column] = ()
    published: Callable[[str, Mapping[str, Any]], Published | None] = lambda _, __: None
    tables: Callable[[], Sequence[Table]] | None = None
    page: Callable[[Recipe, Sequence[RunDirectory]], Sequence[str]] | None = None
    export: Export | None = None
    picture: Callable[[RunDirectory, Path], Path] | None = None
    example: Callable[[Any], Any] | None = None
    stand_in: Callable[[Any, Mapping[str, Any]], Any] | None = None
    data_help: str = "Folder of the data."

    def in_progress(self, values: Mapping[str, float], metrics: Sequence[Metric] = ()) -> str:
        """A row of metrics in a few words, for the progress bar.

        Args:
            values: by name.
            metrics: to show; none: those of `progress`.
        """
        default = (LOSS, in_training(self.metric))
        shown = [(metric, values.get(metric.name, math.nan)) for metric in metrics or self.progress or default]
        words = (f"{m.label} {m.alike([value]).shown(value) if math.isfinite(value) else '–'}" for m, value in shown)
        return "  ".join(words)

    def all_metrics(self, results: Iterable[Mapping[str, Any]]) -> list[Metric]:
        """Its metric, and all others that runs with these results were measured by."""
        return list(
            {metric.name: metric for result in results for metric in (self.metric, *measured_by(result))}.values()
        )

    def all_columns(self, results: Iterable[Mapping[str, Any]]) -> list[Column]:
        """Its columns, and those of metrics besides its own that have none."""
        others = (column_of(metric) for metric in self.all_metrics(results) if metric.name != self.metric.name)
        taken = {column.path for column in self.columns}
        return [*(column for column in others if column.path not in taken), *self.columns]

    def all_tables(self) -> Sequence[Table]:
        """The tables of figures that can be made with it."""
        if self.tables is not None:
            return self.tables()
        theirs = self.published(self.name, to_plain(self.settings))
        cell = Cell(f"{self.name}/{self.metric.name}", self.name, self.name, self.metric.label, self.settings, theirs)
        return (Table(self.name, f"{self.summary}: {self.metric.label}", [cell], self.metric),)

    def graph(self, settings: Any = None) -> Graph:
        """The wired graph, to be looked at; default: of the recipe's own settings."""
        settings = self.settings if settings is None else settings
        if self.example is not None:
            data = self.example(settings)
        else:
            data = self.open_data(None, settings, lambda _: None).train
        graph: Graph = self.wire(settings, data).graph
        return graph


@dataclass(frozen=True)
class Lazily:
    """A function that is imported when it is first called; equal where the function is the same.

    Args:
        path: `package.module:function`.
    """

    path: str

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Import and call it."""
        return pkgutil.resolve_name(self.path)(*arguments, **options)


def lazily(path: str) -> Callable[..., Any]:
    """The function at `package.module:function`, imported when it is first called.

    A recipe is read whenever recipes are listed; what it needs to train or to draw may want libraries that take long to import.
    """
    return Lazily(path)
