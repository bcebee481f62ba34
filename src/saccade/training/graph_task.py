"""The task of any graph: trained by the joint learner, measured by the mean of some of its output ports."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade.agents import Learner
from saccade.agents.graph_state import graph_state, load_graph_state
from saccade.agents.learner import DivergedError
from saccade.agents.optimizer_state import by_prefix
from saccade.devices import current, on_cpu
from saccade.graph import Graph, Out, PortValueError
from saccade.plugins import RegistryError
from saccade.runs import Metric

from .graph_predictor import GraphPredictor
from .predictor import Predictor
from .recipe import LOSS, REWARD, Recipe, in_training
from .task import Advance, BaseTask, DataId, Rhythm, Share, Stage, silently

EVALUATION_SEED = 20_201_108  # the same random streams for every run that is evaluated, whatever its own seed
_VALIDATIONS = 30


@dataclass(frozen=True)
class System:
    """A wired graph, and the output ports that it is measured by.

    Args:
        graph: the wired graph.
        measured: for each metric the port `(b,)` whose mean over all episodes of a set it is; of a port in a loop, the last value.
    """

    graph: Graph
    measured: Mapping[Metric, Out[Any]]


class GraphTask(BaseTask):
    """Trains the graph that `recipe.wire(settings, data, learn)` wires around labelled images or the like, on the device that is chosen.

    `settings` are `TrainingSettings`; `data` are `Splits` of sets that have a length, a `name` and a `fingerprint`. With `learn=False` the
    graph must go through the set once, in its order. The first output port of `measured` belongs to the recipe's metric.

    Args:
        recipe, settings, data, seed: what is trained, and from which seed.
    """

    at_once = 2000  # episodes of a pass that measures

    def __init__(self, recipe: Recipe, settings: Any, data: Any, seed: int, _: Path) -> None:
        self.recipe, self.settings, self.data = recipe, settings, data
        self.system = _checked(recipe, on_cpu(recipe.wire)(settings, data.train))
        self.system.graph.to(current())
        self.system.graph.seed(seed)
        self.total: int = settings.seen
        # Settings of a package's own need not be `TrainingSettings`.
        self.validations = Rhythm(getattr(settings, "validate_every", None) or max(1, self.total // _VALIDATIONS))
        self.data_id = DataId(data.train.name, data.train.fingerprint)

    @cached_property
    def learner(self) -> Learner:
        """What trains the graph; made when it is needed, as an optimizer loads the half of torch that predictions do without."""
        return Learner(self.system.graph, self.settings.learner)

    def stage_at(self, seen: int) -> Stage:
        """The one stage; by default the loss, the reward where an actor learns, and all metrics are shown."""
        shown = (LOSS, *((REWARD,) if self.system.graph.actors else ()), *map(in_training, self.system.measured))
        return Stage(metrics=self.recipe.progress or shown)

    def batch(self, seen: int) -> int:
        """Images of the next update."""
        return int(min(self.settings.batch, self.total - seen))

    def update(self, n: int, seen: int) -> Mapping[str, float]:
        """One update on `n` images."""
        measured: Mapping[Metric, Out[Any]] = self.system.measured
        update, trace = self.learner.update(n, seen / self.total, tuple(measured.values()))
        means = {
            f"train_{metric.name}": float(_last(trace, metric, port).float().mean())
            for metric, port in measured.items()
        }
        return {"loss": update.loss, "reward": update.reward, **means}

    def validate(self) -> Mapping[str, float]:
        """The metrics on the validation set."""
        return self._validated(silently)

    def _validated(self, advance: Advance) -> dict[str, float]:
        found = self.evaluate(self.data.validation, advance)
        return {f"validation_{name}": value for name, value in found.items()}

    def evaluate(self, data: Any, advance: Advance = silently) -> dict[str, float]:
        """The metrics on a set, by name; `advance` is called with the images that were measured."""
        values = self.values(data, advance)
        sums = {metric: float(each.double().sum()) for metric, each in values.items()}
        for metric, total in sums.items():
            if not math.isfinite(total):
                raise DivergedError(
                    f"{metric.label} on {data.name} is {total}: a value of the port {self.system.measured[metric]} is not finite"
                )
        return {metric.name: total / len(data) for metric, total in sums.items()}

    @torch.no_grad()
    def values(self, data: Any, advance: Advance = silently) -> dict[Metric, Tensor]:
        """What is measured of every member of a set, `(n,)` for each metric, on the CPU."""
        with self.on(data) as system:
            ports, found = tuple(system.measured.values()), list[list[Tensor]]()
            for start in range(0, len(data), self.at_once):
                n = min(self.at_once, len(data) - start)
                trace = system.graph.unroll(n, watch=ports)
                advance(n)
                found.append([_last(trace, metric, port).cpu() for metric, port in system.measured.items()])
        return {
            metric: torch.cat(column) for metric, column in zip(system.measured, zip(*found, strict=True), strict=True)
        }

    @contextmanager
    def on(self, data: Any) -> Iterator[System]:
        """The system with its present weights around a set, which comes once and in its order; in `eval()` mode, with random streams of its own."""
        system: System = on_cpu(self.recipe.wire)(self.settings, data, learn=False)
        system.graph.to(self.system.graph.device)
        system.graph.load_brain_state(self.system.graph.brain_state())
        system.graph.seed(EVALUATION_SEED)
        system.graph.eval()
        yield system

    def measure(self, folder: Path, watch: Callable[[float], None]) -> dict[str, Any]:
        """The metrics on the test set."""
        share = Share(watch, len(self.data.test) + len(self.data.validation))
        test = {**self.evaluate(self.data.test, share.add), "images": len(self.data.test)}
        metrics = [asdict(metric) for metric in self.system.measured]
        return {"test": test, **self._validated(share.add), "data": self.data.test.name, "metrics": metrics}

    def weights(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Of a `state`, everything but the world: its place in its data is no part of what was learned."""
        own, kept = self.system.graph.brain_state(), by_prefix(state)["graph"]
        return {name: kept[name] for name in own}

    def fresh_weights(self) -> Mapping[str, Tensor]:
        """Those of the graph, but the world's."""
        return self.system.graph.brain_state()

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Begin with these weights."""
        self.system.graph.load_brain_state({**self.system.graph.brain_state(), **weights})

    def predictor(self, weights: Mapping[str, Tensor]) -> Predictor:
        """What the system measures on other data of the kind that it was trained on."""
        self.system.graph.load_brain_state(weights)
        return GraphPredictor(self.recipe.name, self.system.graph, self.values)

    def state(self) -> dict[str, Tensor]:
        """Weights, the world's place in its data, random generators and the optimiser."""
        return graph_state(self.system.graph, self.learner)

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        load_graph_state(by_prefix(state), self.system.graph, self.learner)


def _checked(recipe: Recipe, system: Any) -> System:
    """What `wire` returned, a `System` or what has its attributes, if it can be measured by the recipe's metric."""
    if not isinstance(getattr(system, "graph", None), Graph) or not isinstance(
        getattr(system, "measured", None), Mapping
    ):
        raise RegistryError(
            f"recipe {recipe.name!r}: wire returned {type(system).__name__}, it must return a saccade.training.System"
        )
    names = [metric.name for metric in system.measured]
    if recipe.metric.name not in names or len({*names}) < len(names):
        raise RegistryError(
            f"recipe {recipe.name!r}: its System measures {', '.join(names) or 'nothing'}; "
            f"it must measure the recipe's metric {recipe.metric.name!r}, and each name once"
        )
    return system  # type: ignore[no-any-return]


def _last(trace: Any, metric: Metric, port: Out[Any]) -> Tensor:
    """The last value of a measured port in every episode, `(b,)`."""
    value: Tensor = trace[port][-1].detach()
    if value.ndim != 1:
        raise PortValueError(
            f"{metric.label} is measured at {port}, whose values have the shape {tuple(value.shape)}: it must be one number an episode, (b,)"
        )
    return value
