"""The page about runs of a graph of one's own: that of every recipe, with the picture of the wiring."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from saccade.report.markup import element, section
from saccade.runs import RunDirectory

from . import page
from .own_graph import PICTURE
from .recipe import Recipe


def sections(recipe: Recipe, runs: Sequence[RunDirectory]) -> list[str]:
    """The sections of the page."""
    *first, made = page.sections({recipe.name: recipe}, runs)
    heads = {run.settings["graph"]: run for run in reversed(runs)}  # the first run of each graph
    several = len(heads) > 1
    pictures = [_picture(run, f"graph {name}" if several else "") for name, run in reversed(heads.items())]
    return [*first, section("wiring", "The graphs" if several else "The graph", *pictures), made]


def _picture(run: RunDirectory, name: str) -> str:
    """The wiring as the run kept it; as an image, so that nothing in it can run."""
    path = run.folder / PICTURE
    if not path.exists():
        return ""
    address = "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode()
    drawn = element("img", src=address, alt=f"The modules of the graph and how they are wired, {run.folder.name}")
    return (element("p", name) if name else "") + element("div", drawn, class_="scroll")
