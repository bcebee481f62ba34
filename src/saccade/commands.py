"""What the command `saccade` can do. Thin: every command is one call of `saccade.api`."""

from __future__ import annotations

import dataclasses
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import tyro
from rich.console import Console

from saccade import api
from saccade.agents.learner import DivergedError
from saccade.command_line import UsageError, at_least, parse
from saccade.graph import PortValueError, WiringError
from saccade.options import (
    DataOptions,
    EvalOptions,
    GraphOptions,
    NoOptions,
    OneRun,
    ReportOptions,
    RobustnessOptions,
    RunOptions,
    TableOptions,
    WatchOptions,
)
from saccade.recipes import RECIPES, UnknownRecipeError, recipe_named
from saccade.training.settings import SettingsError
from saccade.runs import RunError
from saccade.show import ProgressBars, ShareBar, print_results, print_robustness, print_stopping, print_table
from saccade.worlds import DataError

EXPECTED = (
    RunError,
    DataError,
    DivergedError,
    WiringError,
    PortValueError,
    UnknownRecipeError,
    SettingsError,
)
console = Console(stderr=True)


def _recipe_first(arguments: list[str], command: str) -> tuple[Any, list[str]]:
    if not arguments or arguments[0].startswith("-"):
        lines = "\n".join(f"  {recipe.name:18} {recipe.summary}" for recipe in RECIPES.values())
        if arguments and arguments[0] in ("-h", "--help"):
            print(
                f"saccade {command} RECIPE [options]\n\nRecipes:\n{lines}\n\nOptions: saccade {command} RECIPE --help"
            )
            sys.exit(0)
        raise UsageError(f"saccade {command} needs a recipe first:\n{lines}")
    return recipe_named(arguments[0]), arguments[1:]


def _with_settings(recipe: Any, extra: type[Any]) -> type[Any]:
    """A dataclass of the recipe's settings and a command's own options, all without prefix."""
    flat, kind, default = tyro.conf.arg(name=""), type(recipe.settings), recipe.settings
    if recipe.folder and extra is RunOptions:  # there --images is the folder
        seen = tyro.conf.arg(name="seen", help="Pictures seen in training, repetitions counted.")
        kind, default = _renamed(kind, "images", Annotated[int, seen], default)
        folder = tyro.conf.arg(name="images", help=recipe.folder)
        extra, _ = _renamed(RunOptions, "data", Annotated[Path | None, folder], RunOptions())
    return dataclasses.make_dataclass(
        "Options",
        [
            ("settings", Annotated[(kind, flat)], dataclasses.field(default=default)),
            ("run", Annotated[extra, flat], extra()),
        ],
    )


def _renamed(kind: type[Any], name: str, hint: Any, default: Any) -> tuple[type[Any], Any]:
    """A dataclass with another hint for one of its fields, and the same values in it."""
    field = name, hint, dataclasses.field(default=getattr(default, name))
    found = dataclasses.make_dataclass(kind.__name__, [field], bases=(kind,), frozen=True)
    return found, found(**{each.name: getattr(default, each.name) for each in dataclasses.fields(default)})


def list_(arguments: list[str]) -> None:
    """List the recipes."""
    parse(NoOptions, arguments, "list", "List the recipes: published systems that can be trained here.")
    for recipe in RECIPES.values():
        print(f"{recipe.name:18} {recipe.summary}\n{'':18} source: {recipe.source}")


def graph(arguments: list[str]) -> None:
    """Draw a recipe's graph."""
    recipe, rest = _recipe_first(arguments, "graph")
    options = parse(_with_settings(recipe, GraphOptions), rest, f"graph {recipe.name}", "Draw the graph.")
    wired = api.graph_of(recipe.name, options.settings)
    if options.run.mermaid or options.run.source:
        print(wired.mermaid() if options.run.mermaid else wired.source(), end="")
        return
    target = options.run.out or Path(f"{recipe.name}.svg")
    from saccade.runs.disk import write_text

    write_text(target, wired.svg())
    print(target)


def train(arguments: list[str]) -> None:
    """Train a recipe."""
    recipe, rest = _recipe_first(arguments, "train")
    options = parse(_with_settings(recipe, RunOptions), rest, f"train {recipe.name}", recipe.summary + ".")
    run: RunOptions = options.run
    at_least(1, seeds=run.seeds, threads=run.threads, workers=run.workers)
    at_least(0, seed=run.seed)
    with ProgressBars(console) as bars:
        folder = api.train(
            recipe.name, options.settings, seeds=run.seeds, first_seed=run.seed, out=run.out, data=run.data,
            workers=run.workers, threads=run.threads, command=shlex.join(["saccade", "train", *arguments]),
            watch=bars.show,
        )  # fmt: skip
    _finish(folder, run.report)


