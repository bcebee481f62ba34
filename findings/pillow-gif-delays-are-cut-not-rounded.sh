#!/usr/bin/env bash
# Pillow: the delay of a GIF's frames is cut to hundredths of a second, so that a film of 15 frames a second runs 11% fast.
#
# A good engineer would guess: `duration=1000 / 15` milliseconds is rounded, or the error is spread over the frames: 60 frames last about 4 seconds.
# What happens: Every delay is cut to 60 ms, and the film lasts 3.6 seconds.
# Seen with Pillow 12.0.0 on 2026-11-30:
#   60 frames of 66.7 ms: 3.60 s, delays [60]
# Exit code 0 as long as it is so, 1 once it is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pillow==12.0.0 numpy==2.3.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
import numpy as np
from PIL import Image, ImageSequence

frames = [Image.fromarray(np.full((8, 8), 4 * number, np.uint8)) for number in range(60)]
frames[0].save("a.gif", save_all=True, append_images=frames[1:], duration=1000 / 15)
with Image.open("a.gif") as film:
    delays = [frame.info["duration"] for frame in ImageSequence.Iterator(film)]
print(f"{len(delays)} frames of {1000 / 15:.1f} ms: {sum(delays) / 1000:.2f} s, delays {sorted(set(delays))}")
sys.exit(not (len(delays) == 60 and set(delays) == {60}))
PYTHON
