"""What compares the code of two checkouts: which they are, and the environment to run one with."""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from saccade.runs import Figure
from saccade.runs.rundir import commit


@dataclass(frozen=True)
class Comparison:
    """What a command line asks for."""

    code: dict[str, Path]  # of the checkouts "before" and "now"
    rounds: int
    results: Path


def comparison(description: str | None, rounds: int) -> Comparison:
    """Read the command line: OLD NEW [--rounds N] [--results DIR]."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--results", type=Path, default=Path("results"))
    found = parser.parse_args()
    return Comparison({"before": found.old.resolve(), "now": found.new.resolve()}, found.rounds, found.results)


def environment(code: Path, kernels: Path) -> dict[str, str]:
    """This process's variables, with the code of a checkout, and a folder for its compiled kernels."""
    return {**os.environ, "PYTHONPATH": str(code / "src"), "XDG_CACHE_HOME": str(kernels)}


def ratio(
    code: Mapping[str, Path],
    id_: str,
    quantity: str,
    unit: str,
    times: Mapping[str, Sequence[float]],
    setup: str,
    command: str,
    seconds: float,
) -> Figure:
    """The figure of a quantity, such as "CPU seconds", that was measured in turn with the code of "before" and of "now"."""
    return Figure(
        commit=commit(code["now"] / "src" / "saccade"),
        id=id_,
        values=[new / old for old, new in zip(times["before"], times["now"], strict=True)],
        unit=unit,
        better="lower",
        range=(0, None),
        setup=setup,
        command=command,
        seconds=seconds,
        baselines={f"{name}, {quantity}": statistics.mean(each) for name, each in times.items()},
    )
