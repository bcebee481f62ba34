"""What the terminal shows of runs: progress bars, and a table at the end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from saccade.training.launch import Report
from saccade.recipes.active_vision.stopping import Stopping
from saccade.training.table import Kind, rows
from saccade.training.table import Table as FigureTable
from saccade.runs import Published, RunDirectory, bootstrap, find_runs


class ProgressBars:
    """One bar a run: rate, how good it is, time left; plain lines where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.percentage:>3.0f}% {task.fields[state]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[Path, TaskID] = {}
        self._reads: dict[Path, TaskID] = {}
        self._tenths: dict[Path, int] = {}

    def show(self, report: Report) -> None:
        """Show one message of a run."""
        if report.notice:
            self._console.print(Text(report.notice, style="yellow"), soft_wrap=True)
        if report.read is not None:
            self._reading(report.folder, report.read)
        if report.measuring:
            self._measuring(report.folder)
        if report.progress is None:
            return
        p = report.progress
        state = f"{p.seen / max(p.seconds, 1e-9):,.0f} {p.unit}/s  {p.told}"
        if report.folder not in self._tasks:
            self._tasks[report.folder] = self._bars.add_task(_name(report.folder), total=p.total, state="")
        self._bars.update(self._tasks[report.folder], completed=p.seen, state=state)
        tenth = p.seen * 10 // p.total
        if not self._console.is_terminal and tenth != self._tenths.get(report.folder, 0):
            self._tenths[report.folder] = tenth
            left = p.seconds * (p.total - p.seen) / max(p.seen, 1)
            self._console.print(
                f"{_name(report.folder)}  {tenth * 10:3d}%  {state}  {left:.0f} s left", highlight=False
            )

    def _measuring(self, folder: Path) -> None:
        """The run has been trained; what follows takes a while, too."""
        if folder in self._tasks:
            self._bars.update(self._tasks[folder], state="trained, measuring on the test set")
        if not self._console.is_terminal:
            self._console.print(f"{_name(folder)}  trained, measuring on the test set", highlight=False)

    def _reading(self, folder: Path, share: float) -> None:
        """A bar of its own while data are read."""
        if folder not in self._reads:
            self._reads[folder] = self._bars.add_task(f"{_name(folder)}: reading pictures", total=1.0, state="")
        self._bars.update(self._reads[folder], completed=share, visible=share < 1)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()


class ShareBar:
    """One bar for a share of a whole; plain lines where there is no terminal."""

    def __init__(self, console: Console, text: str) -> None:
        self._console = console
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
        self._bar = Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal)
        self._text, self._task, self._started = text, self._bar.add_task(text, total=1.0), time.monotonic()

    def show(self, share: float) -> None:
        """Show the share that is done."""
        self._bar.update(self._task, completed=share)
        if not self._console.is_terminal:
            left = (time.monotonic() - self._started) * (1 - share) / max(share, 1e-9)
            self._console.print(f"{self._text} {share:4.0%}  {left:.0f} s left", highlight=False)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()


