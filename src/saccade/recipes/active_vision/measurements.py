"""What figures of systems that classify by fixations take from the runs behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from saccade.runs import RunDirectory
from saccade.training.measurements import Measurement, by_step, curve, mean, results

from .system import ACCURACY, ERROR

TRAINING_IMAGES = 10_000  # at most: the accuracy on training images is of the first so many


def accuracies(runs: Sequence[RunDirectory]) -> Measurement:
    """Test accuracies, with how the eye moved."""
    ended = results(runs)
    tests = [result["test"] for result in ended]
    about = {
        "train accuracy": mean([result["train_accuracy"] for result in ended]),
        "train accuracy, by seed": [result["train_accuracy"] for result in ended],
        "validation accuracy": mean([result["validation_accuracy"] for result in ended]),
        **_gaze(tests),
        "seconds of each run": [round(result["seconds"], 1) for result in ended],
        **{name: tests[0][name] for name in ("parameters", "multiply_adds") if name in tests[0]},
        "validation accuracy by images": curve(runs, "validation_accuracy"),
    }
    unit = f"fraction of {tests[0]['images']} test images"
    values = [test["accuracy"] for test in tests]
    return Measurement(values, ACCURACY, unit, ended[0]["data"], about, test_images=tests[0]["images"])


def errors(runs: Sequence[RunDirectory]) -> Measurement:
    """Test errors, with how the eye moved."""
    found = accuracies(runs)
    return replace(found, values=[1 - value for value in found.values], metric=ERROR, unit=f"error, {found.unit}")


def errors_of_copies(runs: Sequence[RunDirectory]) -> Measurement:
    """Test errors of the mean of passes with sampled fixations."""
    found, tests = errors(runs), [result["test"] for result in results(runs)]
    passes = tests[0]["passes"]
    once = _gaze(tests)  # of the pass with the most probable fixations
    about = {name: value for name, value in found.about.items() if name not in once}
    about["multiply_adds"] *= passes
    return replace(
        found,
        values=[1 - test["accuracy_of_copies"] for test in tests],
        about=about,
        words=f"mean of {passes} passes with drawn places, ",
    )


def _gaze(tests: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How the eye moved; nothing of a network that sees everything at once."""
    if len(tests[0]["accuracy_by_fixation"]) == 1:
        return {}
    eye = [test["fixations"] for test in tests]
    found: dict[str, Any] = {
        "fixation map entropy, bits": mean([each["entropy"] for each in eye]),
        "entropy within a step, bits": mean([each["entropy_within"] for each in eye]),
        "jump, pixels": mean([each["jump"] for each in eye]),
        "accuracy by fixation": by_step([test["accuracy_by_fixation"] for test in tests]),
    }
    if all("random_fixations_accuracy" in test for test in tests):
        found["same reader, random fixations"] = mean([test["random_fixations_accuracy"] for test in tests])
    if all("stopping" in test for test in tests):
        found["early stopping"] = _stopping([test["stopping"] for test in tests])
    if all("hit_rate" in test for test in tests):
        found["hit rate by fixation"] = by_step([test["hit_rate"] for test in tests])
    return found


def _stopping(runs: Sequence[Sequence[Mapping[str, float]]]) -> list[dict[str, float]]:
    """By threshold of confidence: mean number of fixations and accuracy, the means of the runs."""
    return [{name: mean([row[name] for row in rows]) for name in rows[0]} for rows in zip(*runs, strict=True)]
