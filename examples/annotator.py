"""An annotator: strokes of one's own become a mask, then a trained scribbler works on a folder of photographs.

    python examples/annotator.py PHOTOS --run RUN

The first photograph is cut out by two strokes, one on its middle and one along its upper edge. Then the scribbler of the run draws strokes on
all of them; the layers that it writes can be corrected in any editor and given to `saccade cutout --strokes`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image, ImageDraw

import saccade
from saccade.recipes.cutout.cutting import cut_out


def main() -> None:
    """Cut out by hand, then by the scribbler."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="folder of photographs")
    parser.add_argument(
        "--run", default="cutout", help="a run of the recipe cutout; default: the weights that come with saccade"
    )
    parser.add_argument("--out", type=Path, default=Path("masks"))
    options = parser.parse_args()
    photos = sorted(path for path in options.photos.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    options.out.mkdir(parents=True, exist_ok=True)

    with Image.open(photos[0]) as photo:
        width, height = photo.size
    strokes = Image.new("RGBA", (width, height))
    pencil = ImageDraw.Draw(strokes)
    pencil.line([(width // 2, height // 3), (width // 2, height * 2 // 3)], fill=(0, 255, 0, 255), width=3)
    pencil.line([(0, 1), (width, 1)], fill=(255, 0, 0, 255), width=3)
    layer = options.out / "strokes-by-hand.png"
    strokes.save(layer)
    mask = cut_out(photos[0], layer, options.out / "mask-by-hand.png")
    print(f"{photos[0].name} by hand: {mask.mean():.1%} of it is object")

    written = saccade.predict(options.run, photos, options.out / "scribbler")
    print(f"{len(photos)} photographs by the scribbler: {written[0]}")


if __name__ == "__main__":
    main()
