#!/usr/bin/env bash
# ALE: with autoreset in the same step, a vector environment's `final_obs` comes without the mask that Gymnasium's have.
#
# A good engineer would guess: `info["_final_obs"]` says for which games `info["final_obs"]` holds a last frame, as in Gymnasium's own
# vector environments, whose documentation has code that reads it.
# What happens: There is no such entry, and `final_obs` has rows for all games at every step: for those that go on, the current one.
# Seen with ale-py 0.12.1, gymnasium 1.4.0 on 2026-12-01:
#   SEEN
# Exit code 0 as long as it is so, 1 once it is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ale-py==0.12.1 gymnasium==1.4.0 numpy==2.3.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
import gymnasium as gym
import numpy as np
from ale_py.vector_env import AtariVectorEnv
from gymnasium.vector import AutoresetMode, SyncVectorEnv

cart = SyncVectorEnv([lambda: gym.make("CartPole-v1")] * 2, autoreset_mode=AutoresetMode.SAME_STEP)
atari = AtariVectorEnv(
    "breakout", 2, autoreset_mode=AutoresetMode.SAME_STEP, max_num_frames_per_episode=100, noop_max=0, use_fire_reset=False
)
found = {}
for name, games, actions in (("gymnasium", cart, (0, 1)), ("ale-py", atari, (1, 0))):
    games.reset(seed=[0, 1])
    while True:
        _, _, terminated, truncated, info = games.step(np.array(actions))
        if (terminated | truncated).any():
            break
    found[name] = {key for key in info if "final_obs" in key}
    rows = [row is not None for row in info["final_obs"]]
    print(f"{name}: ended {(terminated | truncated).tolist()}, entries {sorted(found[name])}, rows of final_obs {rows}")
sys.exit(not ("_final_obs" in found["gymnasium"] and found["ale-py"] == {"final_obs"}))
PYTHON
