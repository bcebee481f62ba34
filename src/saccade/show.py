"""What the terminal shows of runs: progress bars, and a table at the end."""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from saccade.command_line import warn
from saccade.plugins import RegistryError
from saccade.runs import Metric, RunDirectory, find_runs, interval_of, number_at
from saccade.training.launch import RunEvent
from saccade.training.recipe import Column, Recipe, column_of
from saccade.training.registry import recipe_of
from saccade.training.table import Cell, Reproduced, rows
from saccade.training.table import Table as FigureTable
from saccade.training.task import EarlyExit

_LINE = 5.0  # seconds between two lines of a test, where there is no terminal
_TELLING = 0.1  # share of a test after which the time left is shown
_WIDE = 8  # columns; a table of more is turned


_LISTED = 20  # rows of predictions that the terminal shows
_OF_EACH = ("p_", "value_")  # columns that it does not: the probability of every class, the value of every action


@dataclass
class _Test:
    """A test that goes on: its bar, and when it and its last line began."""

    bar: TaskID
    begun: float
    line: float


class ProgressBars:
    """One bar per run: rate, metrics, time left; plain lines where there is no terminal.

    Args:
        console: where they are shown.
        after: not before so many seconds; notices are shown at once.
    """

    def __init__(self, console: Console, after: float = 0.0) -> None:
        self._console = console
        self._start = time.monotonic() + after
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.percentage:>3.0f}% {task.fields[state]}", markup=False),
            TextColumn("{task.fields[left]}", markup=False),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[Path, TaskID] = {}
        self._reads: dict[Path, TaskID] = {}
        self._tests: dict[Path, _Test] = {}
        self._tenths: dict[Path, int] = {}

    def show(self, event: RunEvent) -> None:
        """Show one message of a run."""
        if event.notice:
            self._console.print(Text(event.notice, style="yellow"), soft_wrap=True)
        if time.monotonic() < self._start:
            return
        self._show_bars()
        if event.read is not None:
            self._reading(event.folder, event.read)
        if event.measured is not None:
            self._measuring(event.folder, event.measured)
        if event.progress is None:
            return
        p = event.progress
        state = f"{f'{p.stage}: ' if p.stage else ''}{p.per_second:,.0f} {p.unit}/s  {p.words}"
        if event.folder not in self._tasks:
            self._tasks[event.folder] = self._bars.add_task(_name(event.folder), total=p.total, state="", left="")
        self._bars.update(
            self._tasks[event.folder], completed=p.seen, total=p.total, state=state, left=_duration(p.left)
        )
        tenth = p.seen * 10 // p.total
        if not self._console.is_terminal and tenth != self._tenths.get(event.folder, 0):
            self._tenths[event.folder] = tenth
            self._console.print(
                f"{_name(event.folder)}  {tenth * 10:3d}%  {state}  {p.left:.0f} s left",
                highlight=False,
                soft_wrap=True,
            )

    def _measuring(self, folder: Path, share: float) -> None:
        """A bar of its own for the test; without a terminal a line when it begins, and then every few seconds."""
        now = time.monotonic()
        if folder not in self._tests:
            words = f"{_name(folder)}: measuring on the test set"
            self._tests[folder] = _Test(self._bars.add_task(words, total=1.0, state="", left=""), now, now - _LINE)
        test = self._tests[folder]
        # The first shares include what is compiled for them.
        left = (now - test.begun) * (1 - share) / share if share >= _TELLING else None
        self._bars.update(test.bar, completed=share, left="" if left is None else _duration(left))
        if not self._console.is_terminal and now - test.line >= _LINE:
            test.line = now
            rest = "" if left is None else f"  {left:.0f} s left"
            self._console.print(f"{_name(folder)}  measuring on the test set  {share:4.0%}{rest}", soft_wrap=True)

    def _reading(self, folder: Path, share: float) -> None:
        """A bar of its own while data are read."""
        if folder not in self._reads:
            self._reads[folder] = self._bars.add_task(
                f"{_name(folder)}: reading pictures", total=1.0, state="", left=""
            )
        self._bars.update(self._reads[folder], completed=share, visible=share < 1)

    def _show_bars(self) -> None:
        if not self._bars.disable:
            self._bars.start()

    def __enter__(self) -> Self:
        if time.monotonic() >= self._start:
            self._show_bars()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars.live.is_started:  # see ShareBar
            self._bars.stop()


