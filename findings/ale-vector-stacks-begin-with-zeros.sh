#!/usr/bin/env bash
# ALE and Gymnasium: a frame stack begins with black frames in one and with copies of the first frame in the other.
#
# A good engineer would guess: The same environment gives the same first observation, whether stacked by the emulator's vector environment or by
# Gymnasium's wrapper at its defaults.
# What happens: AtariVectorEnv fills the stack with zeros before the first frame, FrameStackObservation with copies of it. A policy
# trained with one and run with the other meets observations that it has never seen, at every start.
# Seen with ale-py 0.12.1, gymnasium 1.4.0 on 2026-11-30:
#   AtariVectorEnv, mean of each of the 4 frames: [0.0, 0.0, 0.0, 103.4]
#   FrameStackObservation: [103.4, 103.4, 103.4, 103.4]
# Exit code 0 as long as it is so, 1 once it is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ale-py==0.12.1 gymnasium==1.4.0 numpy==2.2.6 opencv-python-headless==4.12.0.88
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
import ale_py
import gymnasium as gym
import numpy as np
from ale_py.vector_env import AtariVectorEnv
from gymnasium.wrappers import AtariPreprocessing, FrameStackObservation

gym.register_envs(ale_py)
many = AtariVectorEnv("pong", 1, noop_max=0, use_fire_reset=False)
first = many.reset(seed=np.array([0]))[0][0]
one = FrameStackObservation(AtariPreprocessing(gym.make("ALE/Pong-v5", frameskip=1), noop_max=0), 4)
other = np.asarray(one.reset(seed=0)[0])
means = [[round(float(frame.mean()), 1) for frame in stack] for stack in (first, other)]
print(f"AtariVectorEnv, mean of each of the 4 frames: {means[0]}")
print(f"FrameStackObservation: {means[1]}")
sys.exit(not (means[0][:3] == [0.0] * 3 and means[0][3] > 0 and min(means[1]) > 0))
PYTHON
