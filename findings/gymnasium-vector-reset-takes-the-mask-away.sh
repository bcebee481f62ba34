#!/usr/bin/env bash
# Gymnasium: resetting a SyncVectorEnv with a reset mask removes the mask from the caller's dictionary.
#
# A good engineer would guess: `options` is read only, as a dictionary that is kept for several calls would have to be.
# What happens: `reset(options={"reset_mask": mask})` pops the entry. The second call with the same dictionary resets all
# environments, also those whose episodes go on.
# Seen with gymnasium 1.4.0 on 2026-11-30:
#   options before: ['reset_mask'], after: []
#   steps of the two environments after the second call: [0, 0]
# Exit code 0 as long as it is so, 1 once it is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check gymnasium==1.4.0 numpy==2.3.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv


class Counter(gym.Env):
    observation_space = gym.spaces.Box(0, 100, (1,), np.float32)
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.t += 1
        return np.full(1, self.t, np.float32), 0.0, False, False, {}


games = SyncVectorEnv([Counter] * 2, autoreset_mode=AutoresetMode.DISABLED)
games.reset(seed=0)
options = {"reset_mask": np.array([True, False])}
before = list(options)
games.step(np.zeros(2, np.int64))
games.reset(options=options)
print(f"options before: {before}, after: {list(options)}")
games.step(np.zeros(2, np.int64))
games.reset(options=options)
steps = [env.unwrapped.t for env in games.envs]
print(f"steps of the two environments after the second call: {steps}")
sys.exit(not (list(options) == [] and steps == [0, 0]))
PYTHON
