"""Another package, installed for the length of a test, that brings recipes and commands by entry points."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

DOTS = '''
"""A recipe with settings that are named as ours were before."""

from dataclasses import dataclass

from saccade.command_line import Command
from saccade.recipes.active_vision.data import open_digits
from saccade.recipes.active_vision.system import ACCURACY
from saccade.recipes.ram.settings import RamSettings
from saccade.recipes.ram.wiring import wire as wire_ram
from saccade.training import Cell, GraphTask, Recipe, Table, TrainingSettings


@dataclass(frozen=True)
class DotsSettings(TrainingSettings):
    """Settings of dots."""

    images: int = 3
    """What this recipe calls images."""
    memory: int = 5
    """What this recipe calls memory."""


def wire(settings, data, learn=True):
    return wire_ram(RamSettings(model="dense-64", shift=0), data, learn)


def tables():
    return TABLES


def say(arguments):
    print("dots:", *arguments)


DOTS = Recipe("dots", "Digits, seen at once", DotsSettings(), wire, open_digits, ACCURACY, GraphTask, tables=tables)
TABLES = [Table("dots", "Dots", [Cell("dots/accuracy", "dots", "dots", "digits", DotsSettings(seen=32, batch=16))], ACCURACY)]
SAY = Command("say WORD", "say a word", say)
NOTHING = 3
'''


def install(
    monkeypatch: pytest.MonkeyPatch, folder: Path, entry_points: Mapping[str, Mapping[str, str]], name: str = "dots"
) -> None:
    """Put the package `name` 0.1 with the module `NAME.py` on the path.

    Args:
        monkeypatch: takes it away after the test.
        folder: where its files go.
        entry_points: names and what they stand for, by group.
        name: of the package.
    """
    info = folder / f"{name}-0.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n")
    lines = [
        line
        for group, entries in entry_points.items()
        for line in (f"[{group}]", *(f"{entry} = {value}" for entry, value in entries.items()), "")
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))
    (folder / f"{name}.py").write_text(DOTS)
    monkeypatch.syspath_prepend(folder)
