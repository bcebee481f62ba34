"""How the runs of a page were made: commands, versions, settings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from .group import Group, differing, flat
from .header import commit_of
from .markup import element, listed

_NONE = "–"


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
    heads = ["group", "seed", "package", "commit", "started (UTC)", "versions", "threads", "folder"]
    rows = []
    for group in groups:
        for run in group.runs:
            about = run.directory.about
            versions = about.get("versions") or {}
            cells: list[Any] = [
                group.name,
                run.directory.seed,
                about.get("package") or _NONE,
                commit_of(about) or _NONE,
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
