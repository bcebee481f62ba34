"""What figures of scribblers take from the runs behind them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from saccade.runs import RunDirectory, RunError
from saccade.training.launch import computing_as, open_training
from saccade.training.measurements import Measure, Measurement, by_step, curve, mean, reached, results

from .recipe import IOU

_BASELINES = ("random", "blind script", "greedy oracle", "expert on the ground truth", "expert on the forecast")


def overlaps(runs: Sequence[RunDirectory]) -> Measurement:
    """Mean intersection over union on the test images, with the baselines from the same starts."""
    ended = results(runs)
    return _measurement(runs, [result["test"] for result in ended], ended[0]["data"])


def overlaps_on(name: str) -> Measure:
    """The same on all images of another folder, which lies next to the runs' own."""

    def read(runs: Sequence[RunDirectory]) -> Measurement:
        from saccade.worlds.data.masked_folder import load_whole

        from .task import CutOutTask

        tests = []
        for run in runs:
            with computing_as(run):
                training = open_training(run, run.about["data"], lambda _: None)
                task = training.task
                assert isinstance(task, CutOutTask)
                if training.seen < task.total:
                    raise RunError(f"{run.folder} has no checkpoint of its end: move it away, and it is trained anew")
                data = load_whole(Path(run.about["data"]).parent / name, task.settings.size)
                tests.append(task.measured(data)[1])
        return _measurement(runs, tests, f"{name}, never trained on")

    return read


def _measurement(runs: Sequence[RunDirectory], tests: Sequence[dict[str, Any]], data: str) -> Measurement:
    """One value per run, and the means of the baselines."""
    ended = results(runs)
    baselines = {
        name: mean([test["baselines"][name]["iou"] for test in tests])
        for name in _BASELINES
        if all(name in test["baselines"] for test in tests)
    }
    baselines["mean mask"] = mean([test["mean_mask_iou"] for test in tests])
    if all("forecast_iou" in test for test in tests):
        baselines["its forecast"] = mean([test["forecast_iou"] for test in tests])
    about = {
        "validation IoU": mean([result["validation_iou"] for result in ended]),
        "median IoU": mean([test["median_iou"] for test in tests]),
        "share of 0.9 or more": mean([test["good_share"] for test in tests]),
        "IoU by step": by_step([test["iou_by_step"] for test in tests]),
        "strokes": {name: mean([test["strokes"][name] for test in tests]) for name in tests[0]["strokes"]},
        "seconds of each run": [round(result["seconds"], 1) for result in ended],
        "minutes to 0.9 on validation images": [minutes_to(run, 0.9) for run in runs],
        "validation IoU by images": curve(runs, "validation_iou"),
    }
    unit = f"mean intersection over union of {tests[0]['images']} test images"
    return Measurement([test["iou"] for test in tests], IOU, unit, data, about, baselines=baselines)


def minutes_to(run: RunDirectory, overlap: float) -> float | None:
    """Minutes of training, its forecasts' included, until the scribbler overlapped the validation images so much; None: it never did."""
    from .settings import FOLDS

    begins = (
        run.settings.get("folds", FOLDS) * run.settings["forecast"]
    )  # until then it is the forecasts that are validated
    found = reached(run, "validation_iou", overlap, begins)
    return None if found is None else found[1]
