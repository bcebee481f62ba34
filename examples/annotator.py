"""An annotator: strokes of one's own become a mask, then a trained scribbler works on a folder of photographs.

    python examples/annotator.py PHOTOS

The first photograph is cut out by two strokes, one on its middle and one along its upper edge. Then a scribbler draws strokes on all of them,
the one that comes with saccade or, by --run, one of your own; the layers that it writes can be corrected in any editor and given to `saccade cutout --strokes`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from PIL import Image, ImageDraw

import saccade
from saccade.arguments import ArgumentError, check_out, check_paths
from saccade.commands import EXPECTED
from saccade.recipes.cutout.cutting import CutoutError, cut_out
from saccade.worlds import Colour, PictureFormat
from saccade.worlds.data.pictures import read_picture


def main() -> None:
    """Cut out by hand, then by the scribbler; what a user can mend is said in one sentence."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="folder of photographs")
    parser.add_argument(
        "--run", default="cutout", help="a run of the recipe cutout; default: the weights that come with saccade"
    )
    parser.add_argument("--out", type=Path, default=Path("masks"))
    options = parser.parse_args()
    try:
        annotate(options.photos, options.run, options.out)
    except (CutoutError, *EXPECTED) as error:
        sys.exit(str(error))


def annotate(folder: Path, run: str, out: Path) -> None:
    """Cut out the first photograph of a folder by hand, and all by the scribbler of a run; masks and strokes go to the folder `out`."""
    check_paths(photos=folder, out=out)
    photos = sorted(path for path in folder.glob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not photos:
        raise ArgumentError(f"{folder} is no folder that holds photographs (.jpg, .jpeg, .png): name one that does")
    if any(check_out(out).glob("*")):
        raise ArgumentError(f"{out} holds files already: name another folder by --out")
    saccade.load(run)  # a run that is none is reported before anything is written
    height, width = read_picture(photos[0], PictureFormat(0, Colour.RGB)).shape[:2]
    strokes = Image.new("RGBA", (width, height))
    pencil = ImageDraw.Draw(strokes)
    pencil.line([(width // 2, height // 3), (width // 2, height * 2 // 3)], fill=(0, 255, 0, 255), width=3)
    pencil.line([(0, 1), (width, 1)], fill=(255, 0, 0, 255), width=3)
    out.mkdir(parents=True, exist_ok=True)
    layer = out / "strokes-by-hand.png"
    strokes.save(layer)
    mask = cut_out(photos[0], layer, out / "mask-by-hand.png")
    print(f"{photos[0].name} by hand: {mask.mean():.1%} of it is object")

    written = saccade.predict(run, photos, out / "scribbler")
    print(f"{len(photos)} photographs by the scribbler: {written[0]}")


if __name__ == "__main__":
    main()
