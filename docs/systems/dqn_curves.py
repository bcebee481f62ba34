"""`python -m docs.systems.dqn_curves`: draws docs/pictures/dqn-curves.svg, validation returns of every game, from results/dqn/."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture

from docs.markdown import ROOT, Figure, cells, figures
from docs.systems.dqn_tables import random_score
from saccade.report.palette import INK, LINE, MUTED, group_colour

_CURVES = "validation return by decisions, of each run"


def main() -> None:
    """Draw every game that was measured."""
    peers = figures()
    found = [(cell, figure) for cell, figure in cells("dqn") if figure and not cell.runs_of]
    if not found:
        return
    # The same figures make the same file.
    mpl.rcParams |= {"svg.hashsalt": "saccade", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9}
    picture = Picture(figsize=(11, 2.5 * -(-len(found) // 4)), layout="constrained")
    planes = list(picture.subplots(-(-len(found) // 4), 4, squeeze=False).flat)
    for plane, (cell, figure) in zip(planes, found, strict=False):
        plane.axhline(random_score(cell), color=MUTED, linewidth=1, linestyle=":", label="random policy")
        _draw(plane, figure, "saccade", 0)
        if peer := peers.get(cell.baselines.get("Stable-Baselines3", "")):
            _draw(plane, peer, "Stable-Baselines3", 1)
        plane.set_title(cell.row, loc="left", color=INK, fontweight="bold")
        _tidy(plane)
    for plane in planes[len(found) :]:
        plane.set_axis_off()
    lines, names = planes[-1 if len(found) == len(planes) else 0].get_legend_handles_labels()
    picture.legend(lines, names, loc="outside lower right", ncols=3, frameon=False)
    picture.savefig(ROOT / "docs" / "pictures" / "dqn-curves.svg", metadata={"Date": None})


def _draw(plane: Axes, figure: Figure, name: str, index: int) -> None:
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
