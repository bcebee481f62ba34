#!/usr/bin/env bash
# ALE: making one Atari vector environment changes the metadata of every vector environment class that has none of its own.
#
# A good engineer would guess: An environment's metadata, autoreset mode included, are its own; those of others do not change with it.
# What happens: The constructor writes its autoreset mode into the dictionary of Gymnasium's `VectorEnv`, which all classes share that define
# none. A foreign environment then claims ALE's mode, and the first Atari environment claims that of the second; only the attribute
# `autoreset_mode` stays right.
# Seen with ale-py 0.12.1, gymnasium 1.4.0 on 2026-12-01:
#   foreign class before: {}; after: {'autoreset_mode': <AutoresetMode.NEXT_STEP: 'NextStep'>}
#   first environment after a second: metadata SAME_STEP, attribute NEXT_STEP
# Exit code 0 as long as it is so, 1 once it is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ale-py==0.12.1 gymnasium==1.4.0 numpy==2.3.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
from ale_py.vector_env import AtariVectorEnv
from gymnasium.vector import AutoresetMode, VectorEnv


class Mine(VectorEnv):
    pass


before = dict(Mine().metadata)
first = AtariVectorEnv("pong", 1)
after = dict(Mine().metadata)
AtariVectorEnv("pong", 1, autoreset_mode=AutoresetMode.SAME_STEP)
stated, own = first.metadata["autoreset_mode"], first.autoreset_mode
print(f"foreign class before: {before}; after: {after}")
print(f"first environment after a second: metadata {stated.name}, attribute {own.name}")
sys.exit(not (not before and after and stated is not own))
PYTHON
