"""The command `saccade robustness`: trained runs under attack, next to a plain network of equal clean accuracy."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from saccade.command_line import Command, PathOrNone, RunPaths, UsageError, options_of, parse, within

_TEXT = "Accuracy under attacks, occlusion and clutter, and that of a plain network of equal clean accuracy."


@dataclass(frozen=True)
class RobustnessOptions:
    """What to attack."""

    runs: RunPaths
    """Finished runs of grlf, or folders of them."""
    test_images: int = 1000
    """Test images to attack."""
    results: Path = Path("results")
    """Where the figures go."""
    data: PathOrNone = None
    """Folder that holds mnist/."""


def _robustness(arguments: list[str]) -> None:
    from rich.table import Table

    from saccade.denormals import flushed
    from saccade.recipes.grlf.robustness import robustness
    from saccade.runs.old_names import current_arguments
    from saccade.terminal import ShareBar, plain_console

    words = current_arguments(arguments, [*options_of(RobustnessOptions)])
    options: RobustnessOptions = parse(RobustnessOptions, words, "robustness", _TEXT)
    if not options.runs:
        raise UsageError("saccade robustness needs a run directory, or several")
    within(1, 1_000_000, test_images=options.test_images)
    command = shlex.join(["saccade", "robustness", *arguments])
    with flushed(), ShareBar(plain_console(stderr=True), "attacking") as bar:
        found = robustness(options.runs, options.results, options.test_images, options.data, command, bar.show)
    table = Table(title="accuracy on changed test images")
    for column in ("", "saccading", "plain network"):
        table.add_column(column, justify="right" if column else "left")
    for name, saccading, plain in found:
        table.add_row(name, f"{saccading:.1%}", f"{plain:.1%}")
    plain_console().print(table)


ROBUSTNESS = Command("robustness RUN...", "attack trained runs, next to a plain convolutional network", _robustness)