def _duration(seconds: float) -> str:
    """Such as 3:07 or 1:02:30, as rich writes what is left."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def _name(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


def print_results(
    console: Console, folder: Path, measured: Sequence[tuple[RunDirectory, dict[str, Any]]] | None = None
) -> None:
    """A table of measured runs (default: those in a folder that have ended) for each recipe, with the mean and its interval."""
    found = [(run, run.result) for run in find_runs(folder)] if measured is None else measured
    by_recipe: dict[str, list[tuple[RunDirectory, dict[str, Any]]]] = {}
    for run, result in found:
        if result is not None:
            by_recipe.setdefault(run.recipe, []).append((run, result))
    for ended in by_recipe.values():
        try:
            recipe = recipe_of(ended[0][0])
        except RegistryError as error:
            warn([f"{folder}: {error}"])
            continue
        _print_runs(console, folder, recipe, ended)


def _print_runs(
    console: Console, folder: Path, recipe: Recipe, ended: Sequence[tuple[RunDirectory, dict[str, Any]]]
) -> None:
    """One row per run, then their mean and its interval; with many columns the other way round."""
    results = [result for _, result in ended]
    values = (number_at(result, f"test.{recipe.metric.name}") for result in results)
    metric = recipe.metric.alike(value for value in values if value is not None)
    columns = [
        column_of(metric, _precise(metric)),
        *recipe.all_columns(results),
        Column(recipe.unit, "seen", "{:,.0f}"),
        Column("seconds", "seconds", "{:.0f}"),
    ]
    columns = [replace(column, format=column.format or metric.format) for column in columns]
    rows = [[run.folder.name, *(_cell(column, result) for column in columns)] for run, result in ended]
    if len(ended) > 1:
        rows.append(["mean", *(_mean(column, results) for column in columns)])
        rows.append(["95% interval", _interval(columns[0], results, metric), *[""] * (len(columns) - 1)])
    lines = [["run", *(column.title for column in columns)], *rows]
    if len(columns) > _WIDE:
        lines = [
            ["" if not place else line[0], *line[1:]] for place, line in enumerate(map(list, zip(*lines, strict=True)))
        ]
    table = Table(title=f"{folder}: test set")
    for place, head in enumerate(lines[0]):
        table.add_column(head, justify="right" if place else "left")
    for line in lines[1:]:
        table.add_row(*line)
    console.print(table)


def _precise(metric: Metric) -> str:
    """The metric's format; of percentages, one digit more."""
    return metric.format.replace(".1%", ".2%")


def _cell(column: Column, result: dict[str, Any]) -> str:
    value = column.read(result)
    return "–" if value is None else column.format.format(value)


def _measured(column: Column, results: Sequence[dict[str, Any]]) -> list[float]:
    return [value for result in results if (value := column.read(result)) is not None]


def _mean(column: Column, results: Sequence[dict[str, Any]]) -> str:
    """The mean of a column; nothing where none is wanted."""
    values = _measured(column, results)
    return column.format.format(sum(values) / len(values)) if column.averaged and values else ""


def _interval(column: Column, results: Sequence[dict[str, Any]], metric: Metric) -> str:
    """The interval of the mean of a metric's column."""
    ends = metric.interval(_measured(column, results), int(number_at(results[0], "test.images") or 0))
    return f"[{', '.join(map(column.format.format, ends))}]" if ends else ""


def print_early_exit(console: Console, folder: Path, measured: Sequence[tuple[RunDirectory, EarlyExit]]) -> None:
    """What came of ending episodes early, run by run."""
    table = Table(title=f"{folder}: test set, each episode until confident enough")
    for column in ("run", "threshold", "mean fixations", "accuracy"):
        table.add_column(column, justify="left" if column == "run" else "right")
    for run, found in measured:
        table.add_row(run.folder.name, f"{found.threshold:g}", f"{found.looks:.2f}", f"{found.accuracy:.2%}")
    console.print(table)


