"""`python -m benchmarks.coverage`: how often a 95% interval over seeds holds the mean, in simulated experiments.

With normal seeds, as the interval supposes, and with skewed ones (log-normal), as it does not; by Student's t, and by the percentile
bootstrap that figures had before.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import stats

from benchmarks.figures import keep
from saccade.runs import Figure, mean_interval

SEEDS = (2, 3, 5, 10)
_EXPERIMENTS, _ROUNDS = 10_000, 5
_SIGMA = 1.0  # of the logarithm

Values = npt.NDArray[np.float64]
Ends = Callable[[Values], tuple[Values, Values]]


def by_t(values: Values) -> tuple[Values, Values]:
    """Ends of the intervals of experiments `(experiments, seeds)`."""
    ends = np.array([mean_interval(row) for row in values.tolist()])
    return ends[:, 0], ends[:, 1]


def by_bootstrap(values: Values) -> tuple[Values, Values]:
    """The same by the percentile bootstrap."""
    rng = np.random.default_rng(0)
    found = stats.bootstrap(
        (values,), np.mean, axis=1, method="percentile", n_resamples=999, rng=rng, batch=50
    ).confidence_interval
    return found.low, found.high


def covered(ends: Ends, values: Values, mean: float) -> float:
    """Share of the experiments whose interval holds the mean."""
    low, high = ends(values)
    return float(((low <= mean) & (mean <= high)).mean())


def main() -> None:
    """Simulate, and write the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("results"))
    options = parser.parse_args()
    rng, started = np.random.default_rng(0), time.monotonic()
    rounds = [covered(by_t, rng.normal(size=(_EXPERIMENTS, 3)), 0.0) for _ in range(_ROUNDS)]
    about = {
        f"{kind}, {n} seeds": {
            "Student's t": covered(by_t, values, mean),
            "percentile bootstrap": covered(by_bootstrap, values, mean),
        }
        for n in SEEDS
        for kind, values, mean in (
            ("normal", rng.normal(size=(_EXPERIMENTS, n)), 0.0),
            ("skewed", rng.lognormal(sigma=_SIGMA, size=(_EXPERIMENTS, n)), float(np.exp(_SIGMA**2 / 2))),
        )
    }
    for name, found in about.items():
        print(name, found)
    figure = Figure(
        id="evidence/coverage-3-seeds",
        values=rounds,
        unit="share of 95% intervals that hold the mean",
        better="higher",
        range=(0, 1),
        setup=f"{_EXPERIMENTS} simulated experiments of three normal seeds, {_ROUNDS} times; skewed: log-normal, sigma {_SIGMA:g}",
        command="python -m benchmarks.coverage",
        seconds=time.monotonic() - started,
        baselines={"percentile bootstrap": about["normal, 3 seeds"]["percentile bootstrap"]},
        about=about,
    )
    keep(options.results, figure)


if __name__ == "__main__":
    main()
