"""A vision scientist: a reader of one's own, learned gaze against a fixed scan, and fixation maps as CSV.

    python examples/scientist.py --seen 60000 --seeds 3

trains both conditions from the same seeds, prints the paired difference of their test accuracies with its 95% interval, and writes where the
learned gaze looks to fixation-maps.csv: a row for each digit and place, with the share of the fixations. A second time it goes on with what is
there, to --seen.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

import saccade
from saccade.runs import find_runs, paired_difference
from saccade.worlds import load_mnist

SIDE = 28  # pixels of a digit, and places of a map


def main() -> None:
    """Train, compare, and write the maps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seen", type=int, default=60_000, help="images in training")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("runs/scientist"))
    options = parser.parse_args()

    accuracies = {}
    for gaze in ("learned", "fixed-scan"):
        folder = options.out / gaze
        if folder.exists():
            saccade.resume(folder, budget=options.seen)  # leaves what has ended after as many
        else:
            saccade.train(
                "grlf", gaze=gaze, network="my_reader:TwoConvolutions", seen=options.seen, seeds=options.seeds, out=folder
            )  # fmt: skip
        results = [(run.seed, run.result) for run in find_runs(folder)]
        accuracies[gaze] = {seed: result["test"]["accuracy"] for seed, result in results if result is not None}
        print(f"{gaze}: {', '.join(f'{accuracy:.1%}' for accuracy in accuracies[gaze].values())}")

    difference = paired_difference(accuracies["learned"], accuracies["fixed-scan"])
    assert difference is not None
    low, high = difference.interval or (difference.mean, difference.mean)
    print(
        f"learned minus fixed scan, paired by seed: {100 * difference.mean:+.1f} points [{100 * low:+.1f}, {100 * high:+.1f}]"
    )

    system, test = saccade.load(options.out / "learned" / "seed-0"), load_mnist("test")
    found = system.predict(test.images)
    target = options.out / "fixation-maps.csv"
    write_maps(target, found.scanpath.numpy(), test.labels.numpy())
    print(target)


def write_maps(path: Path, scanpath: np.ndarray, labels: np.ndarray) -> None:
    """Shares of the fixations, but for the first, in a grid of places, one map for each digit.

    `scanpath` is `(n, t, 2)`, x and y in half-widths, from -1 to 1; `labels` is `(n,)`.
    """
    cells = ((scanpath[:, 1:].clip(-1, 1) + 1) / 2 * (SIDE - 1)).round().astype(int)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["digit", "x", "y", "share"])
        for digit in np.unique(labels):
            counts = np.zeros((SIDE, SIDE))
            x, y = cells[labels == digit].reshape(-1, 2).T
            np.add.at(counts, (y, x), 1)
            shares = counts / counts.sum()
            table.writerows((digit, x, y, f"{shares[y, x]:.5f}") for y, x in zip(*shares.nonzero(), strict=True))


if __name__ == "__main__":
    main()
