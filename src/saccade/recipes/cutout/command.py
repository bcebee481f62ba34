"""The command `saccade cutout`: the mask of an object by strokes on a picture. It never imports torch, which would take longer than the rest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from saccade.command_line import Command, CommandError, parse

_TEXT = "The mask of an object, by strokes on it and off it."


@dataclass(frozen=True)
class CutoutOptions:
    """What to cut out of what."""

    image: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="IMAGE")]
    """The picture."""
    strokes: Path
    """A picture of the same size: green (0, 255, 0) on the object, red (255, 0, 0) off it, else transparent."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("mask.png")
    """Where the mask goes: white on the object."""
    method: Literal["geodesic", "grabcut", "random-walker", "watershed", "graph-cut"] = "geodesic"
    """How strokes become a mask."""
    force: bool = False
    """Replace the file at --out if there is one."""


def _cutout(arguments: list[str]) -> None:
    from saccade.disk import RunError
    from saccade.memory import keep
    from saccade.recipes.cutout.cutting import CutoutError, cut_out
    from saccade.vision.methods import Method

    options: CutoutOptions = parse(CutoutOptions, arguments, "cutout", _TEXT)
    keep()
    try:
        mask = cut_out(options.image, options.strokes, options.out, Method(options.method), options.force)
    except (CutoutError, RunError) as error:
        raise CommandError(str(error)) from error
    print(f"{options.out}: {mask.mean():.1%} of the image is object")


CUTOUT = Command("cutout IMAGE --strokes S", "cut an object out by strokes on it and off it", _cutout)
