"""`python -m docs.curves`: draws docs/pictures/dqn-curves.svg, points by decisions of every game, from results/dqn/."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from saccade.training.tables import TABLES

from saccade.recipes.dqn.page import PUBLISHED
from saccade.report.palette import INK, LINE, MUTED, group_colour
from saccade.runs import read_figures
from saccade.training.table import rows

_ROOT = Path(__file__).parent.parent
_CURVES = "validation points by decisions, of each run"


def main() -> None:
    """Draw every game that was measured."""
    figures = read_figures(_ROOT / "results")
    found = [(cell, figure) for cell, figure in rows(TABLES["dqn"], _ROOT / "results") if figure and not cell.runs_of]
    if not found:
        return
    # The same figures make the same file.
    mpl.rcParams |= {"svg.hashsalt": "saccade", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9}
    picture = Figure(figsize=(11, 2.5 * -(-len(found) // 4)), layout="constrained")
    planes = list(picture.subplots(-(-len(found) // 4), 4, squeeze=False).flat)
    for plane, (cell, figure) in zip(planes, found, strict=False):
        chance = PUBLISHED[cell.recipe.removeprefix("dqn-").replace("-", "_")][1]
        plane.axhline(chance, color=MUTED, linewidth=1, linestyle=":", label="by chance")
        _draw(plane, figure, "saccade", 0)
        if peer := figures.get(cell.beside.get("Stable-Baselines3", "")):
            _draw(plane, peer, "Stable-Baselines3", 1)
        plane.set_title(cell.row, loc="left", color=INK, fontweight="bold")
        _tidy(plane)
    for plane in planes[len(found) :]:
        plane.set_axis_off()
    lines, names = planes[-1 if len(found) == len(planes) else 0].get_legend_handles_labels()
    picture.legend(lines, names, loc="outside lower right", ncols=3, frameon=False)
    picture.savefig(_ROOT / "docs" / "pictures" / "dqn-curves.svg", metadata={"Date": None})


def _draw(plane: Axes, figure: dict[str, Any], name: str, index: int) -> None:
    """Every seed, faint, and their mean."""
    seeds = [np.array(curve, float) for curve in figure["about"][_CURVES]]
    for seed in seeds:
        plane.plot(*seed.T, color=group_colour(index), alpha=0.3, linewidth=1)
    plane.plot(*np.mean(seeds, axis=0).T, color=group_colour(index), linewidth=2.2, label=name)


def _tidy(plane: Axes) -> None:
    plane.set_xlim(left=0)
    plane.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    plane.locator_params(axis="x", nbins=4)
    plane.grid(color=LINE, linewidth=0.6)
    plane.tick_params(colors=MUTED)
    for side in plane.spines.values():
        side.set_visible(False)


if __name__ == "__main__":
    main()
