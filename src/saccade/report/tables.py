"""The groups' numbers in a table, and how they were made."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from .group import Group, Spread, differing, flat
from .markup import THIN, count, duration, element, listed
from .palette import group_colour, marker
from saccade.recipes.active_vision.published import names, published, shown

_NONE = "–"


def table_of_groups(groups: Sequence[Group]) -> str:
    """One row a group; the source's figure beside it where there is one."""
    if not any(group.measured("test.accuracy") for group in groups):
        return ""
    sourced = any(published(group) for group in groups)
    heads = [
        "group",
        "test accuracy",
        *(["source"] if sourced else []),
        "by seed",
        "random looks",
        "entropy",
        "jump",
        "images",
        "time",
    ]
    head = element("tr", *(element("th", name, scope="col") for name in heads))
    rows = [_row(index, group, sourced) for index, group in enumerate(groups)]
    note = (
        "Brackets are 95 % bootstrap intervals of the mean over seeds. “Random looks”: the trained reader, the eye moved at "
        "random. Entropy of the map of chosen looks; jump between successive looks; images and time a seed."
    )
    if sourced:
        note += f" Source: {escape(names(groups))}."
    table = element("table", element("thead", head), element("tbody", *rows))
    return element("div", table, class_="scroll") + element("p", note, class_="caption")


def _row(index: int, group: Group, sourced: bool) -> str:
    accuracy, random = group.measured("test.accuracy"), group.measured("test.random_fixations_accuracy")
    bits, jump = group.measured("test.fixations.entropy"), group.measured("test.fixations.jump")
    images, seconds = group.measured("seen"), group.measured("seconds")
    source = published(group)
    mark = element("svg", marker(index, 8, 8, 5, fill=group_colour(index)), viewBox="0 0 16 16", aria_hidden="true")
    cells = [
        _interval(accuracy),
        *([shown(source) if source else _NONE] if sourced else []),
        " · ".join(f"{100 * value:.{accuracy.digits}f}" for value in accuracy.values) if accuracy else _NONE,
        random.percent if random and group.learns_to_look else _NONE,
        f"{bits.mean:.1f}{THIN}bits" if bits and not group.sees_all else _NONE,
        f"{jump.mean:.1f}{THIN}px" if jump and not group.sees_all else _NONE,
        count(images.mean) if images else _NONE,
        duration(seconds.mean) if seconds else _NONE,
    ]
    return element(
        "tr", element("th", mark, escape(group.name), scope="row"), *(element("td", escape(cell)) for cell in cells)
    )


def _interval(spread: Spread | None) -> str:
    if spread is None:
        return "not ended"
    return spread.percent + (f" [{spread.range}]" if len(spread.values) > 1 else "")


def how_it_was_made(groups: Sequence[Group]) -> str:
    """Commands, versions, settings."""
    runs = [run.directory for group in groups for run in group.runs]
    commands = dict.fromkeys(str(run.about.get("command", "unknown")) for run in runs)
    folder = os.path.commonpath([run.folder.resolve() for run in runs])
    return "".join(
        [
            element("p", "Runs were made with"),
            *(element("pre", element("code", escape(command))) for command in commands),
            element("p", "Look at all metrics, also while a run goes on, with"),
            element("pre", element("code", escape(f"tensorboard --logdir {Path(folder)}"))),
            element("details", element("summary", "Versions and folders"), _runs_table(groups)),
            element("details", element("summary", "All settings"), _settings_table(groups)),
        ]
    )


def _runs_table(groups: Sequence[Group]) -> str:
    heads = ["group", "seed", "commit", "started (UTC)", "versions", "threads", "folder"]
    rows = []
    for group in groups:
        for run in group.runs:
            about = run.directory.about
            versions = about.get("versions") or {}
            cells: list[Any] = [
                group.name,
                run.directory.seed,
                about.get("commit", "unknown"),
                str(about.get("started", "unknown"))[:16].replace("T", " "),
                ", ".join(f"{name} {version}" for name, version in versions.items()),
                about.get("threads", _NONE),
                run.directory.folder,
            ]
            rows.append(element("tr", *(element("td", escape(str(cell))) for cell in cells)))
    return _table(heads, rows)


def _settings_table(groups: Sequence[Group]) -> str:
    different = set(differing([group.settings for group in groups]))
    flattened = [flat(group.settings) for group in groups]
    rows = []
    for name in dict.fromkeys(name for settings in flattened for name in settings):
        cells = [element("td", escape(_plain(settings.get(name, _NONE)))) for settings in flattened]
        head = element("th", element("code", escape(name)), scope="row")
        rows.append(element("tr", head, *cells, class_="different" if name in different else None))
    return _table(["setting", *(group.name for group in groups)], rows)


def _plain(value: object) -> str:
    if isinstance(value, list):
        return listed(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    head = element("tr", *(element("th", escape(name), scope="col") for name in heads))
    return element("div", element("table", element("thead", head), element("tbody", *rows)), class_="scroll")
