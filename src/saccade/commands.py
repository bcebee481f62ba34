"""What the command `saccade` can do. Thin: every command is one call of `saccade.api`."""

from __future__ import annotations

import dataclasses
import shlex
import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import tyro

from saccade import api, figures, using
from saccade.agents.learner import DivergedError
from saccade.arguments import ArgumentError
from saccade.command_line import PathOrNone, UsageError, options_of, parse, warn, within
from saccade.devices import DeviceError
from saccade.graph import PortValueError, WiringError
from saccade.hints import nearest
from saccade.options import (
    DataOptions,
    EvalOptions,
    ExportOptions,
    GraphOptions,
    NoOptions,
    OneRun,
    PredictOptions,
    ReportOptions,
    ReproduceOptions,
    RunOptions,
    TableOptions,
)
from saccade.plugins import RegistryError
from saccade.ranges import LAST_SEED, MOST
from saccade.runs import RunError
from saccade.runs.old_names import current_arguments
from saccade.show import ProgressBars, print_early_exit, print_predictions, print_reproduced, print_results, print_table
from saccade.terminal import plain_console
from saccade.training.predictor import PredictionError
from saccade.training.recipe import Recipe
from saccade.training.registry import package_of, recipe_named, recipes, table_named, tables
from saccade.training.settings import SettingsError
from saccade.worlds import DataError

EXPECTED = (
    ArgumentError,
    RunError,
    DataError,
    DeviceError,
    DivergedError,
    WiringError,
    PortValueError,
    PredictionError,
    RegistryError,
    SettingsError,
)
console = plain_console(stderr=True)


def _recipe_first(arguments: list[str], command: str) -> tuple[Recipe, list[str]]:
    if not arguments or arguments[0].startswith("-"):
        found, troubles = recipes()
        warn(troubles)
        lines = "\n".join(f"  {recipe.name:18} {recipe.summary}" for recipe in found)
        if arguments and arguments[0] in ("-h", "--help"):
            print(
                f"saccade {command} RECIPE [options]\n\nRecipes:\n{lines}\n\nOptions: saccade {command} RECIPE --help"
            )
            sys.exit(0)
        raise UsageError(f"saccade {command} needs a recipe first:\n{lines}")
    return recipe_named(arguments[0]), arguments[1:]


def _parsed(recipe: Recipe, extra: type[Any], arguments: list[str], prog: str, text: str) -> Any:
    """The recipe's settings and a command's own options, all without prefix."""
    flat = tyro.conf.arg(name="")
    for name in {*options_of(recipe.settings)} & {*options_of(extra)}:
        raise RegistryError(
            f"recipe {recipe.name!r} of the package {package_of(recipe.name)}: its setting {name!r} has the name of an option of "
            f"`saccade {prog.partition(' ')[0]}`: give the setting another name"
        )
    if extra is RunOptions:
        extra = _with_data(RunOptions, recipe.data_help)
    kind = dataclasses.make_dataclass(
        "Options",
        [
            ("settings", Annotated[(type(recipe.settings), flat)], dataclasses.field(default=recipe.settings)),
            ("run", Annotated[(extra, flat)], extra()),
        ],
    )
    words = current_arguments(arguments, [*options_of(recipe.settings), *options_of(extra)])
    return parse(kind, words, prog, text)


def _with_data(kind: type[Any], text: str) -> type[Any]:
    """A dataclass of options with a help text for `--data`, or without that option where there is no text."""
    hint = Annotated[PathOrNone, tyro.conf.arg(help=text) if text else tyro.conf.Suppress]
    return dataclasses.make_dataclass(kind.__name__, [("data", hint, None)], bases=(kind,), frozen=True)


def list_(arguments: list[str]) -> None:
    """List the recipes."""
    parse(NoOptions, arguments, "list", "List the recipes: systems that can be trained here.")
    found, troubles = recipes()
    for publication, alike in groupby(found, lambda recipe: recipe.publication):
        lines = [f"{recipe.name:18} {recipe.summary}" for recipe in alike]
        if publication:
            lines.append(f"{'':18} source{f' of these {len(lines)}' if len(lines) > 1 else ''}: {publication}")
        print("\n".join(lines))
    warn(troubles)


def graph(arguments: list[str]) -> None:
    """Draw a recipe's graph."""
    recipe, rest = _recipe_first(arguments, "graph")
    options = _parsed(recipe, GraphOptions, rest, f"graph {recipe.name}", "Draw the graph.")
    wired = api.graph_of(recipe.name, options.settings)
    if options.run.mermaid or options.run.source:
        print(wired.mermaid() if options.run.mermaid else wired.source(), end="")
        return
    target = options.run.out or Path(f"{recipe.name}.svg")
    from saccade.disk import check_output, write_text

    check_output(target, options.run.force)
    write_text(target, wired.svg())
    print(target)


def train(arguments: list[str]) -> None:
    """Train a recipe."""
    recipe, rest = _recipe_first(arguments, "train")
    options = _parsed(recipe, RunOptions, rest, f"train {recipe.name}", recipe.summary + ".")
    run: RunOptions = options.run
    within(1, MOST, seeds=run.seeds, threads=run.threads, workers=run.workers)
    within(0, LAST_SEED + 1 - run.seeds, seed=run.seed)
    with ProgressBars(console) as bars:
        folder = api.train(
            recipe.name, options.settings, seeds=run.seeds, first_seed=run.seed, out=run.out, data=run.data, from_run=run.from_run,
            workers=run.workers, threads=run.threads, device=run.device, command=shlex.join(["saccade", "train", *arguments]),
            watch=bars.show,
        )  # fmt: skip
    _finish(folder, run.report)