def _name(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


def print_results(
    console: Console, folder: Path, measured: Sequence[tuple[RunDirectory, dict[str, Any]]] | None = None
) -> None:
    """A table of measured runs (default: those in a folder that have ended), with the mean and its interval."""
    ended = [(run, run.result) for run in find_runs(folder)] if measured is None else measured
    scribbled = [(run, result) for run, result in ended if result is not None and "iou" in result["test"]]
    if scribbled:
        _print_overlaps(console, folder, scribbled)
    played = [(run, result) for run, result in ended if result is not None and "returns" in result["test"]]
    if played:
        _print_points(console, folder, played)
    ended = [(run, result) for run, result in ended if result is not None and "accuracy" in result["test"]]
    if not ended:
        return
    table = Table(title=f"{folder}: test set")
    for column in ("run", "accuracy", "random fixations", "map entropy", "jump", "images", "seconds"):
        table.add_column(column, justify="left" if column == "run" else "right")
    accuracies = []
    for run, result in ended:
        assert result is not None
        test, eye = result["test"], result["test"]["fixations"]
        accuracies.append(test["accuracy"])
        gaze = f"{test['random_fixations_accuracy']:.2%}", f"{eye['entropy']:.1f} bit", f"{eye['jump']:.1f} px"
        if len(test["accuracy_by_fixation"]) == 1:  # it sees everything at once
            gaze = "–", "–", "–"
        table.add_row(
            run.folder.name, f"{test['accuracy']:.2%}", *gaze, f"{result['seen']:,}", f"{result['seconds']:.0f}"
        )
    if len(accuracies) > 1:
        low, high = bootstrap(accuracies)
        table.add_row("mean", f"{sum(accuracies) / len(accuracies):.2%}", f"[{low:.2%}, {high:.2%}]", "", "", "", "")
    console.print(table)


def _print_overlaps(console: Console, folder: Path, ended: Sequence[tuple[RunDirectory, dict[str, Any]]]) -> None:
    """Overlaps of scribblers, a column each, and below them those of everybody that they must beat."""
    table = Table(title=f"{folder}: test set, mean intersection over union")
    table.add_column("")
    for run, _ in ended:
        table.add_column(run.folder.name, justify="right")
    if len(ended) > 1:
        table.add_column("mean", justify="right")
    for name, values in _overlaps(ended).items():
        told = [f"{value:.3f}" for value in values]
        if len(values) > 1:
            low, high = bootstrap(values)
            interval = f" [{low:.3f}, {high:.3f}]" if name == "scribbler" else ""
            told.append(f"{sum(values) / len(values):.3f}{interval}")
        table.add_row(name, *told)
    for name, unit in (("seen", "{:,}"), ("seconds", "{:.0f}")):
        table.add_row(name, *(unit.format(result[name]) for _, result in ended))
    console.print(table)


def _print_points(console: Console, folder: Path, ended: Sequence[tuple[RunDirectory, dict[str, Any]]]) -> None:
    """Points of players, a row each."""
    table = Table(title=f"{folder}: points of whole episodes")
    for column in ("run", "mean", "lowest", "highest", "episodes", "decisions in training", "seconds"):
        table.add_column(column, justify="left" if column == "run" else "right")
    for run, result in ended:
        points = result["test"]["returns"]
        table.add_row(
            run.folder.name, f"{result['test']['return']:,.1f}", f"{min(points):,g}", f"{max(points):,g}", str(len(points)),
            f"{result['seen']:,}", f"{result['seconds']:.0f}",
        )  # fmt: skip
    if len(ended) > 1:
        means = [result["test"]["return"] for _, result in ended]
        low, high = bootstrap(means)
        table.add_row("mean", f"{sum(means) / len(means):,.1f} [{low:,.1f}, {high:,.1f}]", "", "", "", "", "")
    console.print(table)


def _overlaps(ended: Sequence[tuple[RunDirectory, dict[str, Any]]]) -> dict[str, list[float]]:
    """Of the scribblers and of everybody beside them, by name, run by run."""
    tests = [result["test"] for _, result in ended]
    found = {"scribbler": [test["iou"] for test in tests]}
    if all("forecast_iou" in test for test in tests):
        found["its forecast"] = [test["forecast_iou"] for test in tests]
    known = [name for name in tests[0]["baselines"] if all(name in test["baselines"] for test in tests)]
    found |= {name: [test["baselines"][name]["iou"] for test in tests] for name in known}
    return {**found, "mean mask": [test["mean_mask_iou"] for test in tests]}


def print_stopping(console: Console, folder: Path, measured: Sequence[tuple[RunDirectory, Stopping]]) -> None:
    """What came of stopping when sure, run by run."""
    table = Table(title=f"{folder}: test set, looking until sure")
    for column in ("run", "surer than", "mean looks", "accuracy"):
        table.add_column(column, justify="left" if column == "run" else "right")
    for run, found in measured:
        table.add_row(run.folder.name, f"{found.threshold:g}", f"{found.looks:.2f}", f"{found.accuracy:.2%}")
    console.print(table)


def print_table(console: Console, figures: FigureTable, results: Path) -> None:
    """A table of figures, ours beside the source's."""
    if all(figure is None for _, figure in rows(figures, results)):
        console.print(f"There are no figures of {figures.name} under {results.resolve()} (--results).")
    if figures.kind is Kind.ERROR:
        print_errors(console, figures, results)
        return
    table = Table(title=figures.title)
    columns = list(dict.fromkeys(cell.column for cell in figures.cells))
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
        if any(cell.source is not None for cell in figures.cells if cell.column == column):
            table.add_column("source", justify="right", style="dim")
    found = {(cell.row, cell.column): (cell, figure) for cell, figure in rows(figures, results)}
    for row in dict.fromkeys(cell.row for cell in figures.cells):
        line = [row]
        for column in columns:
            cell, figure = found.get((row, column), (None, None))
            line.append(_shown(figure, figures.kind) if figure else "–")
            if any(other.source is not None for other in figures.cells if other.column == column):
                line.append(_theirs(cell.source, figures.kind) if cell and cell.source is not None else "–")
        table.add_row(*line)
    console.print(table)


def print_errors(console: Console, figures: FigureTable, results: Path) -> None:
    """Test errors task by task, with what the models cost."""
    found = rows(figures, results)
    console.print(f"{figures.title}; mean and 95% bootstrap interval over seeds")
    for column in dict.fromkeys(cell.column for cell in figures.cells):
        table = Table(title=column, title_justify="left")
        for name in ("", "test error", "source", "seeds", "parameters", "multiply-adds"):
            table.add_column(name, justify="right" if name else "left", style="dim" if name == "source" else "")
        for cell, figure in found:
            if cell.column != column:
                continue
            theirs = f"{100 * cell.source.value:.2f}%" if cell.source is not None else "–"
            if figure is None:
                table.add_row(cell.row, "–", theirs, "–", "–", "–")
                continue
            costs = (f"{figure['about'][name]:,}" for name in ("parameters", "multiply_adds"))
            table.add_row(cell.row, _interval(figure, 2), theirs, str(len(figure["values"])), *costs)
        console.print(table)


def _shown(figure: dict[str, Any], kind: Kind) -> str:
    if kind in (Kind.OVERLAP, Kind.POINTS):
        digits = 3 if kind is Kind.OVERLAP else 1
        return "{:.{d}f} [{:.{d}f}, {:.{d}f}]".format(figure["value"], figure["low"], figure["high"], d=digits)
    return _interval(figure, 1)


def _theirs(source: Published, kind: Kind) -> str:
    if kind is Kind.POINTS:
        return f"{source.value:g}"
    return f"{source.value:.2f}" if kind is Kind.OVERLAP else f"{100 * source.value:g}%"


def _interval(figure: dict[str, Any], digits: int) -> str:
    return "{:.{d}%} [{:.{d}%}, {:.{d}%}]".format(figure["value"], figure["low"], figure["high"], d=digits)


def print_robustness(console: Console, conditions: list[tuple[str, float, float]]) -> None:
    """Accuracies of the looking system beside a plain network's."""
    table = Table(title="accuracy on changed test images")
    for column in ("", "looking", "plain network"):
        table.add_column(column, justify="right" if column else "left")
    for name, looking, plain in conditions:
        table.add_row(name, f"{looking:.1%}", f"{plain:.1%}")
    console.print(table)
