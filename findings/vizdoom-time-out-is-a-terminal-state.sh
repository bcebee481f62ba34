#!/usr/bin/env bash
# ViZDoom: an episode that runs out of time is terminated and truncated at once, and its last picture is black.
#
# A good engineer would guess: A time-out is truncated and not terminated, with the last screen as observation, so that a learner bootstraps there.
# What happens: Both flags are set and the picture is all zeros. A learner that looks at `terminated` takes running out of time for a
# terminal state; one that bootstraps at `truncated` does so from a black picture.
# Seen with vizdoom 1.3.2, gymnasium 1.4.0 on 2026-12-01:
#   decision 300: terminated True, truncated True, brightest pixel 0; the one before: 255
# Exit code 0 as long as it is so, 1 once it is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check vizdoom==1.3.2 gymnasium==1.4.0 numpy==2.3.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
import gymnasium
import vizdoom.gymnasium_wrapper  # registers the names

env = gymnasium.make("VizdoomBasic-v1")
seen, _ = env.reset(seed=1)
brightest, decisions, terminated, truncated = [int(seen["screen"].max())], 0, False, False
while not (terminated or truncated):
    seen, _, terminated, truncated, _ = env.step(0)
    brightest.append(int(seen["screen"].max()))
    decisions += 1
env.close()
print(
    f"decision {decisions}: terminated {terminated}, truncated {truncated}, brightest pixel {brightest[-1]}; "
    f"the one before: {brightest[-2]}"
)
sys.exit(not (terminated and truncated and brightest[-1] == 0 and brightest[-2] > 0))
PYTHON
