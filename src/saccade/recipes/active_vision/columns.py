"""What the terminal shows of systems that classify by fixations."""

from __future__ import annotations

from saccade.runs import Metric
from saccade.training.recipe import REWARD, Column

PROGRESS = (REWARD, Metric("train_accuracy", "accuracy", "", "{:.1%}"))
COLUMNS = (
    Column("accuracy, random fixations", "test.random_fixations_accuracy", "{:.2%}"),
    Column("map entropy", "test.fixations.entropy", "{:.1f} bit"),
    Column("saccade amplitude", "test.fixations.jump", "{:.1f} px"),
)
