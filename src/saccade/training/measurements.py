"""What a figure takes from the runs behind it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from saccade.runs import Metric, RunDirectory, number_at, read_metrics


@dataclass(frozen=True)
class Measurement:
    """One value of each run, or of each independent learner in it, and what was measured along with it."""

    values: Sequence[float]
    metric: Metric
    unit: str  # the metric's, with the number of test images
    data: str  # what was measured on
    about: Mapping[str, Any]
    words: str = ""  # what the set-up says first
    baselines: Mapping[str, float] = field(default_factory=dict)  # measured in the same runs
    test_images: int = 0
    seeds: Sequence[int] = ()  # of the values; default: those of the runs


Measure = Callable[[Sequence[RunDirectory]], Measurement]


def of_metric(metric: Metric) -> Measure:
    """The metric on the test set, with its curve on the validation set."""

    def measure(runs: Sequence[RunDirectory]) -> Measurement:
        ended = results(runs)
        about = {
            f"validation {metric.label}": mean([result[f"validation_{metric.name}"] for result in ended]),
            "seconds of each run": [round(result["seconds"], 1) for result in ended],
            f"validation {metric.label} by what was seen": curve(runs, f"validation_{metric.name}"),
        }
        values = [result["test"][metric.name] for result in ended]
        images = int(number_at(ended[0], "test.images") or 0)
        return Measurement(values, metric, metric.unit, ended[0]["data"], about, test_images=images)

    return measure


def results(runs: Sequence[RunDirectory]) -> list[dict[str, Any]]:
    """What each run measured at its end."""
    return [run.result or {} for run in runs]


def curve(runs: Sequence[RunDirectory], name: str) -> list[tuple[int, float]]:
    """A metric by what was seen, the mean of the runs."""
    found = [dict(each) for each in curves(runs, name)]
    return [(seen, mean([each[seen] for each in found])) for seen in found[0] if all(seen in each for each in found)]


def curves(runs: Sequence[RunDirectory], name: str) -> list[list[tuple[int, float]]]:
    """A metric by what was seen, of every run, where there was something to measure."""
    return [
        [(round(row["seen"]), row[name]) for row in read_metrics(run.folder) if row.get(name) is not None]
        for run in runs
    ]


def reached(run: RunDirectory, name: str, least: float, after: float = 0) -> tuple[int, float] | None:
    """What was seen until a metric was so high, and how many minutes that took; None: it never was. Up to `after` does not count."""
    for row in read_metrics(run.folder):
        if row["seen"] > after and row.get(name, -math.inf) >= least:
            return round(row["seen"]), round(row["seen"] / row["seen_per_second"] / 60, 1)
    return None


def by_step(rows: Sequence[Sequence[float]]) -> list[float]:
    """The means of the runs, step by step."""
    return [mean(step) for step in zip(*rows, strict=True)]


def mean(values: Sequence[float]) -> float:
    """The mean."""
    return sum(values) / len(values)
