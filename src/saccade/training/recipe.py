"""What a recipe is: a system that can be trained, and everything that the commands need to know about it."""

from __future__ import annotations

import math
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from saccade.graph import Graph
from saccade.runs import Metric, Published, RunDirectory, number_at
from saccade.runs.metric import check_format

from .settings import to_plain
from .table import Cell, Table
from .task import Task

LOSS = Metric("loss", "loss", "", "{:.3f}", higher_is_better=False)
REWARD = Metric("reward", "reward", "", "{:+.3f}")


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
        format: how it is written.
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
        progress: metrics that the progress bar shows, by their names in `metrics.jsonl`; default: the loss and the metric.
        columns: of the terminal's table, besides the metric, what was seen and the seconds.
        published: `published(recipe, settings)`: the source's figure for the same task, if there is one.
        tables: the tables of figures that can be made with it; default: one of its name, of one figure with its own settings.
        page: `page(recipe, runs)`: the sections of the HTML page.
        picture: `picture(run, target)` writes a PNG of a run, if there is such a picture.
        example: data to draw the graph around; default: the training data.
        data_help: what lies in the folder that `--data` names.
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
    picture: Callable[[RunDirectory, Path], Path] | None = None
    example: Callable[[Any], Any] | None = None
    data_help: str = "Folder of the data."

    def in_progress(self, values: Mapping[str, float]) -> str:
        """A row of metrics in a few words, for the progress bar."""
        train = Metric(f"train_{self.metric.name}", self.metric.label, "", self.metric.format)
        shown = [(metric, values.get(metric.name, math.nan)) for metric in self.progress or (LOSS, train)]
        words = (f"{m.label} {m.shown(value) if math.isfinite(value) else '–'}" for m, value in shown)
        return "  ".join(words)

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