def resume(arguments: list[str]) -> None:
    """Finish runs that were stopped."""
    options: OneRun = parse(OneRun, arguments, "resume", "Finish runs that were stopped.")
    within(1, MOST, workers=options.workers)
    within(1, api.LARGEST, seen=options.seen, steps=options.steps)
    if options.seen is not None and options.steps is not None:
        raise UsageError("saccade resume takes --seen or --steps, whichever the recipe counts")
    budget = options.seen if options.steps is None else options.steps
    with ProgressBars(console) as bars:
        folder = api.resume(
            options.run,
            budget=budget,
            data=options.data,
            device=options.device,
            workers=options.workers,
            watch=bars.show,
        )
    _finish(folder, True)


def _finish(folder: Path, with_report: bool) -> None:
    print_results(console, folder)
    print(api.write_report([folder]) if with_report else folder)


def eval_(arguments: list[str]) -> None:
    """Measure the newest checkpoint."""
    words = current_arguments(arguments, [*options_of(EvalOptions)])
    options: EvalOptions = parse(EvalOptions, words, "eval", "Measure the newest checkpoint on the test set.")
    if options.confidence is not None and not 0 < options.confidence <= 1:
        raise UsageError(f"--confidence {options.confidence}: it must be above 0 and at most 1")
    with ProgressBars(console) as bars:
        if options.confidence is not None:
            found = api.evaluate_early_exit(
                options.run, options.confidence, data=options.data, device=options.device, watch=bars.show
            )
            print_early_exit(plain_console(), options.run, found)
            return
        measured = api.evaluate(options.run, data=options.data, device=options.device, watch=bars.show)
    print_results(plain_console(), options.run, measured)


def predict(arguments: list[str]) -> None:
    """Predict from files."""
    options: PredictOptions = parse(PredictOptions, arguments, "predict", "What a trained run makes of new pictures.")
    if not options.files:
        raise UsageError("saccade predict needs a run and a file, or several")
    written = using.predict(options.run, options.files, options.out, data=options.data, force=options.force)
    print_predictions(plain_console(), written)


def export(arguments: list[str]) -> None:
    """Write what a run keeps to files of other tools."""
    text = "Write what a run keeps (metrics, fixations, strokes, an episode) to files of other tools."
    options: ExportOptions = parse(ExportOptions, arguments, "export", text)
    if options.csv == options.npz:
        raise UsageError("saccade export needs --csv or --npz, one of them")
    kind = "csv" if options.csv else "npz"
    for path in using.export(options.run, options.out, kind, force=options.force):
        print(path)


def report(arguments: list[str]) -> None:
    """Write the HTML page."""
    options: ReportOptions = parse(ReportOptions, arguments, "report", "Write one self-contained HTML page about runs.")
    if not options.runs:
        raise UsageError("saccade report needs a run directory, or several")
    print(api.write_report(options.runs, options.out, options.picture, options.force))


def table(arguments: list[str]) -> None:
    """Make and print a table."""
    chosen = table_named(arguments[0]) if arguments and not arguments[0].startswith("-") else None
    if chosen is None:
        found, troubles = tables()
        warn(troubles)
        lines = "\n".join(f"  {each.name:15} {each.title}" for each in found)
        if arguments and arguments[0] in ("-h", "--help"):
            print(f"saccade table NAME [options]\n\nTables:\n{lines}\n\nOptions: saccade table NAME --help")
            return
        if arguments and not arguments[0].startswith("-"):
            names = [each.name for each in found]
            raise UsageError(
                f"there is no table {arguments[0]!r}{nearest(arguments[0], names)} (tables: {', '.join(names)})"
            )
        raise UsageError(f"saccade table needs the name of a table:\n{lines}")
    options: TableOptions = parse(TableOptions, arguments[1:], f"table {chosen.name}", chosen.title + ".")
    within(1, MOST, seeds=options.seeds, workers=options.workers)
    if not options.only_print:
        with ProgressBars(console) as bars:
            figures.table(
                chosen, options.runs, options.results, seeds=options.seeds, data=options.data, workers=options.workers,
                watch=bars.show,
            )  # fmt: skip
    print_table(plain_console(), chosen, options.results)


def reproduce(arguments: list[str]) -> None:
    """Train one figure anew."""
    text = "Train one figure of a table anew, with its own settings, and print it next to the stored one."
    options: ReproduceOptions = parse(ReproduceOptions, arguments, "reproduce", text)
    within(1, MOST, seeds=options.seeds, workers=options.workers)
    with ProgressBars(console) as bars:
        found = figures.reproduce(
            options.figure, seeds=options.seeds, runs=options.runs, results=options.results, data=options.data,
            workers=options.workers, watch=bars.show,
        )  # fmt: skip
    print_reproduced(plain_console(), found, options.runs, options.results)


def data(arguments: list[str]) -> None:
    """Fetch data."""
    options: DataOptions = parse(
        DataOptions, arguments, "data", "Fetch a data set into the cache: saccade data get mnist."
    )
    if (options.action, options.name) != ("get", "mnist"):
        raise UsageError(f"saccade data {options.action} {options.name}: only `saccade data get mnist` is known")
    from saccade.worlds.data.mnist import fetch_mnist

    print(fetch_mnist(force=options.force))


def doctor(arguments: list[str]) -> None:
    """Print what is installed."""
    parse(NoOptions, arguments, "doctor", "What is installed, what is missing, how to get it.")
    from saccade.doctor import examine

    sys.exit(0 if examine(plain_console()) else 1)


COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "list": list_,
    "graph": graph,
    "train": train,
    "resume": resume,
    "eval": eval_,
    "predict": predict,
    "report": report,
    "export": export,
    "table": table,
    "reproduce": reproduce,
    "data": data,
    "doctor": doctor,
}
