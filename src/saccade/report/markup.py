"""Elements of HTML and SVG as strings, always escaped, and numbers as one writes them."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Array = npt.NDArray[np.floating[Any]]
Bytes = npt.NDArray[np.uint8]

THIN = "\u202f"  # narrow no-break space
_VOID = frozenset({"meta", "img", "input", "br", "rect", "line", "path", "circle", "polygon", "image", "polyline"})


def element(name: str, /, *children: str, **attributes: object) -> str:
    """An element; children are markup already, attributes are escaped.

    `class_` stands for `class`, `stroke_width` for `stroke-width`; None leaves an attribute out.
    """
    pairs = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None)
    head = name + "".join(f' {key}="{escape(_value(value))}"' for key, value in pairs)
    return f"<{head}/>" if name in _VOID and not children else f"<{head}>{''.join(children)}</{name}>"


def _value(value: object) -> str:
    if isinstance(value, float | np.floating):
        return f"{float(value):.2f}".rstrip("0").rstrip(".")
    return str(value)


def label(text: object, x: float, y: float, **attributes: object) -> str:
    """SVG text."""
    return element("text", escape(str(text)), x=x, y=y, **attributes)


def picture(width: float, height: float, description: str, *children: str, class_: str = "") -> str:
    """An SVG as wide as its container, with a description for those who cannot see it."""
    return element(
        "svg", *children, viewBox=f"0 0 {width:g} {height:g}", role="img", aria_label=description, class_=class_ or None
    )


def figure(body: str, caption: str, **attributes: object) -> str:
    """A figure and its caption (markup)."""
    return element("figure", body, element("figcaption", caption), **attributes)


def section(name: str, title: str, *body: str) -> str:
    """A section of the page; none at all if it has no body."""
    if not "".join(body):
        return ""
    return element("section", element("h2", escape(title)), *body, id=name)


def rows_of(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of words, the first of each row its name; nothing without rows."""
    if not rows:
        return ""
    head = element("tr", *(element("th", escape(name), scope="col") for name in heads))
    body = (
        element("tr", element("th", escape(name), scope="row"), *(element("td", escape(cell)) for cell in cells))
        for name, *cells in rows
    )
    return element("div", element("table", element("thead", head), element("tbody", *body)), class_="scroll")


def notice(text: str) -> str:
    """A sentence that something is amiss."""
    return element("p", escape(text), class_="notice", role="note")


def png(pixels: Bytes) -> str:
    """A `(h, w)` or `(h, w, 3)` picture as a data address."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def percent(share: float, digits: int | None = None) -> str:
    """`93.1%`; two digits where the errors are few."""
    shown = (2 if share >= 0.98 else 1) if digits is None else digits
    return f"{100 * share:.{shown}f}%"


def count(number: float) -> str:
    """`1,500,000`."""
    return f"{round(number):,}"


def many(number: int, noun: str) -> str:
    """`1 seed`, `3 seeds`."""
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"


def duration(seconds: float) -> str:
    """`1 h 05 min`, `4 min 10 s` or `12 s`."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours}{THIN}h {minutes:02d}{THIN}min"
    return f"{minutes}{THIN}min {rest:02d}{THIN}s" if minutes else f"{rest}{THIN}s"


def listed(parts: Sequence[object]) -> str:
    """`1, 2 and 3`."""
    words = [str(part) for part in parts]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" and {words[-1]}" if words else ""
