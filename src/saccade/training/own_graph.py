"""Runs of a graph that a script wires itself: what `saccade.fit` trains, and what other calls can do with such a run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade.agents.optimizer_state import by_prefix
from saccade.graph import Graph
from saccade.runs import Metric, RunDirectory, RunError, load_checkpoint, previous, read_metrics
from saccade.worlds import DataError, Deck, LabelledImages

from .data import Splits, fingerprint_of
from .graph_task import EVALUATION_SEED, GraphTask, System
from .recipe import Column, Recipe, lazily
from .settings import SettingsError, TrainingSettings, settings_of
from .task import DataId, Share

NAME = "own-graph"
PICTURE = "graph.svg"
_STREAM = (
    "torch random/"  # of a checkpoint: what modules draw that do not use their own stream, such as torch's dropout
)
_AT_ONCE = 256  # episodes of a pass that measures, or as many as training has at once: those fit into the memory


@dataclass(frozen=True)
class GraphSettings(TrainingSettings):
    """What a run of one's own graph depends on, besides the seed, and what it is recognised by."""

    measured: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Metrics by name, the one that validations go by first: whatever differs from the defaults of `Metric`."""
    graph: str = ""
    """Of the wiring and of the names and shapes of all tensors but the world's."""
    sets: dict[str, str] = field(default_factory=dict)
    """Name and fingerprint of what is trained on, validated and tested with."""

    @property
    def metrics(self) -> list[Metric]:
        """The metrics.

        Raises:
            TypeError, ValueError: they are none.
        """
        if not self.measured:
            raise ValueError("nothing is measured")
        return [Metric(**{"name": name, "unit": "", **each}) for name, each in self.measured.items()]


def written(metrics: Mapping[Metric, Any]) -> dict[str, dict[str, Any]]:
    """Metrics as the settings hold them."""
    defaults = {each.name: each.default for each in fields(Metric) if each.default is not MISSING} | {"unit": ""}
    return {
        metric.name: {
            key: value for key, value in asdict(metric).items() if key != "name" and value != defaults.get(key, MISSING)
        }
        for metric in metrics
    }


def identity(graph: Graph) -> str:
    """Of the wiring and of the names and shapes of all tensors but the world's: eight hexadecimal digits."""
    shapes = [f"{name} {tuple(value.shape)}" for name, value in sorted(graph.brain_state().items())]
    return hashlib.sha256("\n".join([graph.mermaid(), *shapes]).encode()).hexdigest()[:8]


# -- a run that is being trained ----------------------------------------------------------------------


def recipe_for(settings: GraphSettings, system: System, data: Splits[Any]) -> Recipe:
    """The recipe of a graph in memory; it is registered nowhere.

    Args:
        settings: of the run.
        system: the graph, and where it is measured.
        data: what is trained on, as a `DataId`; sets to validate and to test with, or None.
    """
    return _recipe(settings, lambda *_, **__: system, lambda *_: data)


def _recipe(settings: GraphSettings, wire: Callable[..., Any], open_data: Callable[..., Any]) -> Recipe:
    metric = settings.metrics[0]
    where = [("training", f"train_{metric.name}")]
    if "validation" in settings.sets:
        where = [("validation", f"validation_{metric.name}"), *where]
    return Recipe(
        NAME,
        "A graph of your own",
        settings,
        wire,
        open_data,
        metric,
        OwnGraphTask,
        columns=[Column(f"{metric.label} in {name}", path, metric.format, averaged=True) for name, path in where],
        tables=tuple,
        page=lazily("saccade.training.own_graph_page:sections"),
    )


