"""Tables of h-DQN."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from docs.markdown import NONE, cells, interval, markdown, published, the_table


def makers() -> Mapping[str, Callable[[], str]]:
    """The tables, by name."""
    return {"hdqn-chain": _chain}


def _chain() -> str:
    """The hierarchy and the flat policies on the chain."""
    table, body = the_table("hdqn-chain"), []
    for cell, figure in cells("hdqn-chain"):
        about = figure["about"] if figure else {}
        solved = (
            f"{about['learners solved (a return of 0.15 or more)']} of {about['learners']}"
            if "learners" in about
            else NONE
        )
        training = f"{about['return in the last tenth of training']:.3f}" if "learners" in about else NONE
        body.append([cell.row, interval(figure, table.metric.format), solved, training, published(cell, table.metric)])
    heads = ["chain", "return", "learners that solve it", "return in the last tenth of training", "published"]
    return markdown(heads, body)
