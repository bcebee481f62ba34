#!/usr/bin/env bash
# ALE: the newest frame of a vector environment at a time limit is no screen that the game has shown at that time.
#
# A good engineer would guess: At a truncation the observation is the true last one, as Gymnasium demands, so that values may be bootstrapped from it.
# What happens: The frame differs from that of a twin without a limit after the same actions: the skip is cut short, and the frame is
# made of what is left of it. Whoever bootstraps there learns from a screen that does not exist.
# Seen with ale-py 0.12.1, gymnasium 1.4.0 on 2026-11-30:
#   decision 101: truncated, 13 pixels differ by up to 110; before: 0
# Exit code 0 as long as it is so, 1 once it is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ale-py==0.12.1 gymnasium==1.4.0 numpy==2.3.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
import numpy as np
from ale_py.vector_env import AtariVectorEnv

LIMIT = 402  # frames; no multiple of the skip
rng = np.random.default_rng(0)
actions = rng.integers(0, 4, 200)
options = dict(noop_max=0, use_fire_reset=False, frameskip=4, stack_num=1)
short, free = (
    AtariVectorEnv("breakout", 1, max_num_frames_per_episode=frames, **options) for frames in (LIMIT, 108_000)
)
for games in (short, free):
    games.reset(seed=np.array([3]))
differ = []
for t, action in enumerate(actions):
    one, _, _, truncated, _ = short.step(np.array([action]))
    other, *_ = free.step(np.array([action]))
    gap = abs(one[0, -1].astype(int) - other[0, -1].astype(int))
    differ.append(int((gap > 0).sum()))
    if truncated[0]:
        print(f"decision {t + 1}: truncated, {differ[-1]} pixels differ by up to {gap.max()}; before: {sum(differ[:-1])}")
        sys.exit(not (differ[-1] > 0 and sum(differ[:-1]) == 0))
sys.exit(1)
PYTHON
