"""What a figure takes from the runs behind it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from saccade.runs import RunDirectory, read_metrics


@dataclass(frozen=True)
class Reading:
    """One value a run, and what was measured along with it."""

    values: Sequence[float]
    unit: str
    better: str
    data: str  # what was measured on
    about: Mapping[str, Any]
    words: str = ""  # what the set-up says first
    baselines: Mapping[str, float] = field(default_factory=dict)  # measured in the same runs


Reader = Callable[[Sequence[RunDirectory]], Reading]


def accuracies(runs: Sequence[RunDirectory]) -> Reading:
    """Test accuracies, with how the eye moved."""
    ended = results(runs)
    tests = [result["test"] for result in ended]
    about = {
        "train accuracy": mean([result["train_accuracy"] for result in ended]),
        "validation accuracy": mean([result["validation_accuracy"] for result in ended]),
        **_looking(tests),
        "seconds of each run": [round(result["seconds"], 1) for result in ended],
        **{name: tests[0][name] for name in ("parameters", "multiply_adds") if name in tests[0]},
        "validation accuracy by images": curve(runs, "validation_accuracy"),
    }
    unit = f"fraction of {tests[0]['images']} test images"
    return Reading([test["accuracy"] for test in tests], unit, "higher", ended[0]["data"], about)


def errors(runs: Sequence[RunDirectory]) -> Reading:
    """Test errors, with how the eye moved."""
    found = accuracies(runs)
    return replace(found, values=[1 - value for value in found.values], unit=f"error, {found.unit}", better="lower")


def errors_of_copies(runs: Sequence[RunDirectory]) -> Reading:
    """Test errors of the mean of passes with drawn places."""
    found, tests = errors(runs), [result["test"] for result in results(runs)]
    passes = tests[0]["passes"]
    once = _looking(tests)  # of the pass with the most probable places
    about = {name: value for name, value in found.about.items() if name not in once}
    about["multiply_adds"] *= passes
    return replace(
        found,
        values=[1 - test["accuracy_of_copies"] for test in tests],
        about=about,
        words=f"mean of {passes} passes with drawn places, ",
    )


def results(runs: Sequence[RunDirectory]) -> list[dict[str, Any]]:
    """What each run measured at its end."""
    return [run.result or {} for run in runs]


def curve(runs: Sequence[RunDirectory], name: str) -> list[tuple[int, float]]:
    """A metric by images seen, the mean of the runs."""
    found = [dict(each) for each in curves(runs, name)]
    return [(images, mean([each[images] for each in found])) for images in found[0] if all(images in c for c in found)]


def curves(runs: Sequence[RunDirectory], name: str) -> list[list[tuple[int, float]]]:
    """A metric by images seen, of every run."""
    return [[(round(row["seen"]), row[name]) for row in read_metrics(run.folder) if name in row] for run in runs]


def reached(run: RunDirectory, name: str, least: float, after: float = 0) -> tuple[int, float] | None:
    """How much was learned from until a metric was so high, and how many minutes that took; None: it never was. Up to `after` does not count."""
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


def _looking(tests: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How the eye moved; nothing of a network that sees everything at once."""
    if len(tests[0]["accuracy_by_fixation"]) == 1:
        return {}
    eye = [test["fixations"] for test in tests]
    found: dict[str, Any] = {
        "same reader, random fixations": mean([test["random_fixations_accuracy"] for test in tests]),
        "fixation map entropy, bits": mean([each["entropy"] for each in eye]),
        "entropy within a step, bits": mean([each["entropy_within"] for each in eye]),
        "jump, pixels": mean([each["jump"] for each in eye]),
        "accuracy by fixation": by_step([test["accuracy_by_fixation"] for test in tests]),
    }
    if all("stopping" in test for test in tests):
        found["early stopping"] = _stopping([test["stopping"] for test in tests])
    if all("hit_rate" in test for test in tests):
        found["hit rate by fixation"] = by_step([test["hit_rate"] for test in tests])
    return found


def _stopping(runs: Sequence[Sequence[Mapping[str, float]]]) -> list[dict[str, float]]:
    """By threshold of being sure: mean number of looks and accuracy, the means of the runs."""
    return [{name: mean([row[name] for row in rows]) for name in rows[0]} for rows in zip(*runs, strict=True)]
