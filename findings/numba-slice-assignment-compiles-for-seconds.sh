#!/usr/bin/env bash
# Numba: assigning an array to a slice of another takes many times longer to compile than the loop that does the same.
#
# A good engineer would guess: `a[5:] = b` and two nested loops compile in about the same time, or the slice in less.
# What happens: The slice brings in the text of its error message about shapes, and with it dozens of specialisations of Unicode
# formatting. In a package with many small kernels one such line costs more than most kernels.
# Seen with numba 0.62.1 on 2026-11-30:
#   loops 0.1 CPU s, slice 2.9 CPU s: 39.1 times
# Exit code 0 as long as it is so, 1 once it is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numba==0.62.1 numpy==2.3.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys
import time
import numba
import numpy as np


@numba.njit
def by_loop(a, b):
    for i in range(len(b)):
        for k in range(3):
            a[5 + i, k] = b[i, k]


@numba.njit
def by_slice(a, b):
    a[5:] = b


@numba.njit
def first(a):
    return a[0, 0]


a, b, took = np.zeros((9, 3)), np.ones((4, 3)), []
first(a)  # what every first compilation pays
for kernel in (by_loop, by_slice):
    before = time.process_time()
    kernel(a, b)
    took.append(time.process_time() - before)
print(f"loops {took[0]:.1f} CPU s, slice {took[1]:.1f} CPU s: {took[1] / took[0]:.1f} times")
sys.exit(took[1] < 3 * took[0])
PYTHON
