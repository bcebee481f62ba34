#!/usr/bin/env bash
# Numba, SciPy and NumPy: the first call of any compiled function imports NumPy's generator of Fortran wrappers.
#
# A good engineer would guess: a compiled function that adds one to an integer needs no linear algebra, and nothing wraps Fortran.
# What happens: numba looks whether SciPy's BLAS is there by importing scipy.linalg; SciPy's array_api_compat copies NumPy's namespace name by
# name, lazy submodules included, and so imports numpy.f2py with its parser. In every process, also where the function comes from numba's cache.
# Seen with numba 0.68.1, SciPy 1.17.1, NumPy 2.4.6 on 2026-12-01:
#   before the first call: scipy.linalg False, numpy.f2py False; after: True, True; 0.31 CPU s, from the cache 0.25, of which import scipy.linalg 0.15
# Exit code 0 as long as it is so, 1 once it is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numba==0.68.1 scipy==1.17.1 numpy==2.4.6
cd "$folder"
cat > add.py <<'PYTHON'
import sys
import time

import numba


@numba.njit(cache=True)
def add(number):
    return number + 1


def loaded():
    return [name in sys.modules for name in ("scipy.linalg", "numpy.f2py")]


before, start = loaded(), time.process_time()
add(1)
took = time.process_time() - start
print(f"before the first call: scipy.linalg {before[0]}, numpy.f2py {before[1]}; after: {loaded()[0]}, {loaded()[1]}; {took:.2f} CPU s")
sys.exit(any(before) or not all(loaded()))
PYTHON
venv/bin/python add.py
venv/bin/python add.py  # from numba's cache
PYTHON_IMPORT=$(venv/bin/python - <<'PYTHON'
import time

import numpy

start = time.process_time()
import scipy.linalg

print(f"{time.process_time() - start:.2f}")
PYTHON
)
echo "import scipy.linalg alone: $PYTHON_IMPORT CPU s"
