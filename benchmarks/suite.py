"""`python -m benchmarks.suite OLD NEW`: the time of the tests that two checkouts share, to results/bench/.

Each checkout runs its own version of them as its own `make test` does, in turn, set-up apart, with no compiled kernels kept, as on a new
machine. A test is shared if both have a function of its name. Wants a quiet machine of two cores and eight minutes a round.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.checkouts import comparison, environment
from benchmarks.figures import keep
from saccade.runs import Figure

_COMMAND = re.compile(r"^test: .*\n\t((?:\w+=\S* )*)\$\(BIN\)/pytest(.*)$", re.MULTILINE)
_SUBREAPER = (
    36  # PR_SET_CHILD_SUBREAPER of Linux: processes that outlive the tests become ours, and their CPU time is counted
)
_TEST = re.compile(r"^\s*def (test_\w+)", re.MULTILINE)
_PASSED = re.compile(r"(\d+) passed")


@dataclass(frozen=True)
class Timing:
    """One run of a suite."""

    passed: int
    wall: float  # seconds
    cpu: float  # seconds, of all processes together


def main() -> None:
    """Measure both."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    options, started = comparison(__doc__, rounds=3), time.monotonic()
    old, new = (_names(code) for code in options.code.values())
    os.environ["SHARED_TESTS"] = " ".join(sorted(old & new))
    print(f"{len(old & new)} test functions of {len(old)} before and {len(new)} now")
    found: dict[str, list[Timing]] = {name: [] for name in options.code}
    for _ in range(options.rounds):
        for name, code in options.code.items():
            with tempfile.TemporaryDirectory() as kernels:
                timing = _run(code, Path(kernels))
            print(f"{name}: {timing}", flush=True)
            found[name].append(timing)
    keep(options.results, _figure(found, time.monotonic() - started))


def _names(code: Path) -> set[str]:
    files = (code / "tests").rglob("test_*.py")
    return {name for file in files for name in _TEST.findall(file.read_text(encoding="utf-8"))}


def _run(code: Path, kernels: Path) -> Timing:
    command = _COMMAND.search((code / "Makefile").read_text(encoding="utf-8"))
    if command is None:
        sys.exit(f"{code / 'Makefile'} has no target `test` that runs pytest")
    before, started = _cpu(), time.monotonic()
    call = [
        *(sys.executable, "-m", "pytest", *command[2].split()),
        *("-p", "no:cacheprovider", "-p", "shared_tests", "-o", "addopts=--import-mode=importlib"),
    ]
    variables = environment(code, kernels) | dict(word.split("=", 1) for word in command[1].split())
    variables["PYTHONPATH"] += f"{os.pathsep}{Path(__file__).parent / 'plugins'}"
    done = subprocess.run(call, cwd=code, env=variables, capture_output=True, text=True, check=False)
    wall = time.monotonic() - started
    passed = _PASSED.search(done.stdout)
    if done.returncode or passed is None:
        sys.exit(f"the tests of {code} fail:\n{done.stdout[-2000:]}{done.stderr[-500:]}")
    return Timing(int(passed[1]), wall, _cpu() - before)


def _cpu() -> float:
    """CPU seconds of all processes, those that end after the tests waited for."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _figure(found: Mapping[str, list[Timing]], seconds: float) -> Figure:
    def shares(part: str) -> list[float]:
        pairs = zip(found["before"], found["now"], strict=True)
        return [getattr(now, part) / getattr(before, part) for before, now in pairs]

    return Figure(
        id="bench/test-suite-vs-before",
        values=shares("wall"),
        unit="of the wall-clock time of the tests at commit 8f028ea",
        better="lower",
        range=(0, None),
        setup=f"the {len(os.environ['SHARED_TESTS'].split())} test functions that both checkouts have, each in its own version, as `make test` runs them, two cores, one after the other in turn, set-up apart; no compiled kernels kept",
        command="python -m benchmarks.suite OLD NEW",
        seconds=seconds,
        baselines={
            f"{name}, wall seconds": statistics.mean(each.wall for each in runs) for name, runs in found.items()
        },
        about={
            "share of the CPU time": statistics.mean(shares("cpu")),
            "shares of the CPU time": shares("cpu"),
            "CPU seconds": {name: [each.cpu for each in runs] for name, runs in found.items()},
            "tests": {name: runs[-1].passed for name, runs in found.items()},
        },
    )


if __name__ == "__main__":
    main()
