"""What is installed, what is missing, and how to get it."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, requires, version

import torch
from packaging.requirements import Requirement
from rich.console import Console
from rich.table import Table
from rich.text import Text

from saccade.devices import available
from saccade.worlds import DataError, load_mnist

_FOR_USE = ("", "cutout", "atari", "minigrid", "bench")  # extras; "": needed in any case


def examine(console: Console) -> bool:
    """Print the state of the installation; True if everything that is needed is there."""
    table = Table(title="saccade doctor")
    for column in ("what", "state", "how to get it"):
        table.add_column(column)
    table.add_row("python", platform.python_version(), "")
    whole = True
    for needed, extra in wanted():
        found = _version(needed.name)
        whole = whole and bool(found or extra)
        table.add_row(f"{needed.name} (optional)" if extra else needed.name, *_state(needed, extra, found))
    table.add_row(
        "threads",
        f"{torch.get_num_threads()} of {os.cpu_count()} cores, {_waiting()}",
        "",
    )
    table.add_row("gpu", torch.cuda.get_device_name() if torch.cuda.is_available() else "none (not needed)", "")
    chosen, *others = available()
    also = f" (also: --device {', '.join(others)})" if others else ""
    table.add_row("device of recipes", chosen + also, "")
    table.add_row("MNIST", *_mnist())
    console.print(table)
    return whole


def wanted() -> list[tuple[Requirement, str]]:
    """The packages that saccade declares with the versions that will do, each with the first extra that it is of; "": needed in any case."""
    found: dict[str, tuple[Requirement, str]] = {}
    declared = [Requirement(line) for line in requires("saccade") or ()]
    for extra in _FOR_USE:
        for each in declared:
            if each.marker.evaluate({"extra": extra}) if each.marker else not extra:
                found.setdefault(each.name, (each, extra))
    return list(found.values())


def _waiting() -> str:
    """How idle threads wait: what the user has set, or saccade's own."""
    policy = os.environ.get("OMP_WAIT_POLICY")
    return f"OMP_WAIT_POLICY={policy}" if policy else f"GOMP_SPINCOUNT={os.environ.get('GOMP_SPINCOUNT')}"


def _state(needed: Requirement, extra: str, found: str | None) -> tuple[str | Text, Text]:
    """What is installed of a package, and how to get what should be."""
    newer = Text(f"pip install --upgrade '{needed.name}{needed.specifier}'")
    if found is None:
        missing = "missing" if extra else Text("missing", style="red")
        return missing, Text(f"pip install '.[{extra}]'") if extra else newer
    if not needed.specifier.contains(found, prereleases=True):
        return Text(f"{found}: not tried, {needed.specifier} is", style="yellow"), newer
    return found, Text()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _mnist() -> tuple[str | Text, str]:
    try:
        train, test = (len(load_mnist(split, download=False).labels) for split in ("train", "test"))
        return f"{train:,} and {test:,} images, whole", ""
    except DataError as error:
        return Text(str(error), style="yellow"), "saccade data get mnist"