def print_predictions(console: Console, written: Sequence[Path]) -> None:
    """The beginning of the table that was written, and where the rest is."""
    with written[0].open(encoding="utf-8", newline="") as file:
        head, *found = csv.reader(file)
    table = Table()
    shown = [place for place, name in enumerate(head) if not name.startswith(_OF_EACH)]
    for place in shown:
        table.add_column(head[place], justify="left" if head[place] in ("file", "class", "action") else "right")
    for row in found[:_LISTED]:
        table.add_row(*(row[place] for place in shown))
    console.print(table)
    more = f", and {len(written) - 1} more files next to it" if len(written) > 1 else ""
    console.print(f"{written[0]}: {len(found)} rows{more}", soft_wrap=True)


def print_table(console: Console, figures: FigureTable, results: Path) -> None:
    """A table of figures, ours next to the published ones."""
    if all(figure is None for _, figure in rows(figures, results)):
        console.print(f"There are no figures of {figures.name} under {results.resolve()} (--results).")
    if figures.details:
        _print_details(console, figures, results)
        return
    table = Table(title=figures.title)
    columns = list(dict.fromkeys(cell.column for cell in figures.cells))
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
        if any(cell.published is not None for cell in figures.cells if cell.column == column):
            table.add_column("source", justify="right", style="dim")
    found = {(cell.row, cell.column): (cell, figure) for cell, figure in rows(figures, results)}
    for row in dict.fromkeys(cell.row for cell in figures.cells):
        line = [row]
        for column in columns:
            cell, figure = found.get((row, column), (None, None))
            line.append(_with_interval(figure, figures.metric) if figure else "–")
            if any(other.published is not None for other in figures.cells if other.column == column):
                line.append(_theirs(cell, figures.metric))
        table.add_row(*line)
    console.print(table)


def print_reproduced(console: Console, found: Reproduced, runs: Path, results: Path) -> None:
    """A figure that was trained anew, next to the stored one."""
    metric = found.table.metric
    table = Table(title=found.cell.id)
    for name in ("", f"test {metric.label}", "by seed", "seeds"):
        table.add_column(name, justify="right" if name else "left")
    for name, figure in (("trained anew", found.new), ("stored", found.stored)):
        if figure is None:
            table.add_row(name, f"none of these settings under {results.resolve()}", "–", "–")
            continue
        values, seeds = (metric.shown(value) for value in figure["values"]), map(str, figure["seeds"])
        table.add_row(name, _with_interval(figure, metric), " · ".join(values), " · ".join(seeds))
    if found.cell.published is not None:
        table.add_row(found.cell.published.name, _theirs(found.cell, metric), "–", "–")
    console.print(table)
    if found.difference is not None:
        console.print(f"difference, seed by seed: {metric.difference(found.difference)} {metric.points}".rstrip())
    console.print(f"{runs / 'results' / found.cell.id}.json", soft_wrap=True)


def _print_details(console: Console, figures: FigureTable, results: Path) -> None:
    """One table per column, with the details of each figure."""
    found, metric = rows(figures, results), figures.metric
    console.print(f"{figures.title}; mean and 95% interval over seeds (Student's t)")
    for column in dict.fromkeys(cell.column for cell in figures.cells):
        table = Table(title=column, title_justify="left")
        for name in ("", f"test {metric.label}", "source", "seeds", *(detail.title for detail in figures.details)):
            table.add_column(name, justify="right" if name else "left", style="dim" if name == "source" else "")
        for cell, figure in found:
            if cell.column != column:
                continue
            if figure is None:
                table.add_row(cell.row, "–", _theirs(cell, metric), *["–"] * (1 + len(figures.details)))
                continue
            details = (_cell(Column(each.title, each.key, each.format), figure["about"]) for each in figures.details)
            seeds = str(len(figure["values"]))
            table.add_row(cell.row, _with_interval(figure, metric), _theirs(cell, metric), seeds, *details)
        console.print(table)


def _theirs(cell: Cell | None, metric: Metric) -> str:
    return metric.published(cell.published.value) if cell is not None and cell.published is not None else "–"


def _with_interval(figure: dict[str, Any], metric: Metric) -> str:
    return metric.with_interval(figure["value"], interval_of(figure))