class OwnGraphTask(GraphTask):
    """Trains a graph as it is, and measures it on other sets by showing it those in between."""

    def __init__(self, recipe: Recipe, settings: Any, data: Splits[Any], seed: int, folder: Path) -> None:
        super().__init__(recipe, settings, data, seed, folder)
        self.at_once = max(_AT_ONCE, settings.batch)

    @contextmanager
    def on(self, data: Any) -> Iterator[System]:
        """The graph itself, see `shown`."""
        with shown(self.system.graph, data):
            yield self.system

    def validate(self) -> Mapping[str, float]:
        """The metrics on the validation set, if there is one."""
        return {} if self.data.validation is None else super().validate()

    def measure(self, folder: Path, watch: Callable[[float], None]) -> dict[str, Any]:
        """The metrics on the test set and the validation set, if there are such sets, and those of the last row in training."""
        names = [f"train_{metric.name}" for metric in self.system.measured]
        last = next(iter(read_metrics(folder)[-1:]), {})
        result: dict[str, Any] = {name: last[name] for name in names if name in last}
        sets = [data for data in (self.data.test, self.data.validation) if data is not None]
        share = Share(watch, sum(map(len, sets)))
        if self.data.test is not None:
            result["test"] = {**self.evaluate(self.data.test, share.add), "images": len(self.data.test)}
        if self.data.validation is not None:
            result |= self._validated(share.add)
        measured_on = next(iter(sets), self.data.train)
        return {**result, "data": measured_on.name, "metrics": [asdict(metric) for metric in self.system.measured]}

    def state(self) -> dict[str, Tensor]:
        """As of any graph, and torch's own random stream: modules of anybody may draw from it."""
        return {**super().state(), _STREAM: torch.get_rng_state()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        super().load(state)
        torch.set_rng_state(state[_STREAM])


@contextmanager
def shown(graph: Graph, data: Any) -> Iterator[None]:
    """Show a graph another set, once and in its order, in `eval()` mode; afterwards everything is as it was, random streams included.

    Raises:
        DataError: the graph has not exactly one world that shows a set, or cannot show this one.
    """
    modes = {module: module.training for module in graph.modules()}
    streams, state = graph.random_state(), {name: value.clone() for name, value in graph.state_dict().items()}
    with torch.random.fork_rng(devices=()):
        try:
            with the_deck(graph).on(data):
                torch.manual_seed(EVALUATION_SEED)
                graph.seed(EVALUATION_SEED)
                graph.eval()
                yield
        finally:
            graph.load_state_dict(state)
            graph.set_random_state(streams)
            for module, mode in modes.items():
                module.training = mode


def decks(graph: Graph) -> list[Deck]:
    """The worlds of a graph that show a set."""
    return [module for module in graph.program.modules if isinstance(module, Deck)]


def the_deck(graph: Graph) -> Deck:
    """The one world of a graph that shows a set.

    Raises:
        DataError: there is none, or there are several.
    """
    found = decks(graph)
    if len(found) != 1:
        names = ", ".join(deck.name for deck in found) or "none"
        raise DataError(
            f"the graph has {len(found)} worlds that show a set ({names}), and it must have one to be validated or tested on another: "
            "derive it from saccade.worlds.Deck, as Digits is, or leave out test= and validation="
        )
    return found[0]


def trained_on(graph: Graph) -> DataId:
    """Which data a graph is wired around: the sets of its decks, or else the names of its worlds."""
    found = [described(deck.data) for deck in decks(graph)]
    if not found:
        worlds = [module.name for module in graph.program.modules if module.is_world]
        return DataId(f"the world of the graph ({', '.join(worlds) or 'none'})")
    return DataId(", ".join(each.name for each in found), " ".join(each.fingerprint for each in found))


def described(data: Any) -> DataId:
    """Name and fingerprint of a set; a set of labelled images always has one here, as its name may be anybody's."""
    name = str(getattr(data, "name", "") or type(data).__name__)
    known = str(getattr(data, "fingerprint", ""))
    return DataId(name, known or (fingerprint_of(data) if isinstance(data, LabelledImages) else ""))


# -- a run on the disk --------------------------------------------------------------------------------


def is_own_graph(run: RunDirectory) -> bool:
    """Whether `saccade.fit` made it: a recipe of that name would have come with a package."""
    return run.recipe == NAME and not run.about["package"]


def refuse_own_graph(run: RunDirectory) -> None:
    """Refuse what needs the graph.

    Raises:
        RunError: it is a run of `saccade.fit`.
    """
    if is_own_graph(run):
        raise RunError(
            f"{run.folder} is a run of a graph of one's own, which is made in a script: run that script again, and saccade.fit(…) "
            f"goes on with it; its weights are loaded there, graph.load_brain_state(saccade.weights({str(run.folder)!r}))"
        )


def stored(run: RunDirectory) -> Recipe:
    """What is known of the recipe of a run without its script: enough for a report.

    Raises:
        SettingsError: its settings cannot be those of such a run.
    """
    settings = settings_of(run, GraphSettings)
    try:
        return _recipe(settings, lambda *_, **__: refuse_own_graph(run), lambda *_: refuse_own_graph(run))
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{run.folder / 'settings.json'}: measured cannot be read ({error}), train anew") from error


def weights_of(run: RunDirectory) -> dict[str, Tensor]:
    """The trained tensors of a run of one's own graph, by name: everything but the world's.

    Raises:
        RunError: there is no checkpoint yet, or it is damaged.
    """
    names = load_checkpoint(run.initial)[0].tensors
    if not (run.checkpoint.exists() or previous(run.checkpoint).exists() or run.result is not None):
        raise RunError(f"{run.folder} has no checkpoint yet: run the script again that calls saccade.fit")
    kept = by_prefix(load_checkpoint(run.checkpoint)[0].tensors)["graph"]
    if lost := [name for name in names if name not in kept]:
        raise RunError(f"{run.checkpoint} does not fit {run.initial}: it has no {lost[0]}, train anew")
    return {name: kept[name] for name in names}
