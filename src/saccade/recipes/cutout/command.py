"""The command `saccade cutout`: the mask of an object by strokes on a picture, one's own or a trained scribbler's.

With strokes of one's own it never imports torch, which would take longer than the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from saccade.command_line import Command, CommandError, PathOrNone, UsageError, parse
from saccade.disk import check_output

if TYPE_CHECKING:
    from saccade.vision.segmenters import Mask

_TEXT = "The mask of an object, by strokes on it and off it: your own, or those of a trained scribbler."


@dataclass(frozen=True)
class CutoutOptions:
    """What to cut out of what."""

    image: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="IMAGE")]
    """The picture."""
    strokes: PathOrNone = None
    """A picture of the same size: green (0, 255, 0) on the object, red (255, 0, 0) off it, else transparent."""
    run: PathOrNone = None
    """A run of the recipe cutout, whose scribbler draws the strokes; saccade predict RUN keeps them, too."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("mask.png")
    """Where the mask goes: white on the object."""
    method: Literal["geodesic", "grabcut", "random-walker", "watershed", "graph-cut"] = "geodesic"
    """How strokes of your own become a mask."""
    force: bool = False
    """Replace the file at --out if there is one."""


def _cutout(arguments: list[str]) -> None:
    from saccade.disk import RunError
    from saccade.memory import keep
    from saccade.recipes.cutout.cutting import CutoutError, cut_out
    from saccade.vision.methods import Method

    options: CutoutOptions = parse(CutoutOptions, arguments, "cutout", _TEXT)
    if (options.strokes is None) == (options.run is None):
        raise UsageError(
            "saccade cutout takes --strokes PICTURE or --run RUN: strokes of your own, or a trained scribbler"
        )
    keep()
    try:
        if options.strokes is None:
            mask = _by_scribbler(options)
        else:
            mask = cut_out(options.image, options.strokes, options.out, Method(options.method), options.force)
    except (CutoutError, RunError) as error:
        raise CommandError(str(error)) from error
    print(f"{options.out}: {mask.mean():.1%} of the image is object")


def _by_scribbler(options: CutoutOptions) -> Mask:
    from saccade.recipes.cutout.cutting import mask_format, write_mask
    from saccade.recipes.cutout.predictor import ScribblerPredictor
    from saccade.training.load import load, the_run

    if options.method != "geodesic":
        raise UsageError(f"--method {options.method}: it is for strokes of your own, leave it out with --run")
    assert options.run is not None
    check_output(options.out, options.force, [options.image])
    mask_format(options.out)
    system = load(the_run(options.run))
    if not isinstance(system.predictor, ScribblerPredictor):
        raise CommandError(
            f"{options.run} is a run of {system.recipe.name}: --run wants one of cutout, which draws strokes"
        )
    (found,) = system.predictor.predict(system.predictor.read([options.image]))
    write_mask(options.out, found.mask)
    return found.mask


CUTOUT = Command("cutout IMAGE --strokes S", "cut an object out by strokes on it and off it", _cutout)
