"""What a recipe is: a name, settings with defaults, and a function that wires the graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saccade.graph import Graph
from saccade.vision import Crop, GlimpseSensor, Sureness, WholeView
from saccade.worlds import Digits, Field, Grade, Verdict

from saccade.recipes.active_vision.data import blank, open_digits
from .task import Task


@dataclass(frozen=True)
class LookingSystem:
    """A wired system that classifies by looking, and the modules that training and reports read."""

    graph: Graph
    digits: Digits
    eye: Crop | GlimpseSensor | WholeView
    reader: Any
    grade: Grade
    verdict: Verdict
    field: Field | None = None  # where the digit lies, if not in the middle
    draws: int = 0  # passes with drawn places over the test images, beside the one with the best ones
    sure: Sureness | None = None  # who says that the looks so far are enough


@dataclass(frozen=True)
class Recipe:
    """A published system, ready to train."""

    name: str
    summary: str
    settings: Any
    wire: Callable[..., Any]  # a system with a `graph`
    source: str  # the publication
    begin: Callable[
        [Recipe, Any, Any, int, Path], Task
    ]  # the task of a run, from recipe, settings, data, seed and run folder
    # The data in a folder, read as the settings say; the last is called with the share that is read.
    open: Callable[[str | None, Any, Callable[[float], None]], Any] = open_digits
    folder: str = ""  # what lies in the folder that --images names; of others, --data names the digits' one
    blank: Callable[[Any], Any] = blank  # an image to draw the graph around
