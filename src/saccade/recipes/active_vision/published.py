"""The sources' figures: test accuracies of the GRLF report, test errors of the RAM paper, in per cent."""

from __future__ import annotations

from collections.abc import Iterable

from saccade.runs import Published

from saccade.report.group import Group
from saccade.report.markup import THIN, count, percent

_GRLF = "GRLF report, table 1"
GRLF_IMAGES = 100_000  # after which the source measured
_GRLF_ACCURACIES = {
    "recurrent": {"learned": 92.0, "centre": 86.0, "random": 44.0},
    "feed-forward": {"learned": 79.0, "centre": 80.0, "random": 28.0},
}
_WORDS = {"learned": "best", "centre": "centre", "random": "random"}

_RAM = "Mnih et al. 2014, tables 1 and 2 of the NIPS proceedings"
# Errors by glimpses, and of other models; the harder of two editions that circulate.
RAM_ERRORS: dict[str, dict[int, float]] = {
    "ram-mnist": {2: 3.79, 3: 1.51, 4: 1.54, 5: 1.34, 6: 1.12, 7: 1.07},
    "ram-translated": {4: 1.54, 6: 1.22, 8: 1.20},
    "ram-cluttered": {4: 4.96, 6: 4.08, 8: 4.04},
    "ram-cluttered-100": {4: 9.41, 6: 8.31, 8: 8.11},
}
# field, clutter, patch and scales of each
_TASKS = {
    "ram-mnist": (0, 0, 8, 1),
    "ram-translated": (60, 0, 12, 3),
    "ram-cluttered": (60, 4, 12, 3),
    "ram-cluttered-100": (100, 4, 12, 4),
}
RAM_PLAIN_ERRORS: dict[str, dict[str, float]] = {
    "ram-mnist": {"dense-256": 1.69, "convolutional": 1.21},
    "ram-translated": {"dense-64": 6.42, "dense-256": 2.63, "convolutional": 1.62},
    "ram-cluttered": {"dense-64": 28.58, "dense-256": 11.96, "convolutional": 8.09},
    "ram-cluttered-100": {"convolutional": 14.35},
}
RAM_RANDOM_ERRORS: dict[str, dict[int, float]] = {"ram-cluttered": {8: 14.4}}


def published(group: Group) -> Published | None:
    """The source's figure for the same task, model and gaze, as an accuracy."""
    if group.recipe in RAM_ERRORS:
        error = _ram_error(group)
        return None if error is None else Published(ram_source(group.recipe), 1 - error / 100)
    value = _grlf_reader(group).get(str(group.settings.get("gaze")))
    return None if value is None else Published(_GRLF, value / 100)


def ram_source(recipe: str) -> str:
    """Where the paper's figures for a task are from."""
    return f"{_RAM}, quoted at second hand" if recipe == "ram-cluttered-100" else _RAM


def shown(figure: Published) -> str:
    """A source's figure with as many digits as the source gives."""
    return percent(figure.value, 0 if abs(figure.value * 100 - round(figure.value * 100)) < 1e-6 else 2)


def names(groups: Iterable[Group]) -> str:
    """Where the figures of these groups are from, and after how many images, where the source says."""
    found = {figure.name for group in groups if (figure := published(group)) is not None}
    return "; ".join(f"{name}, after {count(GRLF_IMAGES)} images" if name == _GRLF else name for name in sorted(found))


def reference_lines(groups: list[Group]) -> list[Published]:
    """The sources' figures beside the learning curves: of GRLF its best saccader, centre and random gaze."""
    readers = {str(group.settings.get("reader")): found for group in groups if (found := _grlf_reader(group))}
    lines = [
        Published(f"{'source' if len(readers) == 1 else reader}, {_WORDS[gaze]} {value:.0f}{THIN}%", value / 100)
        for reader, figures in readers.items()
        for gaze, value in figures.items()
    ]
    errors = dict.fromkeys(error for group in groups if (error := _ram_error(group)) is not None)
    return lines + [Published(f"paper {100 - error:.2f}{THIN}%", 1 - error / 100) for error in errors]


def _same_task(group: Group) -> bool:
    task = tuple(group.settings.get(name) for name in ("field", "clutter", "patch", "scales"))
    field, clutter, *eye = _TASKS[group.recipe]
    return task[:2] == (field, clutter) and (group.sees_all or task[2:] == tuple(eye))


def _on_mnist(group: Group) -> bool:
    return all(name.startswith("mnist") for name in group.data)


def _grlf_reader(group: Group) -> dict[str, float]:
    known = _GRLF_ACCURACIES.get(str(group.settings.get("reader")), {})
    return known if group.recipe == "grlf" and _on_mnist(group) else {}


def _ram_error(group: Group) -> float | None:
    if group.recipe not in RAM_ERRORS or not _on_mnist(group) or not _same_task(group):
        return None
    if group.sees_all:
        return RAM_PLAIN_ERRORS[group.recipe].get(str(group.settings.get("model")))
    by_gaze = {"learned": RAM_ERRORS, "random": RAM_RANDOM_ERRORS}.get(str(group.settings.get("gaze")), {})
    return by_gaze.get(group.recipe, {}).get(int(group.settings.get("fixations", 0) or 0))
