#!/usr/bin/env bash
# PyTorch: making the first optimizer imports the compiler, which nothing has asked for.
#
# A good engineer would guess: torch._dynamo is imported by torch.compile only.
# What happens: Adam's constructor imports it, together with sympy: about as much CPU time again as `import torch`, in every process
# that trains, thus once per worker.
# Seen with torch 2.13.0 on 2026-11-30:
#   torch._dynamo after import torch: False, after Adam(...): True; 1.2 and 1.1 CPU s
# Exit code 0 as long as it is so, 1 once it is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.3.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
import time

before = time.process_time()
import torch

loaded = time.process_time()
there = "torch._dynamo" in sys.modules
torch.optim.Adam([torch.nn.Parameter(torch.zeros(2))])
made = time.process_time()
now = "torch._dynamo" in sys.modules
print(f"torch._dynamo after import torch: {there}, after Adam(...): {now}; {loaded - before:.1f} and {made - loaded:.1f} CPU s")
sys.exit(there or not now)
PYTHON
