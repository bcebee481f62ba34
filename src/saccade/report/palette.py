"""Colours that the colour-blind can distinguish, and marks that distinguish groups without colour."""

from __future__ import annotations

from functools import lru_cache

import matplotlib as mpl
import numpy as np

from .markup import Array, Bytes, element

INK, MUTED, LINE, PAPER = "#1c2430", "#66707f", "#dfe3e8", "#fdfdfc"
RIGHT, WRONG = "#0067a5", "#c64600"
# Okabe and Ito, without yellow, which is lost on white.
_GROUPS = ("#0067a5", "#d55e00", "#009e73", "#b5529a", "#e69f00", "#56b4e9", "#5b5b5b")
_BLANK, _BLACK = np.array([254.0, 254.0, 253.0]), np.array([52.0, 62.0, 78.0])  # paper and ink of digits


def group_colour(index: int) -> str:
    """Colour of the `index`-th group."""
    return _GROUPS[index % len(_GROUPS)]


@lru_cache
def fixation_colour(step: int, steps: int) -> str:
    """Colour of a fixation, from violet (the first) to orange (the last)."""
    return _hex(np.array(mpl.colormaps["plasma"](0.06 + 0.66 * step / max(steps - 1, 1))[:3]))


def probability_colour(probability: float) -> str:
    """From the page's white to deep blue."""
    low, high = np.array([0.955, 0.965, 0.976]), np.array([0.0, 0.27, 0.5])
    return _hex(low + (high - low) * probability**0.8)


def ink(image: Bytes) -> Bytes:
    """A digit `(h, w)`, white on black as the eye meets it, as dark ink on light paper `(h, w, 3)`."""
    amount = image[:, :, None].astype(np.float64) / 255
    drawn: Bytes = (_BLANK + (_BLACK - _BLANK) * amount).round().astype(np.uint8)
    return drawn


def heat(shares: Array) -> Bytes:
    """Shares `(h, w)` as colours, from white (none) to dark (the map's own maximum)."""
    scaled = (shares / max(float(shares.max()), 1e-12)) ** 0.75
    rgba = mpl.colormaps["YlGnBu"](scaled)[:, :, :3]
    faded = np.clip(scaled / 0.12, 0, 1)[:, :, None]  # the lowest colour meets the paper
    drawn: Bytes = (255 * (rgba * faded + (1 - faded) * 0.992)).round().astype(np.uint8)
    return drawn


def marker(index: int, x: float, y: float, size: float = 3.6, **attributes: object) -> str:
    """The mark of the `index`-th group: circle, square, triangle or diamond."""
    if index % 4 == 0:
        return element("circle", cx=x, cy=y, r=size, **attributes)
    s = size * (1.0, 0.92, 1.25, 1.3)[index % 4]
    corners = {
        1: [(-s, -s), (s, -s), (s, s), (-s, s)],
        2: [(0, -s), (s, 0.8 * s), (-s, 0.8 * s)],
        3: [(0, -s), (s, 0), (0, s), (-s, 0)],
    }[index % 4]
    return element("polygon", points=" ".join(f"{x + dx:.2f},{y + dy:.2f}" for dx, dy in corners), **attributes)


def tick(x: float, y: float, right: bool, size: float = 5) -> str:
    """A tick where the digit was read rightly, a cross where not."""
    s, colour = size, RIGHT if right else WRONG
    d = (
        f"M{x - s:.1f} {y:.1f}l{s * 0.7:.1f} {s * 0.75:.1f}l{s * 1.2:.1f} {-s * 1.6:.1f}"
        if right
        else f"M{x - s * 0.8:.1f} {y - s * 0.8:.1f}l{s * 1.6:.1f} {s * 1.6:.1f}m0 {-s * 1.6:.1f}l{-s * 1.6:.1f} {s * 1.6:.1f}"
    )
    return element("path", d=d, fill="none", stroke=colour, stroke_width=2.2, stroke_linecap="round")


def _hex(rgb: Array) -> str:
    return "#" + "".join(f"{round(255 * float(channel)):02x}" for channel in rgb)
