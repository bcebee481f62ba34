"""Pictures of predictions: the image with its fixations, and the class probabilities after each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from saccade.disk import write_atomically
from saccade.report.palette import INK, PAPER

from .looks_file import Looks
from .picture import draw_tile, fonts

_SIZE, _DPI = (3.3, 2.6), 150  # inches


def write_pictures(looks: Looks, window: int, targets: Sequence[Path]) -> None:
    """Write pictures (PNG) of the first images, as many as there are targets.

    Args:
        looks: images, fixations and probabilities; the labels are those predicted.
        window: side of a glimpse in pixels; 0: there is none to draw.
        targets: the files.
    """
    with fonts():
        for index, target in enumerate(targets):
            figure = Figure(_SIZE, dpi=_DPI, facecolor=PAPER)
            FigureCanvasAgg(figure)
            words = f"{looks.name(int(looks.labels[index]))} ({looks.probabilities[-1, index].max():.0%})"
            draw_tile(figure, looks, index, window, (0.2, 0.05), words, INK, None)
            write_atomically(target, partial(figure.savefig, format="png"))
