"""A picture of scanpaths for a README: one digit of each class, as the eye read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from saccade.disk import write_atomically
from saccade.report.palette import INK, MUTED, PAPER, RIGHT, WRONG, fixation_colour, probability_colour
from saccade.runs import RunDirectory, RunError

from .looks_file import FILE, Looks, fair_sample, load_looks, spread_apart

_COLUMNS, _WIDTH, _DPI = 5, 16.0, 100  # 1600 pixels
_ROW = 2.56  # inches
_LEGIBLE = 12  # classes; of more only the true and the predicted one are named under the strip
_TITLE = 26  # characters that fit above a picture
_FONTS = ["Inter", "Helvetica Neue", "Liberation Sans", "Arial", "DejaVu Sans"]


def write_picture(run: RunDirectory, target: Path) -> Path:
    """Write a PNG, 1600 pixels wide, of the first test digit of each class with the fixations on it.

    Args:
        run: a run that has ended.
        target: the file to write.

    Returns:
        `target`.

    Raises:
        RunError: the run has kept no fixations, or they cannot be read, or the file not be written.
    """
    if "fixations" not in run.settings:
        raise RunError(
            f"{run.folder}, recipe {run.recipe}: such a picture is of fixations, and it makes none; its page has pictures"
        )
    looks, trouble = load_looks(run.folder)
    if looks is None:
        raise RunError(trouble or f"{run.folder / FILE} is missing: a picture needs a run that has ended")
    chosen = fair_sample(looks, 0).first
    rows = -(-len(chosen) // _COLUMNS)
    whole = run.settings.get("model", "ram") != "ram"  # it sees everything at once: there is no window to draw
    patch = 0 if whole else int(run.settings.get("patch", 0) or 0)
    with fonts():
        figure = Figure((_WIDTH, rows * _ROW + 0.2), dpi=_DPI, facecolor=PAPER)
        FigureCanvasAgg(figure)
        for place, index in enumerate(chosen):
            _digit(figure, looks, index, patch, place, rows)
        write_atomically(target, lambda temporary: figure.savefig(temporary, format="png"))
    return target


@contextmanager
def fonts() -> Iterator[None]:
    """Draw with the fonts of the pages, as far as they are there."""
    families = [name for name in _FONTS if name in set(font_manager.get_font_names())]
    with mpl.rc_context({"font.family": families or ["sans-serif"]}):
        yield


def _digit(figure: Figure, looks: Looks, index: int, patch: int, place: int, rows: int) -> None:
    high = rows * _ROW + 0.2
    left = 0.3 + place % _COLUMNS * (_WIDTH - 0.3) / _COLUMNS
    bottom = high - (place // _COLUMNS + 1) * _ROW
    true_class, answer = int(looks.labels[index]), int(looks.answers[index])
    words = (
        looks.name(true_class) if true_class == answer else f"{looks.name(true_class)}, predicted {looks.name(answer)}"
    )
    draw_tile(figure, looks, index, patch, (left, bottom), words, RIGHT if true_class == answer else WRONG, true_class)


def draw_tile(
    figure: Figure, looks: Looks, index: int, patch: int, corner: tuple[float, float], words: str, colour: str, framed: int | None
) -> None:  # fmt: skip
    """An image with its fixations, and the class probabilities after each.

    Args:
        figure: to draw on.
        looks, index: which image.
        patch: side of the window in pixels; 0: there is none.
        corner: lower left, in inches.
        words, colour: of the title.
        framed: the class whose column is framed; None: none.
    """
    (left, bottom), (wide, high) = corner, figure.get_size_inches()
    eye = figure.add_axes((left / wide, (bottom + 0.18) / high, 1.84 / wide, 1.84 / high))
    strip = figure.add_axes(((left + 2.18) / wide, (bottom + 0.33) / high, 0.74 / wide, 1.69 / high))
    size = 15 * min(1, _TITLE / len(words))
    eye.set_title(words, loc="left", fontsize=size, fontweight="bold", color=colour, pad=6)
    _eye(eye, looks, index, patch)
    _strip(strip, looks, index, framed)


def _eye(axes: Axes, looks: Looks, index: int, patch: int) -> None:
    height, width = looks.size
    axes.imshow(looks.picture(index), interpolation="nearest")
    places, corner = looks.pixels[:, index], patch // 2 + 0.5
    steps, size = len(places), 1.0 if max(height, width) <= 40 else 0.75  # of circles: small digits need room
    unit = size * max(height, width) / 28
    circles = spread_apart(places, 2.6 * unit, 1.0 * unit, max(height, width) - 1 - 1.0 * unit)
    for step, (x, y) in enumerate(places):
        colour = fixation_colour(step, steps)
        for fill, alpha in ((True, 0.06), (False, 0.8)) if patch else ():
            square = Rectangle(
                (x - corner, y - corner), patch, patch, color=colour, fill=fill, alpha=alpha, linewidth=1.3
            )
            if not fill and not looks.of_digits:  # a dark frame on a dark photograph
                square.set_path_effects([withStroke(linewidth=2.9, foreground="white", alpha=0.6)])
            axes.add_patch(square)
    for step in range(1, steps):
        for colour, thick, style in (
            ("white", 4.0, "-"),
            (fixation_colour(step, steps), 1.8, "-|>,head_width=0.2,head_length=0.42"),
        ):
            arrow = {
                "arrowstyle": style,
                "color": colour,
                "linewidth": thick,
                "shrinkA": 8 * size,
                "shrinkB": 8.5 * size,
            }
            axes.annotate("", circles[step], circles[step - 1], arrowprops=arrow)
    for step, (x, y) in enumerate(circles):
        axes.plot(
            x, y, "o", markersize=14.5 * size, color=fixation_colour(step, steps), markeredgecolor="white", zorder=5
        )
        axes.text(
            x,
            y,
            str(step + 1),
            color="white",
            ha="center",
            va="center_baseline",
            fontsize=9.5 * size,
            fontweight="bold",
            zorder=6,
        )
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    _bare(axes, "#c9cfd6")


def _strip(axes: Axes, looks: Looks, index: int, framed: int | None) -> None:
    probabilities = looks.probabilities[:, index]
    steps, classes = probabilities.shape
    unit = classes / 10  # as wide as a column would be if there were ten, however many share the strip
    for step in range(steps):
        for digit in range(classes):
            shade = probability_colour(float(probabilities[step, digit]))
            axes.add_patch(Rectangle((digit + 0.06, step + 0.04), 0.88, 0.92, color=shade, linewidth=0))
        axes.plot(-1.55 * unit, step + 0.5, "o", markersize=9.5, color=fixation_colour(step, steps), clip_on=False)
        number: dict[str, Any] = {
            "color": "white",
            "ha": "center",
            "va": "center_baseline",
            "fontsize": 6.8,
            "fontweight": "bold",
        }
        axes.text(-1.55 * unit, step + 0.5, str(step + 1), **number)
    if framed is not None:
        frame: dict[str, Any] = {"fill": False, "edgecolor": INK, "linewidth": 1.2, "clip_on": False}
        axes.add_patch(Rectangle((framed - 0.08 * unit, -0.04), 1 + 0.16 * unit, steps + 0.08, **frame))
    for digit in range(classes):
        if classes > _LEGIBLE and digit not in (framed, int(looks.answers[index])):
            continue
        weight: dict[str, Any] = {"color": INK, "fontweight": "bold"} if digit == framed else {"color": MUTED}
        axes.text(digit + 0.5, steps + 0.18, looks.short(digit), ha="center", va="top", fontsize=7, **weight)
    axes.set(xlim=(0, classes), ylim=(steps, 0))
    _bare(axes, "none")


def _bare(axes: Axes, edge: str) -> None:
    axes.set(xticks=[], yticks=[], facecolor="none")
    for spine in axes.spines.values():
        spine.set_color(edge)
