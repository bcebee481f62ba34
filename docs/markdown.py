"""Markdown tables of figures from results/: what the tables of all systems share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from saccade.runs import Metric, interval_of, paired_difference, read_figures
from saccade.training.registry import table_named
from saccade.training.table import Cell, Table, rows

ROOT = Path(__file__).parent.parent
NONE = "–"  # there is no such figure
MISSING = "not measured yet"

Figure = dict[str, Any]  # as `read_figures` gives it


def figures() -> dict[str, Figure]:
    """All figures, by id."""
    return read_figures(ROOT / "results")


@cache
def the_table(name: str) -> Table:
    """A table of a recipe, by its name.

    Raises:
        LookupError: there is none.
    """
    table = table_named(name)
    if table is None:
        raise LookupError(f"there is no table {name!r}: `saccade table` lists those of the installed recipes")
    return table


def cells(name: str) -> list[tuple[Cell, Figure | None]]:
    """The cells of a table in its order, each with its figure; None: not measured yet."""
    return rows(the_table(name), ROOT / "results")


def markdown(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A table; all columns but the first are aligned to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def interval(figure: Figure | None, form: str) -> str:
    """Mean and 95% interval, each written by a format string such as `{:.1%}`."""
    if figure is None:
        return MISSING
    value, ends = form.format(figure["value"]), interval_of(figure)
    return f"**{value}**" if ends is None else f"**{value}** [{form.format(ends[0])}, {form.format(ends[1])}]"


def difference(first: Figure | None, second: Mapping[str, Any] | None, metric: Metric) -> str:
    """First minus second, seed by seed, with its 95% interval; bold where that excludes zero. Percentages: in percentage points.

    Args:
        first, second: with `seeds` and `values`; None: not measured yet.
        metric: of both.
    """
    if first is None or second is None:
        return MISSING
    if first["id"] == second.get("id"):
        return NONE
    found = paired_difference(*(dict(zip(each["seeds"], each["values"], strict=True)) for each in (first, second)))
    if found is None:
        return NONE
    mean, *bounds = metric.difference(found).split(" ", 1)
    return " ".join([f"**{mean}**" if found.clear else mean, *bounds])


def ratio(figure: Figure | None) -> str:
    """The same of a ratio or a rate: three digits, and whole numbers above a thousand."""
    return interval(figure, "{:,.0f}" if figure and figure["value"] >= 1000 else "{:.3g}")


def published(cell: Cell, metric: Metric) -> str:
    """The published value for a cell."""
    return NONE if cell.published is None else metric.published(cell.published.value)


def baseline(figure: Figure | None, name: str, form: str) -> str:
    """One of the values that a figure is compared with."""
    return form.format(figure["baselines"][name]) if figure and name in figure["baselines"] else NONE
