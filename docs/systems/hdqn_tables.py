"""Tables of h-DQN."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from docs.markdown import MISSING, NONE, Figure, cells, interval, markdown, published, the_table
from saccade.recipes.hdqn.tables import CURVE, SOLVED
from saccade.runs import mean_interval


def makers() -> Mapping[str, Callable[[], str]]:
    """The tables, by name."""
    return {
        "hdqn-chain": _chain,
        "hdqn-doorkey": _doorkey,
        "hdqn-montezuma": _montezuma,
        "hdqn-montezuma-score": _scores,
    }


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


def _doorkey() -> str:
    """Success by decisions in a room with a door and a key, at the step at which each run of the hierarchy had solved it, and after training."""
    found = cells("hdqn-doorkey")
    steps, body = _solved(found[0][1]), []
    for cell, figure in found:
        runs = _curves(figure)
        at = _shares([_at(run, step) for run, step in zip(runs, steps, strict=True)]) if runs and steps else MISSING
        shares = _means(runs, (50_000, 100_000, 150_000, 200_000))
        curve = " · ".join(f"{share:.0%}" for share in shares) or MISSING
        body.append([cell.row, curve, at, interval(figure, "{:.1%}")])
    when = (
        f"at the step at which h-DQN had solved it ({min(steps):,} to {max(steps):,})"
        if steps
        else "when h-DQN had solved it"
    )
    return markdown(
        ["DoorKey 6×6", "after 50, 100, 150 and 200 thousand decisions", when, "after training, on the test's starts"],
        body,
    )


def _curves(figure: Figure | None) -> list[list[tuple[int, float]]]:
    """Success by decisions of each run."""
    return [[(int(seen), float(share)) for seen, share in run] for run in figure["about"][CURVE]] if figure else []


def _solved(figure: Figure | None) -> list[int]:
    """After how many decisions each run had solved the room; at the end where it never did."""
    return [next((seen for seen, share in run if share >= SOLVED), run[-1][0]) for run in _curves(figure)]


def _at(points: list[tuple[int, float]], step: int) -> float:
    """The success at a step."""
    return min(points, key=lambda point: abs(point[0] - step))[1]


def _means(runs: list[list[tuple[int, float]]], steps: tuple[int, ...]) -> list[float]:
    """The mean success of the runs at some steps."""
    return [sum(_at(run, step) for run in runs) / len(runs) for step in steps] if runs else []


def _shares(values: list[float]) -> str:
    """Their mean and its interval."""
    mean, ends = sum(values) / len(values), mean_interval(values, low=0.0, high=1.0)
    return f"**{mean:.0%}**" + (f" [{ends[0]:.0%}, {ends[1]:.0%}]" if ends else "")


def _montezuma() -> str:
    """How often every goal is reached from the start of the game."""
    found = cells("hdqn-montezuma")
    columns = list(dict.fromkeys(cell.column for cell, _ in found))
    goals = list(dict.fromkeys(cell.row for cell, _ in found))
    by = {(cell.row, cell.column): figure for cell, figure in found}
    body = [[goal, *(interval(by[goal, column], "{:.0%}") for column in columns)] for goal in goals]
    return markdown(["goal", *columns], body)


def _scores() -> str:
    """Mean scores of whole games."""
    table = the_table("hdqn-montezuma-score")
    body = [
        [cell.row, interval(figure, "{:,.0f}"), published(cell, table.metric)] for cell, figure in cells(table.name)
    ]
    return markdown(["Montezuma's Revenge", "mean score", "published"], body)
