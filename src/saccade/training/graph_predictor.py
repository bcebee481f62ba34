"""The prediction of any graph: what it is measured by, for every member of a set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from saccade.graph import Graph
from saccade.runs import Metric

from .predictor import PredictionError, write_table


@dataclass(frozen=True)
class Measurements:
    """Metrics of each of `n` members of a set, float or bool `(n,)` each."""

    values: Mapping[Metric, Tensor]

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def files(self, folder: Path, _: Sequence[str]) -> list[Path]:
        """The table."""
        return [folder / "predictions.csv"]

    def write(self, folder: Path, names: Sequence[str]) -> list[Path]:
        """Write `predictions.csv`: a row for each member."""
        columns = [values.tolist() for values in self.values.values()]
        head = ["file", *(metric.name for metric in self.values)]
        return [write_table(folder / "predictions.csv", head, zip(names, *columns, strict=True))]


class GraphPredictor:
    """A trained graph, measured on other data of the kind that it was trained on.

    Args:
        recipe: its name, for messages.
        graph: the wired graph.
        values: measures every member of a set.
    """

    def __init__(self, recipe: str, graph: Graph, values: Callable[[Any], Mapping[Metric, Tensor]]) -> None:
        self._recipe, self._graph, self._values = recipe, graph, values

    @property
    def graph(self) -> Graph:
        """The wired graph."""
        return self._graph

    @property
    def module(self) -> nn.Module:
        """The part that learns, with the one actor to answer observations; of a graph of none or several the graph itself."""
        return self.graph.agent() if len(self.graph.actors) == 1 else self.graph

    def read(self, files: Sequence[Path]) -> Any:
        """Raises: PredictionError: a graph does not know how its data are read."""
        raise PredictionError(
            f"recipe {self._recipe!r} does not say how files are read: in Python, saccade.load(run).predict(data) takes data of "
            "the kind that it is trained on"
        )

    def predict(self, inputs: Any) -> Measurements:
        """The metrics of every member of a set."""
        return Measurements(self._values(inputs))
