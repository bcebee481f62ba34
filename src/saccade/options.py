"""The options of every command, as dataclasses that tyro reads. A recipe's settings are options too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, get_args

import tyro

from saccade.command_line import FloatOrNone, IntOrNone, OneRunPath, PathOrNone, RunPaths
from saccade.devices import Device

DeviceOrNone = Annotated[
    Device | None, tyro.conf.arg(metavar=f"{{{','.join(get_args(Device))}}}", help_behavior_hint="")
]


@dataclass(frozen=True)
class RunOptions:
    """How to run it."""

    seeds: int = 1
    """How many seeds to train."""
    seed: int = 0
    """The first seed."""
    out: PathOrNone = None
    """Folder of the run directories; default runs/RECIPE-N."""
    data: PathOrNone = None
    """Folder of the data."""
    from_run: Annotated[PathOrNone, tyro.conf.arg(name="from", metavar="RUN")] = None
    """Begin with the weights of this run, as far as they fit; of a folder of runs, each seed with that of the same seed."""
    workers: IntOrNone = None
    """Seeds trained in parallel; default: one per core."""
    threads: int = 1
    """Threads of each run; another number may round differently."""
    device: Device = "auto"
    """What the networks compute on; auto: CUDA if there is any, else MPS (Apple) if there is any, else the CPU."""
    report: bool = True
    """Write report.html at the end."""


@dataclass(frozen=True)
class ReportOptions:
    """Which runs."""

    runs: RunPaths
    """Run directories, or folders of them."""
    out: Annotated[PathOrNone, tyro.conf.arg(aliases=["-o"])] = None
    """Where to write; default: report.html in the folder, or comparison.html in the first of several."""
    picture: PathOrNone = None
    """Also write a PNG here, of the first run (GRLF, RAM): the first test image of each class with the fixations on it."""
    force: bool = False
    """Replace files that --out and --picture name."""


@dataclass(frozen=True)
class OneRun:
    """Which run."""

    run: OneRunPath
    """A run directory, or a folder of them."""
    seen: IntOrNone = None
    """Go on to so many images or episodes, also if the run has ended."""
    steps: IntOrNone = None
    """The same, in decisions, of deep Q-learning."""
    data: PathOrNone = None
    """Folder of the data, if they have moved since."""
    device: DeviceOrNone = None
    """Compute on this device from now on; default: where the run began."""
    workers: IntOrNone = None
    """Seeds trained in parallel; default: one per core."""


@dataclass(frozen=True)
class EvalOptions:
    """What to measure."""

    run: OneRunPath
    """A run directory, or a folder of them."""
    data: PathOrNone = None
    """Folder of the data; default: where the run found them."""
    device: DeviceOrNone = None
    """What to compute on; default: where the run was trained."""
    confidence: FloatOrNone = None
    """End an episode once its confidence, the predicted probability of being right, is above this, and report how many fixations that takes (RAM)."""


@dataclass(frozen=True)
class PredictOptions:
    """What to predict, and with what."""

    run: OneRunPath
    """A run directory, or a folder of one; or the name of weights that come with saccade, such as grlf."""
    files: Annotated[
        tyro.conf.Positional[tuple[Path, ...]],
        tyro.conf.arg(metavar="FILE [FILE ...]", help_behavior_hint="(required)"),
    ]
    """Pictures, or folders of them; of a game also observations as arrays (.npy)."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("predictions")
    """Folder for the tables and pictures."""
    data: PathOrNone = None
    """Folder of the training data, if they have moved since; most recipes do without."""
    force: bool = False
    """Replace files in the folder."""


@dataclass(frozen=True)
class ExportOptions:
    """What to write, and where."""

    run: OneRunPath
    """A run directory, or a folder of them."""
    csv: bool = False
    """Tables."""
    npz: bool = False
    """Arrays of NumPy."""
    out: Annotated[PathOrNone, tyro.conf.arg(aliases=["-o"])] = None
    """Folder for the files; of several runs, each gets one in it. Default: export in the run directory."""
    force: bool = False
    """Replace files in it; without it, of several runs those that were exported before are left out."""


@dataclass(frozen=True)
class NoOptions:
    """Nothing but --help."""


@dataclass(frozen=True)
class GraphOptions:
    """What to show of a graph."""

    out: Annotated[PathOrNone, tyro.conf.arg(aliases=["-o"])] = None
    """Write the SVG picture here; default RECIPE.svg."""
    force: bool = False
    """Replace the file."""
    mermaid: bool = False
    """Print Mermaid text instead."""
    source: bool = False
    """Print the compiled Python instead."""


@dataclass(frozen=True)
class TableOptions:
    """How to make a table."""

    seeds: int = 3
    """Seeds of every cell."""
    runs: Path = Path("runs/tables")
    """Folder of the runs; runs that are there already are not trained again."""
    results: Path = Path("results")
    """Folder of the figures, one JSON file each."""
    data: PathOrNone = None
    """Folder of the data; default: SACCADE_DATA, and for MNIST the cache, a download."""
    workers: IntOrNone = None
    """Runs trained in parallel; default: one per core."""
    only_print: bool = False
    """Train nothing; print the figures that are there."""


@dataclass(frozen=True)
class ReproduceOptions:
    """Which figure."""

    figure: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="ID")]
    """Its id, such as grlf/recurrent/accuracy-100k: the name of its file in the folder of the figures, without .json."""
    seeds: int = 3
    """Seeds to train."""
    runs: Path = Path("runs/reproduced")
    """Folder of the runs, and of the new figure; runs that are there already are not trained again."""
    results: Path = Path("results")
    """Folder of the stored figures; nothing is written there."""
    data: PathOrNone = None
    """Folder of the data; default: SACCADE_DATA, and for MNIST the cache, a download."""
    workers: IntOrNone = None
    """Runs trained in parallel; default: one per core."""


@dataclass(frozen=True)
class DataOptions:
    """What to fetch."""

    action: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="get")]
    """What to do: get."""
    name: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")]
    """The data set: mnist."""
    force: bool = False
    """Fetch again, even if it is there."""
