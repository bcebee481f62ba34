#!/usr/bin/env bash
# Gymnasium and ALE: the same screen becomes another grey in GrayscaleObservation than in the emulator.
#
# A good engineer would guess: Both take the luma of ITU-R BT.601, as OpenCV and Pillow do, so that a policy may be moved between them.
# What happens: GrayscaleObservation takes 0.2125 R + 0.7154 G + 0.0721 B and cuts; ALE's grey screen is near BT.601.
# Seen with ale-py 0.12.1, gymnasium 1.4.0 on 2026-11-30:
#   largest difference from ALE's own grey: BT.601 0 levels, GrayscaleObservation 10 levels
# Exit code 0 as long as it is so, 1 once it is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ale-py==0.12.1 gymnasium==1.4.0 numpy==2.3.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
import ale_py
import gymnasium as gym
import numpy as np
from gymnasium.wrappers import GrayscaleObservation

gym.register_envs(ale_py)
env = gym.make("ALE/SpaceInvaders-v5")
screen = env.reset(seed=0)[0]
own = env.unwrapped.ale.getScreenGrayscale().astype(int)
grey = GrayscaleObservation(gym.make("ALE/SpaceInvaders-v5")).reset(seed=0)[0].astype(int)
luma = np.rint(screen @ np.array([0.299, 0.587, 0.114])).astype(int)
theirs, ours = int(abs(grey - own).max()), int(abs(luma - own).max())
print(f"largest difference from ALE's own grey: BT.601 {ours} levels, GrayscaleObservation {theirs} levels")
sys.exit(not (ours <= 2 and theirs >= 5))
PYTHON
