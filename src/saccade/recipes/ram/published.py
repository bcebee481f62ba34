"""Published figures: test errors of Mnih, Heess, Graves, Kavukcuoglu 2014, tables 1 and 2, in per cent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saccade.runs import Published

_RAM = "Mnih et al. 2014, tables 1 and 2 of the NIPS proceedings"
# Errors by glimpses, and of other models; the harder of two editions that circulate.
ERRORS: dict[str, dict[int, float]] = {
    "ram-mnist": {2: 3.79, 3: 1.51, 4: 1.54, 5: 1.34, 6: 1.12, 7: 1.07},
    "ram-translated": {4: 1.54, 6: 1.22, 8: 1.20},
    "ram-cluttered": {4: 4.96, 6: 4.08, 8: 4.04},
    "ram-cluttered-100": {4: 9.41, 6: 8.31, 8: 8.11},
}
PLAIN_ERRORS: dict[str, dict[str, float]] = {
    "ram-mnist": {"dense-256": 1.69, "convolutional": 1.21},
    "ram-translated": {"dense-64": 6.42, "dense-256": 2.63, "convolutional": 1.62},
    "ram-cluttered": {"dense-64": 28.58, "dense-256": 11.96, "convolutional": 8.09},
    "ram-cluttered-100": {"convolutional": 14.35},
}
RANDOM_ERRORS: dict[str, dict[int, float]] = {"ram-cluttered": {8: 14.4}}
# field, clutter, patch and scales of each task
_TASKS = {
    "ram-mnist": (0, 0, 8, 1),
    "ram-translated": (60, 0, 12, 3),
    "ram-cluttered": (60, 4, 12, 3),
    "ram-cluttered-100": (100, 4, 12, 4),
}


def source(recipe: str) -> str:
    """Where the paper's figures for a task are from."""
    return f"{_RAM}, quoted at second hand" if recipe == "ram-cluttered-100" else _RAM


def published(recipe: str, settings: Mapping[str, Any]) -> Published | None:
    """The paper's figure for the same task, model and gaze, as an accuracy."""
    error = _error(recipe, settings)
    return None if error is None else Published(source(recipe), 1 - error / 100)


def references(recipe: str, settings: Mapping[str, Any]) -> list[Published]:
    """The same, to draw into the learning curves."""
    error = _error(recipe, settings)
    return [] if error is None else [Published(f"{100 - error:.2f}%", 1 - error / 100)]


def _error(recipe: str, settings: Mapping[str, Any]) -> float | None:
    if recipe not in ERRORS:
        return None
    field, clutter, *eye = _TASKS[recipe]
    task = [settings.get(name) for name in ("field", "clutter", "patch", "scales")]
    model = str(settings.get("model", "ram"))
    if task[:2] != [field, clutter] or (model == "ram" and task[2:] != eye):
        return None
    if model != "ram":
        return PLAIN_ERRORS[recipe].get(model)
    by_gaze = {"learned": ERRORS, "random": RANDOM_ERRORS}.get(str(settings.get("gaze")), {})
    return by_gaze.get(recipe, {}).get(int(settings.get("fixations", 0) or 0))