def resume(arguments: list[str]) -> None:
    """Finish runs that were stopped."""
    options: OneRun = parse(OneRun, arguments, "resume", "Finish runs that were stopped.")
    at_least(1, workers=options.workers)
    with ProgressBars(console) as bars:
        folder = api.resume(options.run, data=options.data, workers=options.workers, watch=bars.show)
    _finish(folder, True)


def _finish(folder: Path, with_report: bool) -> None:
    print_results(console, folder)
    print(api.write_report([folder]) if with_report else folder)


def eval_(arguments: list[str]) -> None:
    """Measure the newest checkpoint."""
    options: EvalOptions = parse(EvalOptions, arguments, "eval", "Measure the newest checkpoint on the test set.")
    if options.sure is not None and not 0 < options.sure <= 1:
        raise UsageError(f"--sure {options.sure}: it must be above 0 and at most 1")
    with ProgressBars(console) as bars:
        if options.sure is not None:
            print_stopping(
                Console(),
                options.run,
                api.evaluate_stopping(options.run, options.sure, data=options.data, watch=bars.show),
            )
            return
        measured = api.evaluate(options.run, data=options.data, watch=bars.show)
    print_results(Console(), options.run, measured)


def report(arguments: list[str]) -> None:
    """Write the HTML page."""
    options: ReportOptions = parse(ReportOptions, arguments, "report", "Write one self-contained HTML page about runs.")
    if not options.runs:
        raise UsageError("saccade report needs a run directory, or several")
    print(api.write_report(options.runs, options.out, options.picture))


def watch(arguments: list[str]) -> None:
    """Write a clip of a player."""
    options: WatchOptions = parse(
        WatchOptions, arguments, "watch", "Play an episode and write it as a film, with what the player thinks of it."
    )
    at_least(0, seed=options.seed)
    target, points = api.watch(options.run, options.out, options.seed)
    print(f"{target}: {points:g} points")


def robustness(arguments: list[str]) -> None:
    """Attack trained runs, beside a plain network of equal clean accuracy."""
    text = "Accuracy under attacks, occlusion and clutter, beside a plain network of equal clean accuracy."
    options: RobustnessOptions = parse(RobustnessOptions, arguments, "robustness", text)
    if not options.runs or options.images < 1:
        raise UsageError("saccade robustness needs a run directory, or several, and --images of 1 or more")
    command = shlex.join(["saccade", "robustness", *arguments])
    with ShareBar(console, "attacking") as bar:
        found = api.robustness(options.runs, options.results, options.images, options.data, command, bar.show)
    print_robustness(Console(), found)


def table(arguments: list[str]) -> None:
    """Make and print a table."""
    from saccade.training.tables import TABLES

    if not arguments or arguments[0].startswith("-") or arguments[0] not in TABLES:
        lines = "\n".join(f"  {each.name:15} {each.title}" for each in TABLES.values())
        if arguments and arguments[0] in ("-h", "--help"):
            print(f"saccade table NAME [options]\n\nTables:\n{lines}\n\nOptions: saccade table NAME --help")
            return
        raise UsageError(f"saccade table needs the name of a table:\n{lines}")
    chosen = TABLES[arguments[0]]
    options: TableOptions = parse(TableOptions, arguments[1:], f"table {chosen.name}", chosen.title + ".")
    at_least(1, seeds=options.seeds, workers=options.workers)
    if not options.only_print:
        with ProgressBars(console) as bars:
            api.table(
                chosen, options.runs, options.results, seeds=options.seeds, data=options.data, workers=options.workers,
                watch=bars.show,
            )  # fmt: skip
    print_table(Console(), chosen, options.results)


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
    """Tell what is installed."""
    parse(NoOptions, arguments, "doctor", "What is installed, what is missing, how to get it.")
    from saccade.doctor import examine

    sys.exit(0 if examine(Console()) else 1)


COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "list": list_,
    "graph": graph,
    "train": train,
    "resume": resume,
    "eval": eval_,
    "report": report,
    "table": table,
    "robustness": robustness,
    "watch": watch,
    "data": data,
    "doctor": doctor,
}
