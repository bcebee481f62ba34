"""Training of any recipe: registry, tasks, loop, launch, tables of figures."""

from saccade.runs import Metric, Published

from .callback import Callback, Row
from .data import Splits, split_in_three, with_validation
from .graph_task import GraphTask, System
from .recipe import Column, Recipe, lazily
from .settings import TrainingSettings
from .table import Cell, Table

__all__ = [
    "Callback", "Cell", "Column", "GraphTask", "Metric", "Published", "Recipe", "Row", "Splits", "System", "Table", "TrainingSettings", "lazily",
    "split_in_three", "with_validation",
]  # fmt: skip
