#!/usr/bin/env bash
# Pillow: the size of a TIFF with an orientation is another before its pixels are loaded than after.
#
# A good engineer would guess: `Image.open(path).size` is the size of the array that the picture becomes, or for all formats that of the file.
# What happens: A JPEG keeps the stored size until ImageOps.exif_transpose turns it. A TIFF is turned by load() itself, so that width
# and height change places; a check of a mask's size against the header refuses the right mask and passes the wrong one.
# Seen with Pillow 12.0.0 on 2026-11-30:
#   TIFF: opened (48, 32), loaded (32, 48)
#   JPEG: opened (48, 32), loaded (48, 32)
# Exit code 0 as long as it is so, 1 once it is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pillow==12.0.0 numpy==2.3.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
from PIL import Image

exif = Image.Exif()
exif[0x0112] = 6
sizes = {}
for suffix in ("tif", "jpg"):
    Image.new("RGB", (48, 32)).save(f"a.{suffix}", exif=exif)
    with Image.open(f"a.{suffix}") as image:
        opened = image.size
        image.load()
        sizes[suffix] = opened, image.size
print(f"TIFF: opened {sizes['tif'][0]}, loaded {sizes['tif'][1]}")
print(f"JPEG: opened {sizes['jpg'][0]}, loaded {sizes['jpg'][1]}")
sys.exit(not (sizes["tif"] == ((48, 32), (32, 48)) and sizes["jpg"] == ((48, 32), (48, 32))))
PYTHON
