#!/usr/bin/env bash
# Pillow: a TIFF is opened with its size turned already, and with the EXIF entry that says it is still to be turned.
#
# A good engineer would guess: Size and orientation go together: a picture whose entry says 6 has the size of the stored layout, in every format.
# What happens: A JPEG has. A TIFF has the upright size from the beginning, and loses its entry when its pixels are loaded. Whoever reads
# sizes from headers, by the entry, swaps the sides of a TIFF once too often.
# Seen with Pillow 12.0.0 on 2026-11-30:
#   TIFF, stored 48x32: opened (32, 48), entry 6; loaded (32, 48), entry None
#   JPEG, stored 48x32: opened (48, 32), entry 6; loaded (48, 32), entry 6
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
found = []
for suffix, name in (("tif", "TIFF"), ("jpg", "JPEG")):
    Image.new("RGB", (48, 32)).save(f"a.{suffix}", exif=exif)
    with Image.open(f"a.{suffix}") as image:
        opened = image.size, image.getexif().get(0x0112)
        image.load()
        loaded = image.size, image.getexif().get(0x0112)
    print(f"{name}, stored 48x32: opened {opened[0]}, entry {opened[1]}; loaded {loaded[0]}, entry {loaded[1]}")
    found.append((opened, loaded))
expected = [(((32, 48), 6), ((32, 48), None)), (((48, 32), 6), ((48, 32), 6))]
sys.exit(found != expected)
PYTHON
