"""`saccade.fit`: a graph of one's own gets what the run of a recipe gets."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from saccade.agents import LearnerSettings
from saccade.api import LARGEST, write_report
from saccade.arguments import ArgumentError, check_out, check_paths, check_whole
from saccade.disk import write_text
from saccade.graph import Graph, Out
from saccade.ranges import LAST_SEED, MOST
from saccade.report.group import flat
from saccade.runs import Checkpoint, Metric, RunDirectory, RunError, load_checkpoint, number_at, save_checkpoint
from saccade.runs.rundir import INITIAL
from saccade.training.callback import Callback, checked
from saccade.training.data import Splits
from saccade.training.graph_task import System
from saccade.training.launch import Watcher, finish
from saccade.training.own_graph import (
    NAME,
    PICTURE,
    GraphSettings,
    described,
    identity,
    is_own_graph,
    recipe_for,
    the_deck,
    trained_on,
    weights_of,
    written,
)
from saccade.training.settings import settings_of, to_plain
from saccade.watching import watching

_LARGEST_BATCH, _MOST_PATIENT = 1_000_000, 10_000
_NAMED = 3  # differences that a message names
_DEFAULT = LearnerSettings()


def fit(
    graph: Graph,
    measured: Mapping[str | Metric, Out[Any]],
    *,
    seen: int,
    out: Path | str,
    test: Any = None,
    validation: Any = None,
    batch: int = 256,
    seed: int = 0,
    learner: LearnerSettings = _DEFAULT,
    validate_every: int | None = None,
    patience: int = 0,
    threads: int = 1,
    callbacks: Sequence[Callback] = (),
    watch: Watcher | None = None,
) -> Path:
    """Train a graph of one's own as a recipe is trained: with a run directory, metrics, checkpoints, a test and a page.

    The same call again goes on with a run that was stopped, to the numbers of an unbroken one; of a run that has ended, the graph gets the
    trained weights. A run begins with the weights that the graph has.

    Args:
        graph: the graph, wired around its training set.
        measured: for each metric the output port `(b,)`, bool or a number, whose mean over episodes it is; of a port in a loop, the last
            value. Validations, early stopping and the page go by the first. A name stands for a metric of which more is better; of a bool
            port, for a share of the episodes.
        seen: images or other episodes to learn from, repetitions counted.
        out: the run directory.
        test, validation: sets that the graph's world can show for its training set, as `Digits` can `LabelledImages` of the same size and
            classes; default: it is not tested, not validated. They come once and in their order, in `eval()` mode; training goes on to the
            same numbers as without.
        batch: parallel episodes of an update.
        seed: of all random streams of the graph, and of torch's own. The weights are those that the graph has: a `torch.manual_seed(…)`
            before they are made seeds them.
        learner: settings of the optimiser.
        validate_every: episodes between two validations; default: thirty in a run.
        patience: stop after so many validations in a row without a new best value; 0: off.
        threads: torch threads.
        callbacks, watch: as in `saccade.train`. Without `watch` a line on standard error says at the end what came of it.

    Returns:
        The run directory. The graph has the trained weights.

    Raises:
        ArgumentError: an argument is not what it may be.
        DataError: the graph cannot be shown `test` or `validation`.
        RunError: `out` holds another run; the message says what differs.
        DivergedError: the loss is not finite.
    """
    _check(graph, seen=seen, out=out, batch=batch, seed=seed, learner=learner, patience=patience, threads=threads)
    _check_validations(validation, validate_every, patience)
    callbacks = checked(callbacks, 1)
    sets = {"test": test, "validation": validation}
    _check_sets(graph, sets)
    system, train = System(graph, _metrics(graph, measured)), trained_on(graph)
    known = {"train": train, **{name: described(data) for name, data in sets.items() if data is not None}}
    settings = GraphSettings(
        seen, batch, learner, validate_every, patience, written(system.measured), identity(graph),
        {name: f"{each.name} {each.fingerprint}".strip() for name, each in known.items()},
    )  # fmt: skip
    folder = Path(out)
    run = _opened(folder, system, settings, seed, threads)
    if run.result is not None:
        graph.load_brain_state(weights_of(run))
    else:
        with watching(watch) as note:
            finish(folder, note, callbacks, recipe_for(settings, system, Splits(train, validation, test)))
        write_report(folder)
    if watch is None:
        print(_in_a_line(run, settings.metrics[0]), file=sys.stderr)
    return folder


# -- the arguments ------------------------------------------------------------------------------------


def _check(graph: object, *, out: object, learner: object, **numbers: object) -> None:
    if not isinstance(graph, Graph):
        raise ArgumentError(f"graph is {graph!r}: it must be a saccade.graph.Graph")
    if not any(parameter.requires_grad for parameter in graph.parameters()):
        raise ArgumentError("graph has no parameters to train: wire a module that has some into it, such as a Network")
    check_whole(1, LARGEST, seen=numbers["seen"])
    check_whole(1, _LARGEST_BATCH, batch=numbers["batch"])
    check_whole(0, LAST_SEED, seed=numbers["seed"])
    check_whole(0, _MOST_PATIENT, patience=numbers["patience"])
    check_whole(1, MOST, threads=numbers["threads"])
    if not isinstance(learner, LearnerSettings):
        raise ArgumentError(f"learner is {learner!r}: it must be saccade.agents.LearnerSettings(…)")
    if out is None:
        raise ArgumentError("out is None: it must be the path of the run directory, such as 'runs/mine'")
    check_paths(out=out)
    folder = check_out(str(out))
    if any(folder.glob("*/settings.json")):
        raise ArgumentError(f"out is {str(out)!r}, a folder of runs: name one of its own, such as {folder / 'mine'}")


def _check_validations(validation: object, validate_every: object, patience: object) -> None:
    if validate_every is not None:
        check_whole(1, LARGEST, validate_every=validate_every)
    for name, value in (("validate_every", validate_every), ("patience", patience)):
        if validation is None and value:
            raise ArgumentError(f"{name} is {value!r}, and there is no validation set: give one, validation=…")


def _check_sets(graph: Graph, sets: Mapping[str, Any]) -> None:
    for name, data in sets.items():
        if data is None:
            continue
        the_deck(graph).held(data)
        if lacking := [each for each in ("__len__", "name") if not hasattr(data, each)]:
            raise ArgumentError(f"{name} is {data!r}: it must have a length and a name, and has no {lacking[0]}")


def _metrics(graph: Graph, measured: object) -> dict[Metric, Out[Any]]:
    """The metrics with their ports, the names made metrics."""
    if not isinstance(measured, Mapping) or not measured:
        raise ArgumentError(
            f"measured is {measured!r}: it must be a dict of one metric or more, such as {{'accuracy': prediction.correct}}"
        )
    found: dict[Metric, Out[Any]] = {}
    for key, port in measured.items():
        _check_port(graph, key, port)
        metric = key if isinstance(key, Metric) else _plain(key, port)
        if metric.name in ("", "images") or metric.name in [each.name for each in found]:
            raise ArgumentError(
                f"measured has a metric named {metric.name!r}: each needs a name of its own, other than 'images'"
            )
        found[metric] = port
    return found


def _check_port(graph: Graph, key: object, port: object) -> None:
    if not isinstance(key, str | Metric):
        raise ArgumentError(f"measured has the key {key!r}: it must be a name, or a saccade.training.Metric")
    what = f"measured[{key.name if isinstance(key, Metric) else key!r}]"
    if not isinstance(port, Out):
        raise ArgumentError(f"{what} is {port!r}: it must be an output port of the graph, such as prediction.correct")
    if not any(port.owner is module for module in graph.program.modules):
        raise ArgumentError(f"{what} is {port}, a port of a module that is not in the graph: add the module to it")
    if not port.type.is_loss and len(port.type.axes) != 1:
        raise ArgumentError(f"{what} is {port.describe()}: it must be one number an episode, of shape (b,)")


def _plain(name: str, port: Out[Any]) -> Metric:
    """The metric that a name stands for; of a bool port a share."""
    label = name.replace("_", " ")
    if port.type.dtypes[:1] == ("bool",):
        return Metric(name, label, "fraction of episodes", "{:.1%}", low=0, high=1, proportion=True)
    return Metric(name, label, "")


# -- the run ------------------------------------------------------------------------------------------


def _opened(folder: Path, system: System, settings: GraphSettings, seed: int, threads: int) -> RunDirectory:
    """The run in a folder, which must be this one, or a new one."""
    if (folder / "settings.json").exists():
        run = RunDirectory.open(folder)
        _check_same(run, system.graph.brain_state(), to_plain(settings), {"seed": seed, "threads": threads})
        return run
    # What the graph begins with may be random: a run that is stopped before its first checkpoint begins with the same.
    save_checkpoint(folder / INITIAL, Checkpoint(system.graph.brain_state(), {}))
    write_text(folder / PICTURE, system.graph.svg())
    command = _call(system, settings, seed, folder)
    return RunDirectory.create(
        folder, NAME, to_plain(settings), seed, command=command, data=None, threads=threads
    )  # fmt: skip


def _in_a_line(run: RunDirectory, metric: Metric) -> str:
    """What came of a run that has ended: its first metric, and where the page is."""
    result, page = run.result or {}, run.folder / "report.html"
    places = {
        "on the test set": f"test.{metric.name}",
        "on the validation set": f"validation_{metric.name}",
        "in training": f"train_{metric.name}",
    }
    found = [(value, where) for where, path in places.items() if (value := number_at(result, path)) is not None]
    words = [f"{metric.label} {metric.alike([value]).shown(value)} {where}" for value, where in found[:1]]
    return f"{run.folder}: {'; '.join([*words, f'the page is {page}'])}"


def _call(system: System, settings: GraphSettings, seed: int, folder: Path) -> str:
    """The call, for `settings.json`."""
    ports = ", ".join(f"{metric.name!r}: {port}" for metric, port in system.measured.items())
    default, given = to_plain(GraphSettings()), to_plain(settings)
    names = [name for name in given if name not in ("measured", "graph", "sets", "learner")]
    parts = [f"{name}={given[name]!r}" for name in names if name == "seen" or given[name] != default.get(name)]
    parts += [f"learner={settings.learner!r}"] if given["learner"] != default["learner"] else []
    parts += [f"{name}=…" for name in settings.sets if name != "train"] + ([f"seed={seed}"] if seed else [])
    return f"saccade.fit(graph, {{{ports}}}, {', '.join(parts)}, out={str(folder)!r})"


def _check_same(
    run: RunDirectory, brain: Mapping[str, Tensor], settings: dict[str, Any], numbers: Mapping[str, int]
) -> None:
    """Refuse to go on with a run of something else.

    Raises:
        RunError: naming what differs.
    """
    if not is_own_graph(run):
        raise RunError(f"{run.folder} holds a run of the recipe {run.recipe}: choose another out")
    theirs = to_plain(settings_of(run, GraphSettings))
    there = flat(theirs) | {
        "seed": run.seed,
        "threads": run.about["threads"],
        "the first metric": [*theirs["measured"]][:1],
    }
    here = flat(settings) | {**numbers, "the first metric": [*settings["measured"]][:1]}
    differing = [
        f"{name} is {_shown(there, name)} there and {_shown(here, name)} here"
        for name in {**here, **there}
        if there.get(name) != here.get(name) and name != "graph"
    ]
    if there["graph"] != here["graph"]:
        differing = [*_other_graph(run, brain), *differing]
    if differing:
        more = f" (and {len(differing) - _NAMED} more)" if len(differing) > _NAMED else ""
        raise RunError(f"{run.folder} holds another run: {', '.join(differing[:_NAMED])}{more}; choose another out")


def _shown(values: Mapping[str, Any], name: str) -> str:
    return f"{values[name]!r}" if name in values else "not given"


def _other_graph(run: RunDirectory, brain: Mapping[str, Tensor]) -> list[str]:
    """How the graph of a run differs from this one."""
    there = {name: tuple(value.shape) for name, value in load_checkpoint(run.initial)[0].tensors.items()}
    here = {name: tuple(value.shape) for name, value in brain.items()}
    odd = [name for name in {**here, **there} if there.get(name) != here.get(name)]
    if not odd:
        return [f"its graph is wired in another way, see {run.folder / PICTURE}"]
    return [f"{name} is {_shape(there.get(name))} there and {_shape(here.get(name))} here" for name in odd]


def _shape(shape: tuple[int, ...] | None) -> str:
    return "not" if shape is None else f"of shape {shape}"
